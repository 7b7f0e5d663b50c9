/// What a server has given to a client.
package struct ClientLease: Sendable, Hashable {
    package var address: IPv4Address
    /// Option 54; 0.0.0.0 where an answer to INFORM does not say.
    package var server: IPv4Address
    /// Seconds; `.max` for ever, 0 for settings without an address of the server's (INFORM).
    package var duration: UInt32
    /// Seconds from the beginning until the client asks this server for more time (T1).
    package var renewal: UInt32
    /// The same for any server (T2).
    package var rebinding: UInt32
    /// When the time began: when the client asked.
    package var start: ContinuousClock.Instant
    /// The message that gave it.
    package var message: DHCPMessage

    /// Reads an ACK.
    ///
    /// Times that make no sense together are replaced by the standard's: half, and seven eighths (RFC 2131 §4.4.5).
    ///
    /// - Returns: nil for a message that gives no lease: without an address, a time or a server.
    package init?(_ message: DHCPMessage, start: ContinuousClock.Instant) {
        guard message.yourAddress.isHost, let duration = message.options.long(.leaseTime), duration > 0,
            let server = message.options.address(.serverIdentifier), server.isHost
        else { return nil }
        self.init(message, address: message.yourAddress, server: server, duration: duration, start: start)
    }

    /// What an answer to INFORM tells a host that has its address from elsewhere.
    package init(informing address: IPv4Address, _ message: DHCPMessage, start: ContinuousClock.Instant) {
        let server = message.options.address(.serverIdentifier) ?? .unspecified
        self.init(message, address: address, server: server, duration: 0, start: start)
    }

    private init(
        _ message: DHCPMessage, address: IPv4Address, server: IPv4Address, duration: UInt32,
        start: ContinuousClock.Instant
    ) {
        self.message = message
        self.address = address
        self.server = server
        self.duration = duration
        self.start = start
        let half = duration / 2
        let sevenEighths = duration - duration / 8
        rebinding = message.options.long(.rebindingTime) ?? sevenEighths
        if rebinding >= duration { rebinding = sevenEighths }
        renewal = message.options.long(.renewalTime) ?? half
        if renewal >= rebinding { renewal = half }
        // T1 must be earlier than T2: a T2 within the first half leaves no room for the standard's T1.
        if renewal >= rebinding { rebinding = sevenEighths }
    }

    /// Whether the lease never ends: a time of 0xFFFFFFFF (RFC 2131 §3.3).
    package var isInfinite: Bool { duration == .max }

    /// Nil for one that never ends.
    package var end: ContinuousClock.Instant? { isInfinite ? nil : start + .seconds(Int64(duration)) }

    /// Bits of the network: by option 1, else by the class of the address, as of old.
    package var prefix: UInt8 {
        if let mask = message.options.address(.subnetMask)?.rawValue, mask.leadingZeroBitCount == 0,
            (~mask & (~mask &+ 1)) == 0
        {
            return UInt8(mask.nonzeroBitCount)
        }
        return switch address.rawValue >> 30 {
        case 0, 1: 8
        case 2: 16
        default: 24
        }
    }

    /// Ways out of the network: option 121, and option 3 only where that is missing (RFC 3442).
    package var routes: [ClasslessRoute] {
        let routes = message.options.classlessRoutes
        if !routes.isEmpty { return routes }
        guard let router = message.options.addresses(.routers).first(where: \.isHost),
            let all = IPv4Network(containing: .unspecified, prefix: 0)
        else { return [] }
        return [ClasslessRoute(destination: all, router: router)]
    }

    package var nameServers: [IPv4Address] { message.options.addresses(.nameServers).filter { $0 != .unspecified } }

    /// Where to look for names without dots: option 119, or the one domain of option 15. Names that no host can have are
    /// left out: they come from whoever answered.
    package var searchDomains: [String] {
        let names = message.options.domainSearch
        let all = names.isEmpty ? [message.options.text(.domainName) ?? ""] : names
        return all.filter(Self.isName)
    }

    /// Whether text is a domain name of letters, digits, hyphens and underscores.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < 255
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
    }
}
