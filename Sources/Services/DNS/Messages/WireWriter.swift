/// Writes a message, with names compressed (RFC 1035 §4.1.4).
struct WireWriter {
    private(set) var octets: [UInt8]
    /// Where labels begin that later names may point to.
    private var labels: [UInt16] = []
    /// Places to remember: enough for any message that is not a zone transfer's.
    private static let remembered = 256

    init(capacity: Int = 512) {
        octets = []
        octets.reserveCapacity(capacity)
    }

    var count: Int { octets.count }

    mutating func append(_ octet: UInt8) { octets.append(octet) }

    mutating func append(_ number: UInt16) {
        octets.append(UInt8(number >> 8))
        octets.append(UInt8(truncatingIfNeeded: number))
    }

    mutating func append(_ number: UInt32) {
        append(UInt16(number >> 16))
        append(UInt16(truncatingIfNeeded: number))
    }

    mutating func append(contentsOf more: some Collection<UInt8>) { octets.append(contentsOf: more) }

    /// Puts a number where room was left for it.
    mutating func put(_ number: UInt16, at place: Int) {
        octets[place] = UInt8(number >> 8)
        octets[place + 1] = UInt8(truncatingIfNeeded: number)
    }

    /// Forgets everything from `place` on.
    mutating func truncate(to place: Int) {
        octets.removeSubrange(place...)
        while let last = labels.last, Int(last) >= place { labels.removeLast() }
    }

    /// Writes a name: as much of its end as stands in the message already becomes a pointer.
    mutating func append(_ name: DomainName, isCompressed: Bool = true) {
        let wire = name.wire
        var place = 0
        while wire[place] > 0 {
            if isCompressed, let target = known(wire, from: place) {
                append(0xC000 | target)
                return
            }
            if octets.count < 0x4000, labels.count < Self.remembered { labels.append(UInt16(octets.count)) }
            let end = place + 1 + Int(wire[place])
            octets.append(contentsOf: wire[place..<end])
            place = end
        }
        octets.append(0)
    }

    /// Where the name that is left of `wire` stands in the message.
    private func known(_ wire: [UInt8], from start: Int) -> UInt16? {
        for label in labels where octets[Int(label)] == wire[start] && matches(wire, start, at: Int(label)) {
            return label
        }
        return nil
    }

    private func matches(_ wire: [UInt8], _ start: Int, at label: Int) -> Bool {
        var (ours, theirs) = (start, label)
        while true {
            while octets[theirs] >= 0xC0 { theirs = Int(octets[theirs] & 63) << 8 | Int(octets[theirs + 1]) }
            let length = Int(wire[ours])
            guard octets[theirs] == wire[ours] else { return false }
            if length == 0 { return true }
            for offset in 1...length
            where DomainName.folded(wire[ours + offset]) != DomainName.folded(octets[theirs + offset]) {
                return false
            }
            ours += length + 1
            theirs += length + 1
            // The name that is being compared may not have been written to its end.
            guard theirs < octets.count else { return false }
        }
    }
}
