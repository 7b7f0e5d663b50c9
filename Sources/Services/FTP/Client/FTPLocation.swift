internal import Foundation

/// A file or directory on a server: `ftp://user:password@host:port/path`, or `ftps:` for TLS from the start.
package struct FTPLocation: Sendable, Hashable, CustomStringConvertible {
    package let isImplicitlySecure: Bool
    /// Without brackets.
    package let host: String
    package let port: Int
    package var user: String?
    package var password: String?
    /// From the directory in which a session begins; one that begins with `/` is absolute (`ftp://host//etc`). Without a
    /// slash at the end, and empty for that directory itself.
    package let path: String
    /// Whether the text ended with a slash.
    package let isDirectory: Bool

    /// Nil for what is no such URL, or has characters that no command can carry.
    package init?(_ text: String) {
        guard let components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            scheme == "ftp" || scheme == "ftps", let host = components.host, !host.isEmpty
        else { return nil }
        let decoded = components.percentEncodedPath.removingPercentEncoding
        guard let decoded, FTPClient.isSendable(decoded) else { return nil }
        isImplicitlySecure = scheme == "ftps"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = components.port ?? (scheme == "ftps" ? 990 : 21)
        user = components.user
        password = components.password
        var path = decoded.dropFirst()
        isDirectory = path.isEmpty || path.hasSuffix("/")
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        if path == "/", decoded == "/" { path = "" }
        self.path = String(path)
    }

    /// The last component of the path; nil where there is none.
    package var name: String? { path.split(separator: "/").last.map(String.init) }

    /// Without user and password.
    package var description: String {
        let authority = (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
        return "\(isImplicitlySecure ? "ftps" : "ftp")://\(authority)/\(path)"
    }
}
