internal import Foundation

/// Domains as look-ups and comparisons use them.
enum CanonicalDomain {
    /// A domain in lower case, with A-labels in place of labels beyond ASCII (RFC 5890 §2.3.2.1, RFC 6531 §3.2). One that no
    /// A-labels can stand for stays beyond ASCII: nobody has such a domain.
    static func of(_ domain: String) -> String {
        guard !domain.utf8.allSatisfy({ $0 < 0x80 }) else { return domain.lowercased() }
        var components = URLComponents()
        components.host = domain
        // What is no host's name comes back with percent signs.
        guard let host = components.encodedHost, host.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "%") }) else {
            return domain.lowercased()
        }
        return host.lowercased()
    }
}
