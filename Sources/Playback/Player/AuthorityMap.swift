import Presentation

/// Sends requests for some servers to other addresses, for instance the listeners of shaping links in front of them.
///
/// Only the connection changes: traces keep the real URL, and so does the field `Host` (RFC 9110 §7.2), so that a
/// server with several names answers as the right one. Where a server speaks TLS, its certificate is still to be that of
/// the host which the URL names.
package struct AuthorityMap: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// From the authority of an http URL, such as `127.0.0.1:8081`, to the one to connect to.
    package var addresses: [String: String]
    /// From the authority of an https URL to the port to connect to: at the host that it names, or at the one that
    /// ``hosts`` has in its place.
    package var securePorts: [String: Int] = [:]
    /// Hosts of https URLs that are at another address, for ``PlaybackHTTPClient``: which host is asked for by name (SNI,
    /// RFC 6066 §3) and whose certificate is expected stays as it was.
    package var hosts: [String: String] = [:]

    package init(_ addresses: [String: String] = [:]) {
        self.addresses = addresses
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        addresses = Dictionary(elements) { first, _ in first }
    }

    /// Where a request for `url` goes, and the value of its `Host` where that differs from the address.
    func route(_ url: String) -> (url: String, host: String?) {
        guard !addresses.isEmpty || !securePorts.isEmpty else { return (url, nil) }
        var reference = URIReference(url)
        guard let authority = reference.authority, let scheme = reference.scheme?.lowercased() else {
            return (url, nil)
        }
        if scheme == "http", let address = addresses[authority] {
            reference.authority = address
        } else if scheme == "https", let port = securePorts[authority] {
            reference.authority = "\(Self.host(of: authority)):\(port)"
        } else {
            return (url, nil)
        }
        return (reference.description, authority)
    }

    /// An authority without its port (RFC 3986 §3.2): an IPv6 address has colons of its own, and brackets around them.
    private static func host(of authority: String) -> Substring {
        let end = authority.lastIndex(of: "]") ?? authority.startIndex
        guard let colon = authority[end...].lastIndex(of: ":") else { return authority[...] }
        return authority[..<colon]
    }
}
