/// Reads a media segment while it arrives, and keeps of it only what ``SegmentTiming`` needs: the boxes that describe the
/// samples, some thousandths of the whole, and not the samples.
package struct SegmentScanner: Sendable {
    private enum State: Sendable {
        /// In a box's header, whose bytes so far are kept.
        case header
        /// In the body of a box that is kept: so many bytes are to come.
        case keeping(UInt64)
        /// In the body of another.
        case skipping(UInt64)
        /// In a last box without a size, or behind damage.
        case toEnd
    }

    /// Bytes so far.
    package private(set) var size = 0
    private var state = State.header
    /// Of the box that is being read: where it starts, and what is kept of it.
    private var start = 0
    private var box: [UInt8] = []
    private var type = BoxType(rawValue: 0)
    private var movieFragments: [(start: Int, bytes: [UInt8])] = []
    /// The first `moov` box, of a segment that brings its own initialization; it is read as an initialization segment.
    package private(set) var movie: [UInt8]?
    private var keptSize = 0
    private var failure: ISOBMFFError?

    /// Bytes of descriptions in one segment; beyond that it is none.
    private static let limit: UInt64 = 32 << 20

    package init() {}

    /// Takes the bytes that follow.
    package mutating func append<Bytes: RandomAccessCollection>(_ bytes: Bytes) where Bytes.Element == UInt8 {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .header:
                box.append(rest.removeFirst())
                size += 1
                readHeader()
            case .keeping(let left):
                let part = rest.prefix(Int(min(left, UInt64(rest.count))))
                box.append(contentsOf: part)
                size += part.count
                rest = rest.dropFirst(part.count)
                state = .keeping(left - UInt64(part.count))
                endBoxIfWhole()
            case .skipping(let left):
                let count = Int(min(left, UInt64(rest.count)))
                size += count
                rest = rest.dropFirst(count)
                state = .skipping(left - UInt64(count))
                endBoxIfWhole()
            case .toEnd:
                if type.isKept, failure == nil { box.append(contentsOf: rest) }
                size += rest.count
                if box.count > Self.limit { fail(.limitExceeded, "\(type) box at byte \(start) is too large") }
                return
            }
        }
    }

    /// Goes on to the body once the header is whole (ISO/IEC 14496-12 §4.2.2).
    private mutating func readHeader() {
        guard box.count >= 8 else { return }
        let compactSize = Self.number(box[..<4])
        guard compactSize != 1 || box.count >= 16 else { return }
        type = BoxType(rawValue: UInt32(truncatingIfNeeded: Self.number(box[4..<8])))
        guard compactSize != 0 else {
            state = .toEnd
            return
        }
        let whole = compactSize == 1 ? Self.number(box[8..<16]) : compactSize
        guard whole >= UInt64(box.count) else {
            return fail(.malformed, "\(type) box at byte \(start) claims \(whole) bytes, fewer than its header")
        }
        let body = whole - UInt64(box.count)
        guard type.isKept else {
            state = .skipping(body)
            return endBoxIfWhole()
        }
        guard whole <= Self.limit - UInt64(keptSize) else {
            return fail(.limitExceeded, "\(type) box at byte \(start) claims \(whole) bytes")
        }
        state = .keeping(body)
        endBoxIfWhole()
    }

    private mutating func endBoxIfWhole() {
        switch state {
        case .keeping(0):
            keptSize += box.count
            keep()
        case .skipping(0): break
        default: return
        }
        box = []
        start = size
        state = .header
    }

    private mutating func keep() {
        if type == "moof" { movieFragments.append((start, box)) } else if movie == nil { movie = box }
    }

    private mutating func fail(_ code: ISOBMFFError.Code, _ description: String) {
        failure = failure ?? ISOBMFFError(code, description)
        box = []
        state = .toEnd
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// What the segment is, now that all of it is here.
    ///
    /// - Parameter initialization: of the same representation.
    /// - Throws: as ``SegmentTiming/init(parsing:initialization:)``.
    package func timing(initialization: InitializationInfo) throws(ISOBMFFError) -> SegmentTiming {
        if let failure { throw failure }
        var fragments = movieFragments
        switch state {
        case .header where box.isEmpty: break
        case .header:
            throw ISOBMFFError(.truncated, "the box at byte \(start) ends after \(box.count) bytes, in its header")
        case .keeping(let left), .skipping(let left):
            throw ISOBMFFError(.truncated, "the \(type) box at byte \(start) lacks \(left) bytes")
        case .toEnd where type == "moof": fragments.append((start, box))
        case .toEnd: break
        }
        return try SegmentTiming(
            movieFragments: try fragments.map { fragment throws(ISOBMFFError) in
                var reader = ByteReader(fragment.bytes)
                guard let box = try reader.nextBox(topLevel: true) else {
                    throw ISOBMFFError(.truncated, "the moof box at byte \(fragment.start) is empty")
                }
                return (fragment.start, box)
            }, segmentSize: size, initialization: initialization)
    }
}

extension BoxType {
    /// Whether a box describes samples, or how to read what describes them.
    fileprivate var isKept: Bool { self == "moof" || self == "moov" }
}
