import DHCP
import Foundation
import Testing

@testable import DHCPService

@Suite("The file of a client's lease")
struct LeaseFileTests {
    private static let hardware = HardwareAddress([2, 0, 0, 0, 0, 9]) ?? .broadcast

    private func withFile(_ body: (LeaseFile) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lease-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(LeaseFile(path: folder.appending(path: "eth0.json").path(percentEncoded: false)))
    }

    private func lease(age: Duration = .zero) throws -> ClientLease {
        var message = DHCPMessage(.reply, kind: .ack, hardware: Self.hardware, transactionID: 7)
        message.yourAddress = IPv4Address(192, 0, 2, 100)
        message.options.set(.leaseTime, long: 1_000)
        message.options.set(.serverIdentifier, IPv4Address(192, 0, 2, 1))
        message.options[.vendorSpecific] = [UInt8](repeating: 7, count: 700)
        return try #require(ClientLease(message, start: .now - age))
    }

    @Test("gives back what was put in, with the time that is left")
    func roundTrip() throws {
        try withFile { file in
            #expect(file.read(for: Self.hardware) == nil)
            let lease = try lease(age: .seconds(100))
            try file.write(lease)
            let found = try #require(file.read(for: Self.hardware))
            #expect(found.message == lease.message && found.address == lease.address && found.duration == 1_000)
            let difference = (found.start - lease.start) / .seconds(1)
            #expect(abs(difference) < 5)
            try file.write(try self.lease())
            #expect(try #require(file.read(for: Self.hardware)).start > found.start)
            file.remove()
            #expect(file.read(for: Self.hardware) == nil)
        }
    }

    @Test("is nobody else's, and nothing when it is broken")
    func broken() throws {
        try withFile { file in
            try file.write(try lease())
            #expect(file.read(for: try #require(HardwareAddress("02:00:00:00:00:08"))) == nil)
            let whole = try Data(contentsOf: URL(filePath: file.path))
            for length in 0..<whole.count - 1 where length.isMultiple(of: 7) {
                try whole.prefix(length).write(to: URL(filePath: file.path))
                #expect(file.read(for: Self.hardware) == nil)
            }
            for (old, new) in [("192.0.2.100", "192.0.2.101"), ("0201", "02x1"), ("\"start\" : 1", "\"start\" : -1")] {
                let text = String(decoding: whole, as: UTF8.self).replacing(old, with: new, maxReplacements: 1)
                try Data(text.utf8).write(to: URL(filePath: file.path))
                #expect(file.read(for: Self.hardware) == nil, "\(new)")
            }
            try Data(repeating: 32, count: 100_000).write(to: URL(filePath: file.path))
            #expect(file.read(for: Self.hardware) == nil)
        }
    }
}
