/// The name that a client has or wants, and who is to publish it (RFC 4702).
package struct ClientFQDN: Sendable, Hashable {
    /// The option's first octet (RFC 4702 §2.1).
    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The server is to publish the address (S).
        package static let serverUpdates = Flags(rawValue: 1)
        /// The server did otherwise than the client wanted (O).
        package static let overridden = Flags(rawValue: 2)
        /// The name is in the form of the DNS (E).
        package static let canonicalEncoding = Flags(rawValue: 4)
        /// Nobody is to publish anything (N).
        package static let noUpdates = Flags(rawValue: 8)
    }

    /// Who publishes the name, and how it is written.
    package var flags: Flags
    /// Labels with dots between them; empty where the client leaves it to the server.
    package var name: String
    /// Whether the name ends with the root and is no part of one.
    package var isComplete: Bool

    package init(flags: Flags, name: String, isComplete: Bool) {
        self.flags = flags
        self.name = name
        self.isComplete = isComplete
    }

    /// Reads the value of option 81.
    ///
    /// - Throws: ``DHCPError`` for a value without its three first octets, for a name that ends too early or is too long,
    ///   and for characters that no host's name has.
    package init(_ value: [UInt8]) throws(DHCPError) {
        guard value.count >= 3 else { throw Self.malformed }
        flags = Flags(rawValue: value[0] & 15)
        var rest = value[3...]
        guard rest.count <= 255 else { throw Self.malformed }
        var labels: [String] = []
        var ended = false
        if flags.contains(.canonicalEncoding) {
            while let length = rest.popFirst() {
                if length == 0 {
                    ended = true
                    break
                }
                guard length < 64, rest.count >= Int(length) else { throw Self.malformed }
                labels.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self))
                rest = rest.dropFirst(Int(length))
            }
            guard rest.isEmpty else { throw Self.malformed }
        } else {
            while rest.last == 0 { rest.removeLast() }
            ended = rest.last == UInt8(ascii: ".")
            if ended { rest.removeLast() }
            labels = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            if labels == [""] { labels = [] }
            if labels.count > 1 { ended = true }
        }
        name = labels.joined(separator: ".")
        isComplete = ended && !labels.isEmpty
        if !name.isEmpty {
            guard try DomainSearch.labels(of: name) == labels else { throw Self.malformed }
        }
    }

    /// The value of option 81, with both response codes 255 as RFC 4702 §2.2 has servers send them.
    package var value: [UInt8] {
        var octets: [UInt8] = [flags.rawValue, 255, 255]
        guard flags.contains(.canonicalEncoding) else { return octets + name.utf8 + (isComplete ? [46] : []) }
        for label in name.split(separator: ".") {
            octets += [UInt8(label.utf8.prefix(63).count)] + label.utf8.prefix(63)
        }
        return octets + (isComplete ? [0] : [])
    }

    private static var malformed: DHCPError {
        DHCPError(.malformedOption, "option 81 (client-fqdn) holds no host's name")
    }
}
