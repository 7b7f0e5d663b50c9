/// Server cookies that every server with the same secret understands (RFC 7873, RFC 9018): who sends one back has
/// received it at the address that the query claims to come from.
package struct DNSCookies: Sendable {
    /// Seconds that a cookie is taken for, and after which a new one is given out (RFC 9018 §4.3).
    static let lifetime: UInt32 = 3_600
    static let renewal: UInt32 = 1_800
    static let clockSkew: UInt32 = 300

    private let secret: (UInt64, UInt64)

    /// - Parameter secret: 16 octets, the same for all servers of a name.
    package init?(secret: [UInt8]) {
        guard secret.count == 16 else { return nil }
        self.secret = (SipHash.word(secret[0..<8]), SipHash.word(secret[8..<16]))
    }

    /// What a query's option says.
    package enum Verdict: Sendable, Hashable {
        /// Neither 8 nor 16 to 40 octets long: a malformed message (RFC 7873 §5.2.2).
        case malformed
        /// There is no server's cookie in it, or one that is not good.
        case unknown(client: [UInt8])
        /// - Parameter isFresh: whether it need not be replaced yet.
        case valid(client: [UInt8], isFresh: Bool)
    }

    /// - Parameters:
    ///   - option: value of the query's option.
    ///   - address: where the query comes from.
    ///   - now: seconds since 1970.
    package func check(_ option: [UInt8], from address: IPAddress, now: UInt32) -> Verdict {
        guard option.count == 8 || (16...40).contains(option.count) else { return .malformed }
        let client = Array(option.prefix(8))
        guard option.count == 24, option[8] == 1 else { return .unknown(client: client) }
        let time = option[12..<16].reduce(0) { $0 << 8 | UInt32($1) }
        let age = Int32(bitPattern: now &- time)
        guard age <= Int32(Self.lifetime), age >= -Int32(Self.clockSkew),
            Self.areEqual(make(client, at: time, for: address), Array(option))
        else { return .unknown(client: client) }
        return .valid(client: client, isFresh: age <= Int32(Self.renewal))
    }

    /// The option for a reply: the client's cookie and the server's (RFC 9018 §4.2).
    ///
    /// - Parameters:
    ///   - client: its 8 octets.
    ///   - time: seconds since 1970.
    ///   - address: of the client.
    package func make(_ client: [UInt8], at time: UInt32, for address: IPAddress) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 24) { room, count in
            client.withUnsafeBytes { client in
                address.octets.withUnsafeBytes { address in
                    make(client, at: time, for: address, into: UnsafeMutableRawBufferPointer(room))
                }
            }
            count = 24
        }
    }

    private func make(
        _ client: UnsafeRawBufferPointer, at time: UInt32, for address: UnsafeRawBufferPointer,
        into room: UnsafeMutableRawBufferPointer
    ) {
        // What is hashed stands where the cookie will be, and the address behind it.
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { message in
            for index in 0..<8 { message[index] = client[index] }
            for index in 8..<16 { message[index] = 0 }
            message[8] = 1
            message.storeBytes(of: time.bigEndian, toByteOffset: 12, as: UInt32.self)
            for index in address.indices { message[16 + index] = address[index] }
            let hash = SipHash.hash(
                UnsafeRawBufferPointer(rebasing: message[..<(16 + address.count)]), key: secret)
            for index in 0..<16 { room[index] = message[index] }
            room.storeBytes(of: hash.littleEndian, toByteOffset: 16, as: UInt64.self)
        }
    }

    /// Writes the option for a reply where there is room for its 24 octets: the query's own if it is good and fresh.
    ///
    /// - Parameters:
    ///   - option: value of the query's option, 8 or 16 to 40 octets.
    ///   - address: where the query comes from, its octets.
    ///   - now: seconds since 1970.
    /// - Returns: whether the query's option proves its address.
    func answer(
        _ option: UnsafeRawBufferPointer, from address: UnsafeRawBufferPointer, now: UInt32,
        into room: UnsafeMutableRawPointer
    ) -> Bool {
        let room = UnsafeMutableRawBufferPointer(start: room, count: 24)
        if option.count == 24, option[8] == 1 {
            let time = UInt32(bigEndian: option.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
            let age = Int32(bitPattern: now &- time)
            if age <= Int32(Self.lifetime), age >= -Int32(Self.clockSkew) {
                make(option, at: time, for: address, into: room)
                if zip(room, option).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0 {
                    if age > Int32(Self.renewal) { make(option, at: now, for: address, into: room) }
                    return true
                }
            }
        }
        make(option, at: now, for: address, into: room)
        return false
    }

    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// SipHash-2-4: a keyed hash of 64 bits for short messages.
enum SipHash {
    static func word(_ octets: ArraySlice<UInt8>) -> UInt64 {
        octets.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func hash(_ message: UnsafeRawBufferPointer, key: (UInt64, UInt64)) -> UInt64 {
        var v0 = key.0 ^ 0x736f_6d65_7073_6575
        var v1 = key.1 ^ 0x646f_7261_6e64_6f6d
        var v2 = key.0 ^ 0x6c79_6765_6e65_7261
        var v3 = key.1 ^ 0x7465_6462_7974_6573
        func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
        func round() {
            v0 &+= v1
            v2 &+= v3
            v1 = rotated(v1, 13) ^ v0
            v3 = rotated(v3, 16) ^ v2
            v0 = rotated(v0, 32)
            v2 &+= v1
            v0 &+= v3
            v1 = rotated(v1, 17) ^ v2
            v3 = rotated(v3, 21) ^ v0
            v2 = rotated(v2, 32)
        }
        let whole = message.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            let word = UInt64(littleEndian: message.loadUnaligned(fromByteOffset: start, as: UInt64.self))
            v3 ^= word
            round()
            round()
            v0 ^= word
        }
        var last = UInt64(message.count & 255) << 56
        for index in whole..<message.count { last |= UInt64(message[index]) << (8 * UInt64(index - whole)) }
        v3 ^= last
        round()
        round()
        v0 ^= last
        v2 ^= 0xFF
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }
}
