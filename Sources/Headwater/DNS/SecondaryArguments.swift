import ArgumentParser
import DNS
import Foundation
import LineProtocol
import NameServer

/// `ADDRESS[:PORT]` of a name server, an IPv6 address with a port in brackets; port 53 if none is given.
struct NameServerArgument: ExpressibleByArgument, Sendable {
    var endpoint: Endpoint

    init?(argument: String) {
        var (host, port) = (argument[...], 53)
        if argument.hasPrefix("["), let end = argument.firstIndex(of: "]") {
            host = argument[argument.index(after: argument.startIndex)..<end]
            let rest = argument[argument.index(after: end)...]
            guard let given = rest.isEmpty ? 53 : Self.port(rest) else { return nil }
            port = given
        } else if argument.count(where: { $0 == ":" }) == 1, let colon = argument.firstIndex(of: ":") {
            guard let given = Self.port(argument[colon...]) else { return nil }
            (host, port) = (argument[..<colon], given)
        }
        guard let address = IPAddress(host) else { return nil }
        endpoint = Endpoint(host: "\(address)", port: port)
    }

    private static func port(_ text: Substring) -> Int? {
        guard text.first == ":", let port = UInt16(text.dropFirst()), port > 0 else { return nil }
        return Int(port)
    }
}

/// `ZONE@ADDRESS[:PORT]`.
struct SecondaryArgument: ExpressibleByArgument, Sendable {
    var zone: DomainName
    var primary: Endpoint

    init?(argument: String) {
        guard let at = argument.firstIndex(of: "@"), let zone = try? DomainName(argument[..<at]),
            let server = NameServerArgument(argument: String(argument[argument.index(after: at)...]))
        else { return nil }
        self.zone = zone
        primary = server.endpoint
    }

    /// Each zone once, with all of its primaries.
    static func sources(_ arguments: [SecondaryArgument]) -> [SecondaryZones.Source] {
        var sources: [SecondaryZones.Source] = []
        for argument in arguments {
            if let index = sources.firstIndex(where: { $0.zone == argument.zone }) {
                sources[index].primaries.append(argument.primary)
            } else {
                sources.append(.init(zone: argument.zone, primaries: [argument.primary]))
            }
        }
        return sources
    }
}
