/// Where a client or an edge is: a region, and perhaps a site in it, as `europe` or `europe/ams`.
package struct Location: Sendable, Hashable, CustomStringConvertible {
    package let region: String
    /// Nil for anywhere in the region.
    package let site: String?

    /// Nil unless both have 1 to 63 letters, digits, `-`, `_` or `.`.
    package init?(region: some StringProtocol, site: (some StringProtocol)? = String?.none) {
        guard Self.isName(region), site.map({ Self.isName($0) }) ?? true else { return nil }
        self.region = String(region)
        self.site = site.map { String($0) }
    }

    /// Reads `REGION` or `REGION/SITE`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return nil }
        self.init(region: parts[0], site: parts.count == 2 ? parts[1] : nil)
    }

    /// Whether regions, sites, edges and policies may be called so.
    package static func isName(_ text: some StringProtocol) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    package var description: String { site.map { "\(region)/\($0)" } ?? region }
}

/// How far an edge is from a client.
package enum Distance: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// At the client's site.
    case site
    /// In the client's region.
    case region
    /// In the region that is the n-th choice, from 1, of the client's.
    case fallback(Int)
    /// In a region that the client's does not name, or it is not known where the client is.
    case elsewhere

    package var description: String {
        switch self {
        case .site: "site"
        case .region: "region"
        case .fallback(let choice): "choice \(choice)"
        case .elsewhere: "elsewhere"
        }
    }
}
