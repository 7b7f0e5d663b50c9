/// Appends big-endian fields and boxes to a growing array.
struct ByteWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// The low 24 bits of `value`.
    mutating func writeUInt24(_ value: UInt32) {
        write(UInt8(truncatingIfNeeded: value >> 16))
        write(UInt16(truncatingIfNeeded: value))
    }

    mutating func write(_ contents: [UInt8]) {
        bytes.append(contentsOf: contents)
    }

    mutating func writeZeros(_ count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    /// Overwrites four bytes at `offset`.
    mutating func patch(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
    }

    /// A box of `type` with what `body` writes into it (ISO/IEC 14496-12 §4.2). For boxes below 4 GiB.
    mutating func writeBox(_ type: BoxType, _ body: (inout ByteWriter) -> Void) {
        let start = bytes.count
        write(UInt32(0))
        write(type.rawValue)
        body(&self)
        let size = bytes.count - start
        precondition(size <= Int(UInt32.max), "a box of 4 GiB needs a 64-bit size")
        patch(UInt32(size), at: start)
    }

    /// A box that starts with version and flags (ISO/IEC 14496-12 §4.2.2, FullBox).
    mutating func writeFullBox(
        _ type: BoxType, version: UInt8 = 0, flags: UInt32 = 0, _ body: (inout ByteWriter) -> Void
    ) {
        writeBox(type) {
            $0.write(version)
            $0.writeUInt24(flags)
            body(&$0)
        }
    }
}
