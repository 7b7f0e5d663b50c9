import DNS
import Foundation
import NIOPosix

/// A client of the DNS that waits on threads for that, twenty seconds at most.
final class TestClient: Sendable {
    struct Closed: Error {}

    /// Of their own: on those that all share a client that waits would hold up others.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 16)
        threads.start()
        return threads
    }()

    private let descriptor: CInt
    private let isTCP: Bool

    init(port: Int, isTCP: Bool) throws {
        self.isTCP = isTCP
        descriptor = socket(AF_INET, CInt((isTCP ? SOCK_STREAM : SOCK_DGRAM).rawValue), 0)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Closed() }
    }

    deinit { close(descriptor) }

    func write(_ octets: [UInt8]) {
        var sent = 0
        while sent < octets.count {
            let count = octets.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress?.advanced(by: sent), octets.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Sends a message, behind its length if it goes over TCP.
    func send(_ message: [UInt8]) {
        write(isTCP ? [UInt8(message.count >> 8), UInt8(message.count & 255)] + message : message)
    }

    func end() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// The next message.
    func read() async throws -> DNSMessage {
        try await Self.threads.runIfActive { try self.readNow() }
    }

    private func readNow() throws -> DNSMessage {
        if isTCP {
            let length = try take(2)
            return try DNSMessage(try take(Int(length[0]) << 8 | Int(length[1])))
        }
        var octets = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &octets, octets.count, 0)
        guard count > 0 else { throw Closed() }
        return try DNSMessage(Array(octets.prefix(count)))
    }

    func ask(_ message: [UInt8]) async throws -> DNSMessage {
        send(message)
        return try await read()
    }

    private func take(_ count: Int) throws -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let more = octets.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress?.advanced(by: got), count - got, 0)
            }
            guard more > 0 else { throw Closed() }
            got += more
        }
        return octets
    }
}
