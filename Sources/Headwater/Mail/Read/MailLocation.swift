import ArgumentParser
import Foundation

/// A server's mailbox: `imap://user@host:port/mailbox`, `pop3://user@host:port`; `imaps:` and `pop3s:` for TLS from the start.
/// Characters such as the `@` of a user's name are written as in `anna%40example.org`.
struct MailLocation: Sendable, Hashable, CustomStringConvertible, ExpressibleByArgument {
    enum Service: String, Sendable, Hashable {
        case imap, pop3
    }

    let service: Service
    let isImplicitlySecure: Bool
    /// Without brackets.
    let host: String
    let port: Int
    var user: String?
    var password: String?
    /// Nil where the URL names none.
    var mailbox: String?

    /// Nil for what is no such URL.
    init?(argument text: String) {
        guard let components = URLComponents(string: text), let host = components.host, !host.isEmpty,
            components.query == nil, components.fragment == nil
        else { return nil }
        switch components.scheme?.lowercased() {
        case "imap": (service, isImplicitlySecure, port) = (.imap, false, components.port ?? 143)
        case "imaps": (service, isImplicitlySecure, port) = (.imap, true, components.port ?? 993)
        case "pop3", "pop": (service, isImplicitlySecure, port) = (.pop3, false, components.port ?? 110)
        case "pop3s", "pops": (service, isImplicitlySecure, port) = (.pop3, true, components.port ?? 995)
        default: return nil
        }
        guard (1...65535).contains(port), let path = components.percentEncodedPath.removingPercentEncoding else {
            return nil
        }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        user = components.user
        password = components.password
        mailbox = path.count > 1 ? String(path.dropFirst()) : nil
        if mailbox != nil, service == .pop3 { return nil }
    }

    /// Whether what is sent there does not leave this machine.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// Without user and password.
    var description: String {
        let authority = (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        return "\(service.rawValue)\(isImplicitlySecure ? "s" : "")://\(authority)" + (mailbox.map { "/\($0)" } ?? "")
    }
}
