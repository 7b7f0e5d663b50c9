/// How a resolver works, and how much it does for one question.
package struct ResolverConfiguration: Sendable {
    package var hints = RootHints.internet
    /// Resolvers that are asked to do the work (RFC 1034 §5.3.1's "forwarding"); empty to iterate.
    package var forwarders: [ServerAddress] = []
    /// Where servers listen; another one than 53 only in private networks.
    package var port: UInt16 = 53
    package var usesIPv4 = true
    package var usesIPv6 = true
    /// Whether servers may have addresses of this machine (127.0.0.0/8, ::1): only in private networks.
    package var usesLoopback = false
    /// Whether a zone's servers are told only as much of a name as they need (RFC 9156).
    package var minimisesNames = true
    /// Whether letters of questions are in random case, for forgers to guess ("0x20").
    package var mixesCase = true
    /// Whether the root's servers are asked for their own names first (RFC 8109).
    package var primes = true
    /// Which servers are told where clients are (RFC 7871).
    package var clientSubnets = ClientSubnets.nowhere
    package var cache = ResolverCache.Configuration()
    /// Whether what is about to end is asked for again when somebody wants it.
    package var prefetches = true

    /// Everything that one question may take: less than most clients wait.
    package var deadline = Duration.milliseconds(4_500)
    /// After which a client gets a stale answer, if there is one, while the search goes on (RFC 8767 §5).
    package var stalePatience = Duration.milliseconds(1_800)
    /// Questions to servers for one question of a client.
    package var queries = 60
    /// Aliases that are followed.
    package var aliases = 16
    /// Names of servers whose addresses are looked for because other servers' addresses are, and so on.
    package var depth = 5
    /// Servers of a delegation that are considered.
    package var hosts = 16
    /// Of which the addresses are looked for, when the delegation has none (against "NXNS" attacks); and at once.
    package var lookUps = 4
    package var concurrentLookUps = 2
    /// Tries of a server for one question.
    package var attempts = 2
    /// Questions of clients that are being worked on.
    package var requests = 10_000
    /// Questions that one server is asked at once: a zone with silent servers leaves room for others.
    var perServer: Int { forwarders.isEmpty ? max(20, requests / 8) : requests * 2 }
    /// How long that a question had no answer is remembered (RFC 9520).
    package var failureTime = Duration.seconds(5)

    package init() {}

    /// Which servers are told where clients are.
    package enum ClientSubnets: Sendable, Hashable {
        case nowhere
        /// Servers of these names and those below.
        case zones([DomainName])
        case everywhere

        func includes(_ name: DomainName) -> Bool {
            switch self {
            case .nowhere: false
            case .zones(let zones): zones.contains { name.isWithin($0) }
            case .everywhere: true
            }
        }
    }

    /// Bits of a client's address that are told at most (RFC 7871 §11.1).
    static let prefix4: UInt8 = 24
    static let prefix6: UInt8 = 56

    /// Whether a server can be asked there.
    func isUsable(_ address: IPAddress) -> Bool {
        guard address.isIPv6 ? usesIPv6 : usesIPv4 else { return false }
        let octets = address.octets
        if address.isIPv6 {
            guard octets[0] != 0xFF, octets.contains(where: { $0 != 0 }) else { return false }
            let isLoopback = octets.dropLast().allSatisfy { $0 == 0 } && octets[15] == 1
            return usesLoopback || !isLoopback
        }
        // "This" network, multicast and what is reserved (RFC 6890).
        guard octets[0] != 0, octets[0] < 224 else { return false }
        return usesLoopback || octets[0] != 127
    }
}
