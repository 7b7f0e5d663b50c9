/// `elst`: which part of a track's media is presented when (ISO/IEC 14496-12 §8.6.6).
struct EditListBox: Box {
    static let type: BoxType = "elst"

    struct Edit: Sendable, Hashable {
        /// In the movie's timescale; 0 in a fragmented file for "all that follows".
        var duration: UInt64
        /// Start within the media in the track's timescale; −1 for an empty edit, which only waits.
        var mediaTime: Int64
    }

    var edits: [Edit]

    init(_ edits: [Edit]) {
        self.edits = edits
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let header = try FullBoxHeader(parsing: &body)
        let count = Int(try body.readUInt32())
        let entrySize = header.version == 1 ? 20 : 12
        guard count <= body.remaining / entrySize else {
            throw ISOBMFFError(.truncated, "\(count) edits claimed, room for \(body.remaining / entrySize)")
        }
        edits = []
        edits.reserveCapacity(count)
        for _ in 0..<count {
            let duration = header.version == 1 ? try body.readUInt64() : UInt64(try body.readUInt32())
            let mediaTime = header.version == 1 ? try body.readInt64() : Int64(try body.readInt32())
            try body.skip(4)
            edits.append(Edit(duration: duration, mediaTime: mediaTime))
        }
    }

    func write(to writer: inout ByteWriter) {
        let long = edits.contains { $0.duration > UInt32.max || $0.mediaTime > Int32.max || $0.mediaTime < Int32.min }
        writer.writeFullBox(Self.type, version: long ? 1 : 0) {
            $0.write(UInt32(edits.count))
            for edit in edits {
                if long {
                    $0.write(edit.duration)
                    $0.write(edit.mediaTime)
                } else {
                    $0.write(UInt32(edit.duration))
                    $0.write(Int32(edit.mediaTime))
                }
                $0.write(UInt32(0x0001_0000))  // media rate 1.0
            }
        }
    }

    /// How much later a media time is than its presentation time, in the track's timescale.
    ///
    /// An empty edit at the start delays the presentation, the first real edit skips media. Further edits would cut
    /// the media into pieces, which no segmented track does; they are ignored.
    func shift(timescale: UInt32, movieTimescale: UInt32) -> Int64 {
        var delay = 0.0
        for edit in edits {
            if edit.mediaTime >= 0 {
                let shift = Double(edit.mediaTime) - delay
                return Int64(exactly: shift.rounded()) ?? 0
            }
            delay += Double(edit.duration) * Double(timescale) / Double(max(movieTimescale, 1))
        }
        return 0
    }
}
