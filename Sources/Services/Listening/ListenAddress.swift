package import NIOCore

/// `HOST:PORT`, as it stands on a command line; an IPv6 address in brackets.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, without brackets.
    package let host: String
    /// 0 to 65535; 0 lets the system choose.
    package let port: Int

    /// - Parameters:
    ///   - host: a name or an address, without brackets.
    ///   - port: 0 to 65535.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080`, `localhost:0`, `[::1]:8080`; `*` and an empty host stand for every IPv4 address. Nil
    /// when the text is none of these.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let portText = text[text.index(after: colon)...]
        guard !portText.isEmpty, portText.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(portText),
            (0...65535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        if host.isEmpty || host == "*" { host = "0.0.0.0" }
        self.init(host: host, port: port)
    }

    /// The address that a bound channel has; nil for what is not an IP address: a socket in the file system.
    package init?(_ address: SocketAddress?) {
        guard let address, let host = address.ipAddress, let port = address.port else { return nil }
        self.init(host: host, port: port)
    }

    /// As it stands on a command line.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
