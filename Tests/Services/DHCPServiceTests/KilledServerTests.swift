import DHCP
import DHCPService
import Foundation
import Subprocess
import SystemPackage
import Testing

@Suite("A DHCP server that is killed")
struct KilledServerTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/dhcp-\(UUID().uuidString)"
    private let own = IPv4Address(192, 0, 2, 1)

    private func hexadecimal(_ message: DHCPMessage) -> String {
        String(OptionFormat.octets.words(message.encoded())[0].dropFirst(4))
    }

    private func message(_ kind: DHCPMessage.Kind, _ client: UInt8, wish: IPv4Address? = nil) throws -> DHCPMessage {
        let hardware = try #require(HardwareAddress([2, 0, 0, 0, 0, client]))
        var message = DHCPMessage(.request, kind: kind, hardware: hardware, transactionID: UInt32(client))
        if let wish {
            message.options.set(.serverIdentifier, own)
            message.options.set(.requestedAddress, wish)
        }
        return message
    }

    private static var child: String? {
        let folder = Bundle.main.bundleURL
        let places = [
            folder, folder.deletingLastPathComponent(), Bundle(for: Anchor.self).bundleURL.deletingLastPathComponent(),
        ]
        return places.map { $0.appending(path: "DHCPStoreChild").path }
            .first(where: FileManager.default.isExecutableFile(atPath:))
    }

    private final class Anchor {}

    /// Runs a server with lines of input, and kills it after so many lines of output.
    private func serve(_ input: [String], lines count: Int) async throws -> [String] {
        let child = try #require(Self.child)
        let outcome = try await run(
            .path(FilePath(child)), arguments: [folder], input: .inputWriter, output: .sequence,
            error: .currentStandardError
        ) { execution in
            for line in input { _ = try await execution.standardInputWriter.write(Array((line + "\n").utf8)) }
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            var found: [String] = []
            while found.count < count, let line = try await lines.next() { found.append(line) }
            try execution.send(signal: .kill)
            while try await lines.next() != nil {}
            return found
        }
        return outcome.closureResult
    }

    private func answer(_ line: String?) throws -> DHCPMessage {
        let words = try #require(line).split(separator: " ")
        try #require(words.count == 2)
        return try DHCPMessage(OptionFormat.octets.value(["hex:" + words[1]]))
    }

    @Test("between the lease on disk and its ACK loses nothing and gives nothing twice")
    func killedBetweenCommitAndAnswer() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var granted: [IPv4Address: UInt8] = [:]
        for client in UInt8(1)...4 {
            let discover = hexadecimal(try message(.discover, client))
            let offer = try answer(try await serve([discover], lines: 1).first)
            #expect(offer.kind == .offer && granted[offer.yourAddress] == nil)
            let request = hexadecimal(try message(.request, client, wish: offer.yourAddress))
            // It is written, and the process is killed before it answers.
            #expect(try await serve(["hold", request], lines: 1) == ["written"])
            let store = try LeaseStore(folder: folder, isReading: true)
            #expect(try store.leases().contains { $0.address == offer.yourAddress && $0.state == .bound })
            // Another client does not get it, and the same client gets its answer when it asks again.
            let other = hexadecimal(try message(.discover, client + 100))
            let lines = try await serve([other, request], lines: 2)
            #expect(try answer(lines.first).yourAddress != offer.yourAddress)
            let ack = try answer(lines.last)
            #expect(ack.kind == .ack && ack.yourAddress == offer.yourAddress)
            granted[ack.yourAddress] = client
        }
        #expect(try LeaseStore(folder: folder, isReading: true).leases().count == 4)
    }

    @Test("leaves its folder to the next one, but not while it lives")
    func lock() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var first: LeaseStore? = try LeaseStore(folder: folder)
        #expect(throws: LeaseStoreError.self) { try LeaseStore(folder: folder) }
        #expect(try first?.leases().isEmpty == true)
        first = nil
        _ = try LeaseStore(folder: folder)
        #expect(throws: LeaseStoreError.self) { try LeaseStore(folder: folder + "/none", isReading: true) }
    }

    @Test("has every field of its leases back")
    func roundTrip() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var leases: [Lease] = []
        for index in UInt8(0)..<3 {
            let hardware = try #require(HardwareAddress([2, 0, 0, 0, 1, index]))
            var lease = Lease(
                address: IPv4Address(192, 0, 2, index),
                client: index == 0 ? .hardware(hardware) : .identifier([255, index]),
                hardware: hardware, state: index == 2 ? .declined : .bound, start: 1_800_000_000,
                expiry: index == 1 ? Lease.never : 1_800_003_600)
            lease.hostName = "host\(index)"
            lease.agentInformation = [1, 1, index]
            leases.append(lease)
        }
        let store = try LeaseStore(folder: folder)
        try store.write(leases)
        #expect(try store.leases() == leases)
        leases[0].state = .released
        try store.write([leases[0]])
        #expect(try LeaseStore(folder: folder, isReading: true).leases() == leases)
    }
}
