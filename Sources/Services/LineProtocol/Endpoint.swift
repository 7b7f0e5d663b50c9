internal import Foundation
package import NIOCore

/// One end of a connection: an IP address and a port.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The address in digits, without brackets and zone; an IPv4 address that came mapped into IPv6 is written as IPv4.
    package let host: String
    /// 1 to 65535, or 0 to let the system choose.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil for what is not an IP address: a socket in the file system.
    package init?(_ address: SocketAddress?) {
        guard let address, let port = address.port, let text = address.ipAddress else { return nil }
        var host = text.prefix { $0 != "%" }.lowercased()
        if host.hasPrefix("::ffff:"), host.contains(".") { host = String(host.dropFirst(7)) }
        self.init(host: host, port: port)
    }

    /// Whether both ends are on this machine (127.0.0.0/8, ::1).
    package var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }
    package var isIPv6: Bool { host.contains(":") }

    /// What connections are counted by: an IPv4 address, or the first 64 bits of an IPv6 address, as a network that has
    /// one of those has them all.
    package var origin: String {
        var address = in6_addr()
        guard isIPv6, inet_pton(AF_INET6, host, &address) == 1 else { return host }
        return withUnsafeBytes(of: address) { bytes in
            bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ".")
        }
    }

    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
