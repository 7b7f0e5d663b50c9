/// A box with fields, read from and written to the body behind its header (ISO/IEC 14496-12 §4.2).
protocol Box: Sendable, Hashable {
    static var type: BoxType { get }

    /// - Parameter body: the bytes behind the header, and only those. What follows the last field is ignored, as
    ///   later editions append fields.
    init(parsing body: inout ByteReader) throws(ISOBMFFError)

    /// Writes the whole box, header included.
    func write(to writer: inout ByteWriter)
}

/// Version and flags at the start of a full box (ISO/IEC 14496-12 §4.2.2).
struct FullBoxHeader: Sendable, Hashable {
    let version: UInt8
    let flags: UInt32

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        version = try body.readUInt8()
        flags = try body.readUInt24()
    }
}

/// A box as it stands between others: its type, where it starts, and its body still unread.
struct RawBox: Sendable {
    let type: BoxType
    /// Of the header's first byte, in the whole array.
    let start: Int
    let body: ByteReader

    /// The body as a box of the type `B`; errors name the box.
    func parse<B: Box>(as _: B.Type) throws(ISOBMFFError) -> B {
        var body = body
        do {
            return try B(parsing: &body)
        } catch {
            throw ISOBMFFError(error.code, "\(type) box at byte \(start): \(error.description)")
        }
    }
}

extension ByteReader {
    /// The next box, or nil at the end.
    ///
    /// A size of 1 is followed by a 64-bit size. A size of 0 means "to the end of the file" and is allowed at
    /// `topLevel` only (ISO/IEC 14496-12 §4.2.2).
    mutating func nextBox(topLevel: Bool = false) throws(ISOBMFFError) -> RawBox? {
        guard remaining > 0 else { return nil }
        let start = offset
        let compactSize = try readUInt32()
        let type = BoxType(rawValue: try readUInt32())
        let size: UInt64
        switch compactSize {
        case 0 where topLevel: size = UInt64(end - start)
        case 0: throw ISOBMFFError(.malformed, "\(type) box at byte \(start) has no size, inside another box")
        case 1: size = try readUInt64()
        default: size = UInt64(compactSize)
        }
        let headerSize = offset - start
        guard size >= UInt64(headerSize) else {
            throw ISOBMFFError(.malformed, "\(type) box at byte \(start) claims \(size) bytes, fewer than its header")
        }
        guard size - UInt64(headerSize) <= UInt64(remaining) else {
            throw ISOBMFFError(
                .truncated, "\(type) box at byte \(start) claims \(size) bytes, but only \(end - start) are there")
        }
        return RawBox(type: type, start: start, body: try slice(Int(size) - headerSize))
    }

    /// The boxes that fill the rest of this reader, in order.
    func boxes(topLevel: Bool = false) throws(ISOBMFFError) -> [RawBox] {
        var reader = self
        var boxes: [RawBox] = []
        while let box = try reader.nextBox(topLevel: topLevel) {
            guard boxes.count < Self.maximumBoxCount else {
                throw ISOBMFFError(.limitExceeded, "more than \(Self.maximumBoxCount) boxes beside each other")
            }
            boxes.append(box)
        }
        return boxes
    }

    /// Boxes in one container; a segment of an hour in fragments of one frame has some 400,000 at the top.
    private static var maximumBoxCount: Int { 1_000_000 }
}

extension [RawBox] {
    /// The first box of type `B`, parsed; nil where there is none.
    func first<B: Box>(_: B.Type) throws(ISOBMFFError) -> B? {
        for box in self where box.type == B.type { return try box.parse(as: B.self) }
        return nil
    }

    /// The first box of type `B`; throws `missingBox` where there is none.
    func require<B: Box>(_: B.Type, in container: BoxType) throws(ISOBMFFError) -> B {
        guard let box = try first(B.self) else {
            throw ISOBMFFError(.missingBox, "no \(B.type) box in the \(container) box")
        }
        return box
    }

    /// The boxes inside the first box of `type`; throws `missingBox` where there is none.
    func requireContainer(_ type: BoxType, in container: String) throws(ISOBMFFError) -> [RawBox] {
        for box in self where box.type == type { return try box.body.boxes() }
        throw ISOBMFFError(.missingBox, "no \(type) box in the \(container)")
    }
}
