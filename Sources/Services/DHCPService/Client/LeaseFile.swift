package import DHCP
internal import Foundation

/// The lease of a client in a file, so that it asks for the same address after a restart (INIT-REBOOT).
package struct LeaseFile: Sendable {
    /// What is in the file: JSON.
    private struct Content: Codable {
        var hardware: String
        var address: IPv4Address
        /// When it began: seconds since 1970.
        var start: Double
        /// The server's message, in hexadecimal.
        var message: String
    }

    package let path: String

    package init(path: String) { self.path = path }

    /// The lease in the file; nil when there is no file, when it is another interface's, and when it cannot be understood:
    /// then the client begins anew.
    ///
    /// - Parameter hardware: of the interface.
    package func read(for hardware: HardwareAddress) -> ClientLease? {
        guard let data = FileManager.default.contents(atPath: path), data.count < 65_536,
            let content = try? JSONDecoder().decode(Content.self, from: data),
            content.hardware == hardware.description, let octets = Self.octets(content.message),
            let message = try? DHCPMessage(octets)
        else { return nil }
        // A clock that was set back must not make a lease longer.
        let age = max(0, Date().timeIntervalSince1970 - content.start)
        guard age < 10 * 365 * 86_400 else { return nil }
        return ClientLease(message, start: .now - .seconds(age)).flatMap { $0.address == content.address ? $0 : nil }
    }

    /// Writes the lease, whole or not at all.
    ///
    /// - Throws: when the folder does not exist, may not be written to or is full.
    package func write(_ lease: ClientLease) throws {
        let age = (ContinuousClock.now - lease.start) / .seconds(1)
        let content = Content(
            hardware: lease.message.hardware.description, address: lease.address,
            start: Date().timeIntervalSince1970 - age,
            message: lease.message.encoded(limit: PacketSocket.room)
                .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try (try encoder.encode(content) + Data("\n".utf8)).write(to: URL(filePath: path), options: .atomic)
    }

    /// Forgets the lease.
    package func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func octets(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var octets: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let octet = UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            octets.append(octet)
        }
        return octets
    }
}
