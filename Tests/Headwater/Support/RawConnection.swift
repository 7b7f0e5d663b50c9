import Foundation
import Testing

/// A TCP connection for what no HTTP client does: being idle, reading little. It blocks, for twenty seconds at most.
final class RawConnection: Sendable {
    private let descriptor: CInt

    /// Connects to the port of `http://127.0.0.1:PORT`.
    init(_ url: String) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(URL(string: url)?.port.map { in_port_t($0).bigEndian })
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
    }

    func write(_ text: String) { _ = send(descriptor, text, text.utf8.count, CInt(MSG_NOSIGNAL)) }

    /// The first bytes, `count` at most, of what has come.
    func read(upTo count: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = recv(descriptor, &bytes, count, 0)
        return String(decoding: bytes.prefix(max(got, 0)), as: UTF8.self)
    }

    deinit { close(descriptor) }
}
