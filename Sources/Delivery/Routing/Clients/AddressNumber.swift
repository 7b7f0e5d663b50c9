package import DNS

/// An address as a number, for arithmetic on blocks of them.
extension IPAddress {
    /// The address in the lower 32 or 128 bits.
    var number: UInt128 { octets.reduce(0) { $0 << 8 | UInt128($1) } }

    /// 32 or 128.
    package var bitWidth: Int { octets.count * 8 }
}

/// Numbers of `width` bits, with what is behind a prefix of `length` bits.
enum AddressNumber {
    /// Ones behind the prefix.
    static func hostMask(_ length: Int, width: Int) -> UInt128 {
        // An overshift, for a whole address, leaves nothing.
        (width == 32 ? UInt128(UInt32.max) : .max) >> UInt128(length)
    }

    /// The first address of a block.
    static func first(_ number: UInt128, _ length: Int, width: Int) -> UInt128 {
        number & ~hostMask(length, width: width)
    }

    /// Bits that two addresses have in common at their beginning.
    static func commonPrefix(_ left: UInt128, _ right: UInt128, width: Int) -> Int {
        (left ^ right).leadingZeroBitCount - (128 - width)
    }
}
