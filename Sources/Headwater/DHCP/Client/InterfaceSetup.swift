import DHCP
import Foundation
import LineProtocol
import Subprocess
import SystemPackage

/// Sets an interface's address and routes, by the command `ip`. Routes have the mark of DHCP (protocol 16), by which they
/// are found again.
struct InterfaceSetup {
    var interface: String

    /// Switches the interface on.
    ///
    /// - Throws: ``CommandError``
    func raise() async throws { try await ip(["link", "set", "dev", interface, "up"]) }

    /// Sets the address of a lease, for as long as it lasts, and its routes. What is there already stays in use meanwhile.
    ///
    /// - Throws: ``CommandError``
    func set(_ lease: ClientLease) async throws {
        let left = lease.end.map { max(1, Int((($0 - .now) / .seconds(1)).rounded(.up))).description } ?? "forever"
        try await ip(
            [
                "-4", "address", "replace", "\(lease.address)/\(lease.prefix)", "broadcast", "+", "dev", interface,
                "valid_lft", left, "preferred_lft", left,
            ])
        let routes = Self.routes(lease)
        for route in routes {
            let way = route.router == .unspecified ? ["scope", "link"] : ["via", "\(route.router)"]
            try await ip(
                ["-4", "route", "replace", "\(route.destination)"] + way
                    + ["dev", interface, "proto", Self.mark, "src", "\(lease.address)"])
        }
        // What an earlier lease had, and this one has not.
        let destinations = Set(routes.map(\.destination))
        for destination in try await present() where !destinations.contains(destination) {
            try await ip(["-4", "route", "del", "\(destination)", "dev", interface, "proto", Self.mark])
        }
    }

    /// The routes of a lease; a router outside of the network is on the link all the same, and has one of its own first.
    private static func routes(_ lease: ClientLease) -> [ClasslessRoute] {
        let network = IPv4Network(containing: lease.address, prefix: lease.prefix)
        return lease.routes.flatMap { route in
            guard route.router != .unspecified, network?.contains(route.router) == false,
                let alone = IPv4Network(containing: route.router, prefix: 32)
            else { return [route] }
            return [ClasslessRoute(destination: alone, router: .unspecified), route]
        }
    }

    /// Destinations of routes with the mark.
    private func present() async throws -> [IPv4Network] {
        struct Entry: Decodable { var dst: String }
        let text = try await ip(["-4", "-json", "route", "show", "dev", interface, "proto", Self.mark])
        let entries = (try? JSONDecoder().decode([Entry].self, from: Data(text.utf8))) ?? []
        return entries.compactMap { IPv4Network(argument: $0.dst == "default" ? "0.0.0.0/0" : $0.dst) }
    }

    /// Takes them away. What is gone already is no error.
    func clear(_ lease: ClientLease) async {
        _ = try? await ip(["-4", "route", "flush", "dev", interface, "proto", Self.mark])
        _ = try? await ip(["-4", "address", "del", "\(lease.address)/\(lease.prefix)", "dev", interface])
    }

    private static let mark = "16"

    /// - Returns: what it writes.
    @discardableResult
    private func ip(_ arguments: [String]) async throws -> String {
        do {
            let result = try await Subprocess.run(
                .name("ip"), arguments: Arguments(arguments), input: .none, output: .string(limit: 1 << 20),
                error: .string(limit: 4_096))
            guard result.terminationStatus.isSuccess else {
                let reason = PrintableText.line(result.standardError)
                throw CommandError(.osError, "ip \(arguments.joined(separator: " ")): \(reason)")
            }
            return result.standardOutput
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.osError, "cannot run the command ip (install iproute2): \(error)")
        }
    }
}
