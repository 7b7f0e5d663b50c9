import DHCP
import Foundation
import LineProtocol

/// A lease for people and for programs.
enum LeaseText {
    static func lines(_ lease: ClientLease, interface: String, isNew: Bool) -> String {
        var line = isNew ? "bound" : "renewed"
        if lease.duration == 0 { line = "informed" }
        line += " \(interface): \(lease.address)/\(lease.prefix) from \(lease.server)"
        if lease.duration > 0 { line += lease.isInfinite ? " for ever" : " for \(lease.duration) s" }
        var lines = [line]
        for option in lease.message.options where !hidden.contains(option.code) {
            let words = option.code.format.words(option.value).map { PrintableText.line($0) }
            lines.append("  \(option.code) \(words.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ lease: ClientLease, interface: String, isNew: Bool) throws -> String {
        struct Document: Encodable {
            var event: String
            var interface: String
            var address: String
            var prefix: UInt8
            var server: String
            /// Seconds; left out where it never ends.
            var lease: UInt32?
            var renewal: UInt32
            var rebinding: UInt32
            var routes: [String]
            var nameServers: [String]
            var searchDomains: [String]
            /// By name, or number: all that came.
            var options: [String: [String]]
        }
        let document = Document(
            event: lease.duration == 0 ? "informed" : isNew ? "bound" : "renewed", interface: interface,
            address: "\(lease.address)", prefix: lease.prefix, server: "\(lease.server)",
            lease: lease.isInfinite ? nil : lease.duration, renewal: lease.renewal, rebinding: lease.rebinding,
            routes: lease.routes.map(\.description), nameServers: lease.nameServers.map(\.description),
            searchDomains: lease.searchDomains,
            options: Dictionary(
                lease.message.options.map { ($0.code.description, $0.code.format.words($0.value)) },
                uniquingKeysWith: { first, _ in first }))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }

    /// What the first line says already, or nobody needs.
    private static let hidden: Set<OptionCode> = [
        .messageType, .serverIdentifier, .subnetMask, .leaseTime, .clientIdentifier, .rapidCommit,
    ]
}
