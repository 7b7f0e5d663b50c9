internal import Foundation
internal import LineProtocol

/// How addresses stand in commands and replies about data connections.
enum HostPort {
    /// Reads `PORT`'s argument `h1,h2,h3,h4,p1,p2` (RFC 959 §4.1.2).
    static func parse(port argument: String) -> Endpoint? {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { octet($0) }
        guard numbers.count == 6 else { return nil }
        let known = numbers.compactMap { $0 }
        guard known.count == 6 else { return nil }
        return Endpoint(host: known.prefix(4).map(String.init).joined(separator: "."), port: known[4] << 8 | known[5])
    }

    /// What is wrong with an `EPRT` argument.
    enum ExtendedFault: Error {
        case malformed
        /// The network is neither IPv4 nor IPv6.
        case unknownNetwork
    }

    /// Reads `EPRT`'s argument `|1|132.235.1.2|6275|` (RFC 2428 §2).
    static func parse(extended argument: String) throws(ExtendedFault) -> Endpoint {
        guard let delimiter = argument.first, delimiter.isASCII, !delimiter.isLetter, !delimiter.isNumber else {
            throw .malformed
        }
        let fields = argument.split(separator: delimiter, omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[4].isEmpty else { throw .malformed }
        guard fields[1] == "1" || fields[1] == "2" else { throw .unknownNetwork }
        guard let host = numeric(String(fields[2]), isIPv6: fields[1] == "2"), fields[3].utf8.count <= 5,
            fields[3].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(fields[3]),
            (1...65535).contains(port)
        else { throw .malformed }
        return Endpoint(host: host, port: port)
    }

    /// `(h1,h2,h3,h4,p1,p2)` of `PASV`'s reply; nil for an address that is not IPv4.
    static func passive(_ endpoint: Endpoint) -> String? {
        guard !endpoint.isIPv6 else { return nil }
        return "(\(endpoint.host.replacing(".", with: ",")),\(endpoint.port >> 8),\(endpoint.port & 0xFF))"
    }

    /// Reads the address in a reply to `PASV`, between whatever words (RFC 1123 §4.1.2.6).
    static func parse(passive reply: String) -> Endpoint? {
        reply.split { !$0.isNumber && $0 != "," }.lazy.compactMap { parse(port: String($0.drop { $0 == "," })) }.first
    }

    /// Reads the port in a reply to `EPSV`: `(|||6446|)`.
    static func parse(extendedPassive reply: String) -> Int? {
        guard let open = reply.lastIndex(of: "("), let close = reply[open...].firstIndex(of: ")") else { return nil }
        let inside = reply[open..<close].dropFirst()
        guard let delimiter = inside.first, inside.hasPrefix(String(repeating: delimiter, count: 3)),
            inside.last == delimiter
        else { return nil }
        let digits = inside.dropFirst(3).dropLast()
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), (1...65535).contains(port)
        else { return nil }
        return port
    }

    private static func octet(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), number < 256
        else { return nil }
        return number
    }

    /// An address in its usual form; nil when it is none of that kind.
    private static func numeric(_ text: String, isIPv6: Bool) -> String? {
        var address = in6_addr()
        let family = isIPv6 ? AF_INET6 : AF_INET
        guard inet_pton(family, text, &address) == 1 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, &address, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
