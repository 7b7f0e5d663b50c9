import ArgumentParser
import DNS
import Foundation
import LineProtocol
import NIOCore

/// What `resolver` and `resolve` have in common: where iteration begins, and how much is told to whom.
struct ResolverOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A master file with the root's servers and their addresses; the Internet's if not given.", valueName: "file"
        ))
    var rootHints: String?

    @Option(help: "Where servers listen: another port than 53 only in a private network, together with --root-hints.")
    var port: UInt16 = 53

    @Flag(
        name: .customLong("minimise"), inversion: .prefixedNo,
        help: "Tell servers no more of a name than they need (RFC 9156).")
    var minimises = true

    @Flag(
        name: .customLong("mix-case"), inversion: .prefixedNo,
        help: "Write names in random case, which forgers would have to guess.")
    var mixesCase = true

    /// - Parameter forwarders: that do the work instead of iteration.
    /// - Throws: `DNSError` for hints that cannot be read, `CommandError`.
    func configuration(forwarders: [ServerAddress]) throws -> ResolverConfiguration {
        var configuration = ResolverConfiguration()
        if let rootHints {
            guard let content = FileManager.default.contents(atPath: rootHints) else {
                throw DNSError(.unreadable, "cannot read the root hints", at: rootHints)
            }
            guard content.count <= 1 << 20 else {
                throw DNSError(.malformedZone, "root hints have at most 1 MiB", at: rootHints)
            }
            configuration.hints = try RootHints(content: Array(content), path: rootHints)
        }
        configuration.port = port
        configuration.minimisesNames = minimises
        configuration.mixesCase = mixesCase
        configuration.forwarders = forwarders
        // Servers on this machine are no mistake where the root is one's own.
        configuration.usesLoopback = rootHints != nil
        configuration.usesIPv6 =
            Self.hasIPv6 || configuration.hints.servers.allSatisfy { $0.addresses.allSatisfy(\.isIPv6) }
        return configuration
    }

    /// Whether this machine has an address that the IPv6 Internet could know.
    private static var hasIPv6: Bool {
        let addresses = (try? System.enumerateDevices().compactMap(\.address)) ?? []
        return addresses.contains { address in
            guard case .v6 = address, let text = address.ipAddress else { return false }
            return text != "::1" && !text.hasPrefix("fe80")
        }
    }
}

extension NameServerArgument {
    /// For the resolver's engine.
    var server: ServerAddress? {
        IPAddress(endpoint.host).map { ServerAddress($0, port: UInt16(clamping: endpoint.port)) }
    }
}
