import NIOCore
import Presentation

/// A server that a presentation's URLs name, as a link in front of it must know it.
struct UpstreamServer: Sendable, Hashable {
    /// Whether it speaks TLS.
    let isSecure: Bool
    /// As it stands in the URLs (RFC 3986 §3.2): `127.0.0.1:8081`, `[::1]`.
    let authority: String
    /// A name or an address, without brackets.
    let host: String
    let port: Int

    /// The server of an absolute `url`.
    ///
    /// - Throws: ``BenchmarkError`` when a link cannot stand in front of it. One that speaks TLS and is named by an address
    ///   of another machine is such: the client would check the certificate against the link's address.
    init(_ url: String) throws(BenchmarkError) {
        let reference = URIReference(url)
        guard let authority = reference.authority, let scheme = reference.scheme?.lowercased() else {
            throw BenchmarkError("'\(url)' names no server, so nothing can shape the way to it")
        }
        guard scheme == "http" || scheme == "https" else {
            throw BenchmarkError("\(scheme)://\(authority) cannot be reached through a shaping link: give an http URL")
        }
        // What stands before the last @ is for people (RFC 3986 §3.2.1).
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority[...]
        // An IPv6 address has colons of its own, and brackets around them.
        let end = place.lastIndex(of: "]") ?? place.startIndex
        let colon = place[end...].lastIndex(of: ":")
        let host = place[..<(colon ?? place.endIndex)].filter { $0 != "[" && $0 != "]" }
        let digits = colon.map { place[place.index(after: $0)...] } ?? ""
        // An empty port is the scheme's own (RFC 3986 §3.2.3).
        guard !host.isEmpty, let port = digits.isEmpty ? scheme == "http" ? 80 : 443 : UInt16(digits),
            port > 0
        else { throw BenchmarkError("'\(url)' names no server that can be connected to") }
        isSecure = scheme == "https"
        self.authority = authority
        self.host = String(host)
        self.port = Int(port)
        guard !isSecure || !isAddress || isLoopback else {
            throw BenchmarkError(
                "https://\(authority) cannot be reached through a shaping link by its address, which its certificate is "
                    + "checked against: give a host name")
        }
    }

    /// Whether ``host`` is an address rather than a name.
    var isAddress: Bool { (try? SocketAddress(ipAddress: host, port: port)) != nil }

    /// Whether ``host`` is an address of this machine that a link can listen on too.
    var isLoopback: Bool { isAddress && (host.hasPrefix("127.") || host == "::1") }

    /// Every server that something of `presentation` is fetched from, each once, in the order of the manifest.
    ///
    /// - Throws: as ``init(_:)``: a server that were left out would be asked past the link, unshaped.
    static func all(of presentation: Presentation) throws(BenchmarkError) -> [UpstreamServer] {
        var urls: [String] = []
        for track in presentation.periods.joined().flatMap(\.tracks) {
            let resources = track.segments.map(\.resource) + (track.initialization.map { [$0] } ?? [])
            // References without an authority of their own, nearly all, go where the base URLs do.
            let (elsewhere, relative) = (resources.filter(\.mayNameServer), resources.lazy.filter { !$0.mayNameServer })
            if let resource = relative.first { urls += track.urls(of: resource) }
            for resource in elsewhere { urls += track.urls(of: resource) }
        }
        return try all(in: urls)
    }

    /// The servers of `urls`, each once.
    ///
    /// - Throws: as ``init(_:)``.
    static func all(in urls: [String]) throws(BenchmarkError) -> [UpstreamServer] {
        var servers: [UpstreamServer] = []
        var known: Set<String> = []
        for url in urls {
            let server = try UpstreamServer(url)
            if known.insert("\(server.isSecure) \(server.authority)").inserted { servers.append(server) }
        }
        return servers
    }
}

extension MediaResource {
    /// Whether ``path`` may be more than a path: no other form of a reference to another server is without `//`.
    fileprivate var mayNameServer: Bool { path.contains("//") }
}
