import Presentation

/// Sends requests for one server to another address, for instance the listener of a shaping link in front of it.
///
/// Only the connection changes: traces keep the real URL, and so does the field `Host` (RFC 9110 §7.2), so that a
/// server with several names answers as the right one.
package struct AuthorityMap: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// From the authority of a URL, such as `127.0.0.1:8081`, to the one to connect to.
    package var addresses: [String: String]

    package init(_ addresses: [String: String] = [:]) {
        self.addresses = addresses
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        addresses = Dictionary(elements) { first, _ in first }
    }

    /// Where a request for `url` goes, and the value of its `Host` where that differs from the address.
    func route(_ url: String) -> (url: String, host: String?) {
        guard !addresses.isEmpty else { return (url, nil) }
        var reference = URIReference(url)
        guard let authority = reference.authority, let address = addresses[authority] else { return (url, nil) }
        reference.authority = address
        return (reference.description, authority)
    }
}
