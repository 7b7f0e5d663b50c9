import ArgumentParser
import DHCP
import DHCPService
import Foundation
import Logging
import UnixSignals

/// `headwater dhcp client`: an address for an interface.
struct DHCPClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Ask for an address for an interface, and keep it.",
        discussion: """
            Prints what a server gave; nothing changes on the machine unless --apply or --script says so. Then the lease is \
            renewed until SIGTERM or SIGINT; SIGUSR1 renews at once. --once ends when there is an address, and leaves it \
            there. Only root may do this.

            A script is called as udhcpc calls it: with deconfig, bound, renew, nak or leasefail, and the environment \
            variables interface, ip, subnet, mask, broadcast, router, dns, domain, search, hostname, mtu, ntpsrv, \
            staticroutes, serverid, lease, siaddr, sname, boot_file, message.

            Examples:
              headwater dhcp client eth0 --once
              headwater dhcp client eth0 --apply --resolv-conf /etc/resolv.conf --lease-file eth0.json --release
            """)

    @Argument(help: "The interface.")
    var interface: String

    @Flag(help: "Set address and routes of the interface.")
    var apply = false

    @Option(help: ArgumentHelp("Write name servers and search domains to this file.", valueName: "file"))
    var resolvConf: String?

    @Option(help: ArgumentHelp("Call this program with what happens.", valueName: "file"))
    var script: String?

    @Flag(help: "End as soon as there is an address, or nobody gives one.")
    var once = false

    @Flag(help: "Give the address back at the end.")
    var release = false

    @Flag(help: "Ask for settings only, for the address that the interface has.")
    var inform = false

    @Option(help: ArgumentHelp("Keep the lease in this file, to ask for the same address again.", valueName: "file"))
    var leaseFile: String?

    @Option(help: "Tell the server this name.")
    var hostname: String?

    @Flag(help: "Have the server publish the name (option 81).")
    var fqdn = false

    @Option(
        help: ArgumentHelp(
            "Who the client is: hexadecimal octets; its hardware address if not given.", valueName: "hex"))
    var clientID: String?

    @Flag(help: "Have replies sent to all, not to the address that is not there yet.")
    var broadcast = false

    @Flag(inversion: .prefixedNo, help: "Use an address after two messages, where the server offers that.")
    var rapidCommit = true

    @Flag(inversion: .prefixedNo, help: "Ask the link whether somebody has the address already.")
    var probe = true

    @Option(help: ArgumentHelp("How long to wait before the first message at most.", valueName: "time"))
    var startDelay = TimeLength(seconds: 1)

    @Option(help: ArgumentHelp("Messages without an answer until it is said that there is none.", valueName: "n"))
    var attempts = 4

    @Flag(help: "Print one JSON document for each lease.")
    var json = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100).contains(attempts) else { throw ValidationError("--attempts is 1 to 100") }
        if let hostname, !ClientLease.isName(hostname) {
            throw ValidationError("--hostname needs letters, digits, hyphens and dots")
        }
        if fqdn, hostname == nil { throw ValidationError("--fqdn needs --hostname") }
        if inform, apply || release || leaseFile != nil {
            throw ValidationError(
                "--inform goes without --apply, --release and --lease-file: the address stays as it is")
        }
        if resolvConf != nil, !apply, !inform { throw ValidationError("--resolv-conf needs --apply or --inform") }
        if let clientID {
            guard let octets = Self.octets(clientID), (2...255).contains(octets.count) else {
                throw ValidationError("--client-id needs 2 to 255 octets in hexadecimal")
            }
        }
    }

    private static func octets(_ text: String) -> [UInt8]? {
        let digits = Array(text.filter { $0 != ":" })
        guard digits.count.isMultiple(of: 2), digits.allSatisfy(\.isHexDigit) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    func run() async throws {
        let logger = common.logger("dhcp-client")
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1)
        var outputs = LeaseOutputs(interface: interface, isJSON: json, resolvConf: resolvConf, logger: logger)
        outputs.applier = apply ? InterfaceSetup(interface: interface) : nil
        outputs.script = try script.map { try LeaseScript(path: $0, interface: interface) }
        if apply { try await outputs.applier?.raise() }
        if !inform { await outputs.begin() }
        let link = try LinkInterface(named: interface)
        guard link.isUp else {
            throw CommandError(.unavailable, "the interface \(interface) is down: ip link set \(interface) up")
        }
        let client = try DHCPClient(configuration(link, logger), on: link)
        let listener = Task {
            for await signal in signals {
                if signal == .sigusr1 {
                    client.renew()
                } else if release {
                    client.release()
                    client.stop()
                } else {
                    client.stop()
                }
            }
        }
        defer {
            listener.cancel()
            client.stop()
        }
        if inform {
            guard let address = link.addresses.first?.address else {
                throw CommandError(.configuration, "the interface \(interface) has no address to ask settings for")
            }
            client.inform(for: address)
        } else {
            client.begin()
        }
        try await follow(client, outputs)
    }

    private func configuration(_ link: LinkInterface, _ logger: Logger) -> DHCPClient.Configuration {
        var engine = DHCPClientEngine.Configuration(hardware: link.hardware)
        engine.hostName = hostname
        engine.wantsFQDN = fqdn
        engine.clientIdentifier = clientID.flatMap(Self.octets)
        engine.wantsBroadcast = broadcast
        engine.wantsRapidCommit = rapidCommit
        engine.checksAddress = probe
        engine.startDelay = .zero...(.seconds(startDelay.seconds))
        engine.attempts = attempts
        engine.maximumLength = UInt16(clamping: min(1_472, max(548, link.mtu - 28)))
        var configuration = DHCPClient.Configuration(engine: engine, logger: logger)
        configuration.file = leaseFile.map { LeaseFile(path: $0) }
        return configuration
    }

    /// Does what is to be done for each event, one after the other.
    private func follow(_ client: DHCPClient, _ outputs: LeaseOutputs) async throws {
        for await event in client.events {
            switch event {
            case .bound(let lease):
                try await outputs.use(lease, isNew: true)
                if apply { client.announce(lease.address) }
                guard once else { continue }
                guard release else { return }
                client.release()
                client.stop()
            case .extended(let lease): try await outputs.use(lease, isNew: false)
            case .informed(let lease):
                try await outputs.use(lease, isNew: true)
                return
            case .lost(let lease, let loss): await outputs.lose(lease, loss)
            case .refused(let message): await outputs.refused(message)
            case .failed:
                await outputs.failed()
                if once || inform {
                    throw CommandError(.unavailable, "no DHCP server answers on \(interface)")
                }
            }
        }
    }
}
