/// Where an edge gets what it does not have: `http://HOST[:PORT][/PREFIX]`.
package struct OriginURL: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host, port and prefix, without a slash at the end: a request target is appended.
    package let description: String

    /// Reads an http or https URL without user, query and fragment; nil when the text is anything else.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        let scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[colon...].dropFirst(3)
        let authority = rest.prefix { $0 != "/" }
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }),
            Self.isAuthority(authority)
        else { return nil }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        description = "\(scheme)://\(authority)\(path)"
    }

    /// host [ ":" port ], the host a name, an IPv4 address or an IPv6 address in brackets
    private static func isAuthority(_ text: Substring) -> Bool {
        var host = text
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return false }
            let address = text[text.index(after: text.startIndex)..<bracket]
            guard address.contains(":"), address.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                return false
            }
            let rest = text[text.index(after: bracket)...]
            return rest.isEmpty || rest.first == ":" && isPort(rest.dropFirst())
        }
        if let colon = text.firstIndex(of: ":") {
            guard isPort(text[text.index(after: colon)...]) else { return false }
            host = text[..<colon]
        }
        return !host.isEmpty
            && host.utf8.allSatisfy {
                $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "_")
            }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.allSatisfy { $0.isASCII && $0.isNumber } && (Int(text).map { (1...65535).contains($0) } ?? false)
    }
}
