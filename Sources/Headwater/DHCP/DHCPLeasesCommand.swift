import ArgumentParser
import DHCP
import DHCPService
import Foundation

/// `headwater dhcp leases`: who has which address.
struct DHCPLeasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases",
        abstract: "List the leases of a server, also while it runs.",
        discussion: "Example: headwater dhcp leases --data dhcp --json")

    @Option(help: ArgumentHelp("Folder of the leases.", valueName: "dir"))
    var data: String

    @Flag(help: "Print one JSON document.")
    var json = false

    @OptionGroup var common: CommonOptions

    /// A lease as JSON has it.
    private struct Entry: Encodable {
        var address: String
        var client: String
        var hardware: String
        /// `bound`, `released`, `declined` or `expired`.
        var state: String
        /// Seconds since 1970.
        var start: Int64
        /// Seconds since 1970; missing for a lease without end.
        var expiry: Int64?
        var hostName: String?
        /// Option 82, in hexadecimal.
        var agentInformation: String?
    }

    func run() async throws {
        let leases = try LeaseStore(folder: data, isReading: true).leases()
        let now = Int64(Date().timeIntervalSince1970)
        let entries = leases.map { lease in
            Entry(
                address: "\(lease.address)", client: "\(lease.client)", hardware: "\(lease.hardware)",
                state: Self.state(lease, now), start: lease.start,
                expiry: lease.expiry == Lease.never ? nil : lease.expiry,
                hostName: lease.hostName.isEmpty ? nil : lease.hostName,
                agentInformation: lease.agentInformation.isEmpty
                    ? nil : OptionFormat.octets.words(lease.agentInformation)[0])
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            StandardStream.output.writeLine(String(decoding: try encoder.encode(["leases": entries]), as: UTF8.self))
            return
        }
        for entry in entries {
            let end = entry.expiry.map { Self.text($0) } ?? "never"
            let columns = [
                entry.address.padding(15), entry.state.padding(8), end.padding(20), entry.hardware.padding(17),
                entry.hostName ?? "",
            ]
            StandardStream.output.writeLine(
                columns.joined(separator: "  ").trimmingSuffix { $0 == " " })
        }
    }

    private static func state(_ lease: Lease, _ now: Int64) -> String {
        switch lease.state {
        case .released: "released"
        case .bound: lease.expiry <= now ? "expired" : "bound"
        case .declined: lease.expiry <= now ? "expired" : "declined"
        }
    }

    private static func text(_ time: Int64) -> String {
        Date(timeIntervalSince1970: Double(time)).ISO8601Format()
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, predicate(last) { text.removeLast() }
        return String(text)
    }
}
