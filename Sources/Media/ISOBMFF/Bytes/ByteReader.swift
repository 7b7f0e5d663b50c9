/// A cursor over big-endian bytes that throws where they end; it never traps, whatever the input.
struct ByteReader: Sendable {
    private let bytes: [UInt8]
    /// Of the next byte, from the start of the whole array also in a ``slice(_:)``.
    private(set) var offset: Int
    /// Behind the last byte that may be read.
    let end: Int

    init(_ bytes: [UInt8]) {
        self.init(bytes: bytes, offset: 0, end: bytes.count)
    }

    private init(bytes: [UInt8], offset: Int, end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
    }

    var remaining: Int { end - offset }

    /// The next `count` bytes as a reader of their own; this one moves behind them.
    mutating func slice(_ count: Int) throws(ISOBMFFError) -> ByteReader {
        let start = try advance(by: count)
        return ByteReader(bytes: bytes, offset: start, end: offset)
    }

    mutating func skip(_ count: Int) throws(ISOBMFFError) {
        _ = try advance(by: count)
    }

    mutating func readBytes(_ count: Int) throws(ISOBMFFError) -> [UInt8] {
        let start = try advance(by: count)
        return Array(bytes[start..<offset])
    }

    /// The next `width` bytes (at most 8) as an unsigned number.
    private mutating func readNumber(width: Int) throws(ISOBMFFError) -> UInt64 {
        let start = try advance(by: width)
        var value: UInt64 = 0
        for index in start..<offset { value = value << 8 | UInt64(bytes[index]) }
        return value
    }

    mutating func readUInt8() throws(ISOBMFFError) -> UInt8 { UInt8(truncatingIfNeeded: try readNumber(width: 1)) }
    mutating func readUInt16() throws(ISOBMFFError) -> UInt16 { UInt16(truncatingIfNeeded: try readNumber(width: 2)) }
    mutating func readUInt24() throws(ISOBMFFError) -> UInt32 { UInt32(truncatingIfNeeded: try readNumber(width: 3)) }
    mutating func readUInt32() throws(ISOBMFFError) -> UInt32 { UInt32(truncatingIfNeeded: try readNumber(width: 4)) }
    mutating func readUInt64() throws(ISOBMFFError) -> UInt64 { try readNumber(width: 8) }
    mutating func readInt32() throws(ISOBMFFError) -> Int32 { Int32(bitPattern: try readUInt32()) }
    mutating func readInt64() throws(ISOBMFFError) -> Int64 { Int64(bitPattern: try readUInt64()) }

    private mutating func advance(by count: Int) throws(ISOBMFFError) -> Int {
        guard count >= 0, count <= remaining else {
            throw ISOBMFFError(.truncated, "\(count) bytes wanted at offset \(offset), where \(remaining) are left")
        }
        defer { offset += count }
        return offset
    }
}
