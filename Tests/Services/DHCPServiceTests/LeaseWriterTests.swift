import DHCP
import Foundation
import Synchronization
import Testing

@testable import DHCPService

@Suite("Leases on their way")
struct LeaseWriterTests {
    private func lease(_ number: UInt8, state: Lease.State = .bound) throws -> Lease {
        let hardware = try #require(HardwareAddress([2, 0, 0, 0, 0, number]))
        return Lease(
            address: IPv4Address(192, 0, 2, number), client: .hardware(hardware), hardware: hardware, state: state,
            start: 1_800_000_000, expiry: 1_800_003_600)
    }

    @Test("reach the disk in their order, and all of them before the writer stops")
    func order() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/dhcp-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try LeaseStore(folder: folder)
        let done = Mutex<[UInt64]>([])
        let writer = LeaseWriter(store) { tickets, error in
            if error == nil { done.withLock { $0 += tickets } }
        }
        for ticket in UInt64(1)...5_000 {
            writer.write(try lease(UInt8(ticket % 250), state: ticket > 4_750 ? .released : .bound), ticket)
        }
        await writer.stop()
        #expect(done.withLock { $0 } == Array(1...5_000))
        // Of each address the last.
        #expect(try store.leases().count == 250)
        #expect(try store.leases().allSatisfy { $0.state == .released })
        await writer.stop()
    }

    @Test("are told to an observer one after the other, of each address the last")
    func events() async throws {
        let events = LeaseEvents()
        let (first, second) = (try lease(1), try lease(2))
        for _ in 0..<3_000 {
            events.append(.bound(first))
            events.append(.ended(first))
        }
        events.append(.bound(second))
        #expect(await events.next() == .ended(first))
        #expect(await events.next() == .bound(second))
        // Somebody waits before it comes.
        async let later = events.next()
        events.append(.ended(second))
        #expect(await later == .ended(second))
        events.finish()
        #expect(await events.next() == nil)
    }
}
