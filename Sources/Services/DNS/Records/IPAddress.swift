internal import Glibc

/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16, in network order.
    package let octets: [UInt8]

    /// 0.0.0.0: nobody in particular.
    static let unspecified = IPAddress(unchecked: [0, 0, 0, 0])

    private init(unchecked octets: [UInt8]) { self.octets = octets }

    /// Nil unless there are 4 or 16 octets.
    package init?(octets: some Collection<UInt8>) {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        self.octets = Array(octets)
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets or a zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count < 46, !text.utf8.contains(0) else { return nil }
        var octets = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &octets) == 1 {
            self.octets = Array(octets.prefix(4))
        } else if inet_pton(AF_INET6, text, &octets) == 1 {
            self.octets = octets
        } else {
            return nil
        }
    }

    package var isIPv6: Bool { octets.count == 16 }

    /// RFC 5952's form.
    package var description: String {
        var text = [CChar](repeating: 0, count: 46)
        _ = inet_ntop(isIPv6 ? AF_INET6 : AF_INET, octets, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
