/// Finds out how long an MP4 file lasts without reading all of it: from `mvhd`, or from `mehd` where the file is
/// fragmented (ISO/IEC 14496-12 §8.2.2, §8.8.2), wherever in the file its `moov` box is.
///
/// Bytes in, the next place to read out; no I/O.
struct MovieHeaderSearch: Sendable {
    /// What to do next.
    enum Step: Sendable, Hashable {
        /// Pass the bytes from `offset` on to ``next(_:)``: `count` of them, or fewer at the end of the file.
        case read(offset: Int64, count: Int)
        /// In seconds, above zero.
        case found(Double)
    }

    /// Why there is no length to find; the text says what is wrong with the file.
    struct Failure: Error, Hashable {
        var description: String
    }

    private let fileSize: Int64
    private var offset: Int64 = 0
    /// Where the box that is being looked through ends.
    private var end: Int64
    private var isInMovie = false
    private var timescale: UInt32 = 0
    private var boxes = 0

    /// Header of a box with a 64-bit size, and the fields of `mvhd` up to its duration.
    private static let readSize = 16 + 32
    /// A file with more boxes before its header is none that a player could use.
    private static let maximumBoxes = 10_000

    init(fileSize: Int64) {
        self.fileSize = fileSize
        end = fileSize
    }

    /// Where to begin.
    var start: Step { .read(offset: 0, count: Self.readSize) }

    /// Looks at the bytes that were asked for.
    mutating func next(_ bytes: [UInt8]) throws(Failure) -> Step {
        boxes += 1
        guard boxes <= Self.maximumBoxes else { throw Failure(description: "its header is behind too many boxes") }
        guard bytes.count >= 8 else { throw Failure(description: "it ends in the middle of a box") }
        var size = Int64(Self.number(bytes, at: 0, width: 4))
        let type = String(decoding: bytes[4..<8], as: Unicode.ASCII.self)
        if boxes == 1 { try Self.expectMovie(type) }
        var headerSize = 8
        if size == 1 {
            guard bytes.count >= 16 else { throw Failure(description: "it ends in the middle of a box") }
            size = Int64(clamping: Self.number(bytes, at: 8, width: 8))
            headerSize = 16
        } else if size == 0 {
            size = end - offset
        }
        guard size >= headerSize, size <= end - offset else {
            throw Failure(description: "a box at byte \(offset) reaches beyond the end")
        }
        switch (type, isInMovie) {
        case ("moov", false):
            end = offset + size
            isInMovie = true
            return try read(from: offset + Int64(headerSize))
        case ("mvex", true):
            end = offset + size
            return try read(from: offset + Int64(headerSize))
        case ("mvhd", true):
            if let duration = try duration(in: Array(bytes.dropFirst(headerSize)), isFragmented: false) {
                return .found(duration)
            }
        case ("mehd", true):
            if let duration = try duration(in: Array(bytes.dropFirst(headerSize)), isFragmented: true) {
                return .found(duration)
            }
        default: break
        }
        return try read(from: offset + size)
    }

    private mutating func read(from offset: Int64) throws(Failure) -> Step {
        guard offset + 8 <= end else {
            throw Failure(
                description: isInMovie
                    ? "its header does not tell how long it lasts; play its manifest instead" : "it has no moov box")
        }
        self.offset = offset
        return .read(offset: offset, count: Int(min(Int64(Self.readSize), fileSize - offset)))
    }

    /// The duration in a full box, in seconds; nil where it is unknown (all ones) or zero.
    private mutating func duration(in body: [UInt8], isFragmented: Bool) throws(Failure) -> Double? {
        let isLong = body.first == 1
        let timescaleOffset = 4 + (isLong ? 16 : 8)
        let durationOffset = isFragmented ? 4 : timescaleOffset + 4
        let width = isLong ? 8 : 4
        guard body.count >= durationOffset + width else { throw Failure(description: "its header is cut short") }
        if !isFragmented { timescale = UInt32(Self.number(body, at: timescaleOffset, width: 4)) }
        guard timescale > 0 else { throw Failure(description: "its clock has no ticks") }
        let ticks = Self.number(body, at: durationOffset, width: width)
        guard ticks > 0, ticks != (isLong ? .max : UInt64(UInt32.max)) else { return nil }
        return Double(ticks) / Double(timescale)
    }

    private static func expectMovie(_ type: String) throws(Failure) {
        guard ["ftyp", "moov", "mdat", "free", "skip", "wide", "styp", "sidx", "pnot"].contains(type) else {
            throw Failure(description: "only MP4 and QuickTime files can be played progressively, and this is none")
        }
    }

    private static func number(_ bytes: [UInt8], at offset: Int, width: Int) -> UInt64 {
        bytes[offset..<offset + width].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
