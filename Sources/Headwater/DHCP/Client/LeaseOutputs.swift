import DHCP
import DHCPService
import Foundation
import LineProtocol
import Logging

/// Everything that is done with a lease: printing it, setting the interface, calling a script.
struct LeaseOutputs {
    var interface: String
    var isJSON: Bool
    var resolvConf: String?
    var logger: Logger
    var applier: InterfaceSetup?
    var script: LeaseScript?

    /// Before there is a lease.
    func begin() async { await call("deconfig", nil) }

    /// - Throws: ``CommandError`` when the interface cannot be set, or standard output is gone.
    func use(_ lease: ClientLease, isNew: Bool) async throws {
        try await applier?.set(lease)
        if let resolvConf, isNew || applier != nil { try ResolverFile(path: resolvConf).write(lease) }
        await call(isNew ? "bound" : "renew", lease)
        try StandardStream.output.writeResult(
            isJSON
                ? LeaseText.json(lease, interface: interface, isNew: isNew)
                : LeaseText.lines(lease, interface: interface, isNew: isNew))
    }

    func lose(_ lease: ClientLease, _ loss: DHCPClientEngine.Loss) async {
        logger.notice(
            "the address is given up", metadata: ["address": "\(lease.address)", "reason": "\(loss.rawValue)"])
        // The message that gives it back goes as soon as the next hop's hardware address is known.
        if loss == .released { try? await Task.sleep(for: .milliseconds(100)) }
        await applier?.clear(lease)
        await call("deconfig", nil)
    }

    func refused(_ message: String) async {
        let message = PrintableText.line(message)
        logger.notice("a server refuses", metadata: ["message": "\(message)"])
        await call("nak", nil, ["message": message])
    }

    func failed() async {
        logger.notice("nobody answers", metadata: ["interface": "\(interface)"])
        await call("leasefail", nil)
    }

    private func call(_ event: String, _ lease: ClientLease?, _ more: [String: String] = [:]) async {
        do {
            try await script?.run(event, lease, more)
        } catch {
            logger.error("the script fails", metadata: ["event": "\(event)", "error": "\(error)"])
        }
    }
}

/// A file as `resolv.conf` is.
struct ResolverFile {
    var path: String

    func write(_ lease: ClientLease) throws {
        var text = "# Written by headwater dhcp client.\n"
        if !lease.searchDomains.isEmpty { text += "search \(lease.searchDomains.joined(separator: " "))\n" }
        for address in lease.nameServers { text += "nameserver \(address)\n" }
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            // A file that is mounted cannot be replaced, but written to.
            do {
                try Data(text.utf8).write(to: URL(filePath: path))
            } catch {
                throw CommandError(.cannotCreate, "cannot write \(path): \(error.localizedDescription)")
            }
        }
    }
}
