/// A type of records (RFC 1035 §3.2.2, IANA's registry).
package struct RecordType: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let a = RecordType(rawValue: 1)
    package static let ns = RecordType(rawValue: 2)
    package static let cname = RecordType(rawValue: 5)
    package static let soa = RecordType(rawValue: 6)
    package static let ptr = RecordType(rawValue: 12)
    package static let hinfo = RecordType(rawValue: 13)
    package static let mx = RecordType(rawValue: 15)
    package static let txt = RecordType(rawValue: 16)
    package static let aaaa = RecordType(rawValue: 28)
    package static let srv = RecordType(rawValue: 33)
    package static let naptr = RecordType(rawValue: 35)
    package static let dname = RecordType(rawValue: 39)
    package static let opt = RecordType(rawValue: 41)
    package static let ds = RecordType(rawValue: 43)
    package static let sshfp = RecordType(rawValue: 44)
    package static let rrsig = RecordType(rawValue: 46)
    package static let nsec = RecordType(rawValue: 47)
    package static let dnskey = RecordType(rawValue: 48)
    package static let nsec3 = RecordType(rawValue: 50)
    package static let nsec3param = RecordType(rawValue: 51)
    package static let tlsa = RecordType(rawValue: 52)
    package static let cds = RecordType(rawValue: 59)
    package static let cdnskey = RecordType(rawValue: 60)
    package static let svcb = RecordType(rawValue: 64)
    package static let https = RecordType(rawValue: 65)
    package static let ixfr = RecordType(rawValue: 251)
    package static let axfr = RecordType(rawValue: 252)
    package static let any = RecordType(rawValue: 255)
    package static let caa = RecordType(rawValue: 257)

    /// Types that only questions and messages have, no zone (RFC 6895 §3.1).
    package var isMeta: Bool { self == .opt || (128...255).contains(rawValue) }

    private static let names: [(RecordType, String)] = [
        (.a, "A"), (.ns, "NS"), (.cname, "CNAME"), (.soa, "SOA"), (.ptr, "PTR"), (.hinfo, "HINFO"), (.mx, "MX"),
        (.txt, "TXT"), (.aaaa, "AAAA"), (.srv, "SRV"), (.naptr, "NAPTR"), (.dname, "DNAME"), (.opt, "OPT"),
        (.ds, "DS"), (.sshfp, "SSHFP"), (.rrsig, "RRSIG"), (.nsec, "NSEC"), (.dnskey, "DNSKEY"), (.nsec3, "NSEC3"),
        (.nsec3param, "NSEC3PARAM"), (.tlsa, "TLSA"), (.cds, "CDS"), (.cdnskey, "CDNSKEY"), (.svcb, "SVCB"),
        (.https, "HTTPS"), (.ixfr, "IXFR"), (.axfr, "AXFR"), (.any, "ANY"), (.caa, "CAA"),
    ]
    private static let byName = Dictionary(uniqueKeysWithValues: names.map { ($1, $0) })
    private static let byType = Dictionary(uniqueKeysWithValues: names)
}

extension RecordType: CustomStringConvertible, Codable {
    /// Reads a mnemonic, or `TYPE` and a number (RFC 3597 §5), in any case; nil for what is neither.
    package init?(_ text: some StringProtocol) {
        let name = text.uppercased()
        if let known = Self.byName[name] {
            self = known
        } else if name.hasPrefix("TYPE"), let number = UInt16(name.dropFirst(4)), name.dropFirst(4).first != "+" {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }

    package var description: String { Self.byType[self] ?? "TYPE\(rawValue)" }
}

/// A class of records (RFC 1035 §3.2.4). All but the Internet's are rarities.
package struct RecordClass: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let internet = RecordClass(rawValue: 1)
    package static let chaos = RecordClass(rawValue: 3)
    package static let hesiod = RecordClass(rawValue: 4)
    package static let none = RecordClass(rawValue: 254)
    package static let any = RecordClass(rawValue: 255)

    /// Reads a mnemonic, or `CLASS` and a number; nil for what is neither.
    package init?(_ text: some StringProtocol) {
        let name = text.uppercased()
        switch name {
        case "IN": self = .internet
        case "CH": self = .chaos
        case "HS": self = .hesiod
        default:
            guard name.hasPrefix("CLASS"), let number = UInt16(name.dropFirst(5)), name.dropFirst(5).first != "+" else {
                return nil
            }
            self.init(rawValue: number)
        }
    }

    package var description: String {
        switch self {
        case .internet: "IN"
        case .chaos: "CH"
        case .hesiod: "HS"
        case .any: "ANY"
        case .none: "NONE"
        default: "CLASS\(rawValue)"
        }
    }
}
