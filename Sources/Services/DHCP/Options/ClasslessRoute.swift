/// A destination and the router on the way to it (RFC 3442).
package struct ClasslessRoute: Sendable, Hashable {
    package var destination: IPv4Network
    /// 0.0.0.0 where the destination is on the link itself.
    package var router: IPv4Address

    package init(destination: IPv4Network, router: IPv4Address) {
        self.destination = destination
        self.router = router
    }

    /// Reads the value of option 121.
    ///
    /// - Throws: ``DHCPError`` for a prefix of more than 32 bits, a value that ends too early, and no route at all.
    package static func routes(in value: [UInt8]) throws(DHCPError) -> [ClasslessRoute] {
        var routes: [ClasslessRoute] = []
        var rest = value[...]
        while let prefix = rest.popFirst() {
            let significant = (Int(prefix) + 7) / 8
            guard prefix <= 32, rest.count >= significant + 4,
                let address = IPv4Address(
                    octets: rest.prefix(significant) + [UInt8](repeating: 0, count: 4 - significant)),
                // Bits behind the prefix are to be ignored.
                let destination = IPv4Network(containing: address, prefix: prefix),
                let router = IPv4Address(octets: rest.dropFirst(significant).prefix(4))
            else { throw DHCPError(.malformedOption, "option 121 (classless-routes) does not hold whole routes") }
            routes.append(ClasslessRoute(destination: destination, router: router))
            rest = rest.dropFirst(significant + 4)
        }
        guard !routes.isEmpty else { throw DHCPError(.malformedOption, "option 121 (classless-routes) is empty") }
        return routes
    }

    /// The value of option 121.
    package static func value(_ routes: [ClasslessRoute]) -> [UInt8] {
        routes.flatMap { route in
            let significant = (Int(route.destination.prefix) + 7) / 8
            return [route.destination.prefix] + route.destination.address.octets.prefix(significant)
                + route.router.octets
        }
    }
}

extension ClasslessRoute: CustomStringConvertible {
    /// Reads `10.0.0.0/8 via 192.0.2.1`, or a destination alone for one on the link; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let words = text.split(separator: " ")
        guard let first = words.first, let destination = IPv4Network(first == "default" ? "0.0.0.0/0" : first) else {
            return nil
        }
        self.destination = destination
        switch words.count {
        case 1: router = .unspecified
        case 3:
            guard words[1] == "via", let router = IPv4Address(words[2]) else { return nil }
            self.router = router
        default: return nil
        }
    }

    package var description: String { router == .unspecified ? "\(destination)" : "\(destination) via \(router)" }
}
