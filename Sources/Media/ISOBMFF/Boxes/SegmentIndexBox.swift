/// `sidx`: where the subsegments of a segment are and how long they last (ISO/IEC 14496-12 §8.16.3).
///
/// A manifest with `SegmentBase` names a file and the byte range of this box in it.
package struct SegmentIndexBox: Box, Sendable, Hashable {
    static let type: BoxType = "sidx"

    /// A part of the media, or of the index when it is hierarchical.
    package struct Reference: Sendable, Hashable {
        /// Whether the reference leads to a further `sidx` instead of media.
        package var isIndex: Bool
        /// In bytes, below 2 GiB.
        package var size: UInt32
        /// In ticks of ``SegmentIndexBox/timescale``.
        package var duration: UInt32
        /// The first access unit is a stream access point.
        package var startsWithSAP: Bool

        package init(isIndex: Bool = false, size: UInt32, duration: UInt32, startsWithSAP: Bool = true) {
            self.isIndex = isIndex
            self.size = size
            self.duration = duration
            self.startsWithSAP = startsWithSAP
        }
    }

    package var referenceID: UInt32
    /// Ticks per second.
    package var timescale: UInt32
    /// Of the first reference, in ticks.
    package var earliestPresentationTime: UInt64
    /// Bytes between the end of this box and the first reference.
    package var firstOffset: UInt64
    package var references: [Reference]

    package init(
        referenceID: UInt32, timescale: UInt32, earliestPresentationTime: UInt64, firstOffset: UInt64,
        references: [Reference]
    ) {
        self.referenceID = referenceID
        self.timescale = timescale
        self.earliestPresentationTime = earliestPresentationTime
        self.firstOffset = firstOffset
        self.references = references
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let header = try FullBoxHeader(parsing: &body)
        referenceID = try body.readUInt32()
        timescale = try body.readUInt32()
        guard timescale > 0 else { throw ISOBMFFError(.malformed, "timescale 0") }
        earliestPresentationTime = header.version == 0 ? UInt64(try body.readUInt32()) : try body.readUInt64()
        firstOffset = header.version == 0 ? UInt64(try body.readUInt32()) : try body.readUInt64()
        try body.skip(2)
        let count = Int(try body.readUInt16())
        references = []
        references.reserveCapacity(count)
        for _ in 0..<count {
            let typeAndSize = try body.readUInt32()
            let duration = try body.readUInt32()
            let accessPoint = try body.readUInt32()
            references.append(
                Reference(
                    isIndex: typeAndSize >> 31 == 1, size: typeAndSize & 0x7FFF_FFFF, duration: duration,
                    startsWithSAP: accessPoint >> 31 == 1))
        }
    }

    /// The first `sidx` among the boxes of `bytes`, which may be a whole file or the index's byte range alone, and the
    /// offset of the byte behind it, from which ``firstOffset`` counts.
    ///
    /// - Throws: `missingBox` where there is none; `truncated` or `malformed` where it is damaged.
    package static func first(in bytes: [UInt8]) throws(ISOBMFFError) -> (index: SegmentIndexBox, end: Int) {
        var reader = ByteReader(bytes)
        while let box = try reader.nextBox(topLevel: true) {
            guard box.type == Self.type else { continue }
            return (try box.parse(as: Self.self), reader.offset)
        }
        throw ISOBMFFError(.missingBox, "no sidx box in \(bytes.count) bytes")
    }

    func write(to writer: inout ByteWriter) {
        writer.writeFullBox(Self.type, version: 1) {
            $0.write(referenceID)
            $0.write(timescale)
            $0.write(earliestPresentationTime)
            $0.write(firstOffset)
            $0.writeZeros(2)
            $0.write(UInt16(references.count))
            for reference in references {
                $0.write((reference.isIndex ? 1 << 31 : 0) | reference.size & 0x7FFF_FFFF)
                $0.write(reference.duration)
                $0.write(UInt32(reference.startsWithSAP ? 0x9000_0000 : 0))  // stream access point of type 1
            }
        }
    }
}
