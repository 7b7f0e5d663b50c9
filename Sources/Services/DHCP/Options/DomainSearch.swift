/// Domain names as options hold them: labels behind their lengths, with pointers to earlier ones (RFC 3397 §2).
package enum DomainSearch {
    /// Octets of a name on the wire at most (RFC 1035 §2.3.4).
    private static let maximumLength = 255

    /// Reads the value of option 119.
    ///
    /// - Throws: ``DHCPError`` for names that end too early, are too long, go round, or have other characters than letters,
    ///   digits, hyphens and underscores.
    package static func names(in value: [UInt8]) throws(DHCPError) -> [String] {
        var names: [String] = []
        var position = 0
        while position < value.count { names.append(try name(in: value, at: &position)) }
        guard !names.isEmpty else { throw malformed }
        return names
    }

    private static func name(in value: [UInt8], at position: inout Int) throws(DHCPError) -> String {
        var labels: [String] = []
        var (place, lowest, length, hasJumped) = (position, position, 0, false)
        while true {
            guard place < value.count else { throw malformed }
            let octet = value[place]
            switch octet >> 6 {
            case 0:
                guard place + Int(octet) < value.count else { throw malformed }
                length += Int(octet) + 1
                guard length <= maximumLength else { throw malformed }
                if octet > 0 {
                    let label = value[place + 1...place + Int(octet)]
                    guard label.allSatisfy(isNameCharacter) else { throw malformed }
                    labels.append(String(decoding: label, as: UTF8.self))
                }
                place += Int(octet) + 1
                if !hasJumped { position = place }
                if octet == 0 { return labels.joined(separator: ".") }
            case 3:
                guard place + 1 < value.count else { throw malformed }
                let target = Int(octet & 63) << 8 | Int(value[place + 1])
                // Strictly backwards, so that none goes round.
                guard target < lowest else { throw malformed }
                if !hasJumped { position = place + 2 }
                (hasJumped, place, lowest) = (true, target, target)
            default: throw malformed
            }
        }
    }

    /// The value of option 119, compressed.
    ///
    /// - Throws: ``DHCPError`` for what is no domain name.
    package static func value(_ names: [String]) throws(DHCPError) -> [UInt8] {
        var octets: [UInt8] = []
        var known: [String: Int] = [:]
        names: for name in names {
            let labels = try self.labels(of: name)
            for index in labels.indices {
                let rest = labels[index...].joined(separator: ".").lowercased()
                if let place = known[rest] {
                    octets += [0xC0 | UInt8(place >> 8), UInt8(place & 255)]
                    continue names
                }
                if octets.count < 0x4000 { known[rest] = octets.count }
                octets.append(UInt8(labels[index].utf8.count))
                octets += labels[index].utf8
            }
            octets.append(0)
        }
        return octets
    }

    /// A name's labels, without the root's.
    ///
    /// - Throws: ``DHCPError`` for what is no domain name.
    package static func labels(of name: String) throws(DHCPError) -> [String] {
        let text = name.hasSuffix(".") ? String(name.dropLast()) : name
        let labels = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard labels.allSatisfy({ (1...63).contains($0.utf8.count) && $0.utf8.allSatisfy(isNameCharacter) }),
            text.utf8.count + 2 <= maximumLength
        else { throw DHCPError(.malformedOption, "\"\(name.prefix(80))\" is no domain name") }
        return labels
    }

    /// Letters, digits, hyphens, and the underscore that names of services have.
    static func isNameCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static var malformed: DHCPError {
        DHCPError(.malformedOption, "option 119 (domain-search) does not hold whole domain names")
    }
}
