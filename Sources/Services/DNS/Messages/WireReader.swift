/// Reads a message octet by octet and never beyond its end.
struct WireReader {
    let octets: [UInt8]
    private(set) var position: Int
    /// Where what is read ends: the message, or one record's data.
    private(set) var end: Int

    init(_ octets: [UInt8]) {
        self.octets = octets
        position = 0
        end = octets.count
    }

    var isAtEnd: Bool { position == end }
    var remaining: Int { end - position }

    mutating func octet() throws(DNSError) -> UInt8 {
        guard position < end else { throw Self.short }
        defer { position += 1 }
        return octets[position]
    }

    mutating func short() throws(DNSError) -> UInt16 {
        guard remaining >= 2 else { throw Self.short }
        defer { position += 2 }
        return UInt16(octets[position]) << 8 | UInt16(octets[position + 1])
    }

    mutating func long() throws(DNSError) -> UInt32 {
        UInt32(try short()) << 16 | UInt32(try short())
    }

    mutating func take(_ count: Int) throws(DNSError) -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else { throw Self.short }
        defer { position += count }
        return octets[position..<position + count]
    }

    /// Runs `body` on the next `count` octets alone, all of which it must read.
    mutating func within<Value>(
        _ count: Int, _ body: (inout WireReader) throws(DNSError) -> Value
    ) throws(DNSError) -> Value {
        guard remaining >= count else { throw Self.short }
        let outer = end
        end = position + count
        let value = try body(&self)
        guard isAtEnd else { throw DNSError(.malformedRecord, "a record's data are longer than its type has them") }
        end = outer
        return value
    }

    /// A name, compressed or not. Pointers lead strictly backwards (RFC 1035 §4.1.4), so that none goes round.
    ///
    /// - Parameter allowsCompression: whether there may be pointers.
    mutating func name(allowsCompression: Bool = true) throws(DNSError) -> DomainName {
        var wire: [UInt8] = []
        var place = position
        var limit = end
        var lowest = position
        var hasJumped = false
        while true {
            guard place < limit else { throw Self.short }
            let length = octets[place]
            switch length >> 6 {
            case 0:
                guard place + Int(length) < limit else { throw Self.short }
                guard wire.count + Int(length) + 1 <= DomainName.maximumLength else {
                    throw DNSError(.malformedName, "a name in the message has more than 255 octets")
                }
                wire.append(contentsOf: octets[place...place + Int(length)])
                place += Int(length) + 1
                if !hasJumped { position = place }
                if length == 0 { return DomainName(unchecked: wire) }
            case 3 where allowsCompression:
                guard place + 1 < limit else { throw Self.short }
                let target = Int(length & 63) << 8 | Int(octets[place + 1])
                guard target < lowest, target >= DNSMessage.headerLength else {
                    throw DNSError(.malformedName, "a name in the message points to where no earlier name is")
                }
                if !hasJumped { position = place + 2 }
                (hasJumped, place, lowest, limit) = (true, target, target, octets.count)
            default: throw DNSError(.malformedName, "a name in the message has a label of an unknown kind")
            }
        }
    }

    private static var short: DNSError { DNSError(.malformedMessage, "the message ends too early") }
}
