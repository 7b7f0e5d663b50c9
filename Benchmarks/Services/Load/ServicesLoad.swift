import Foundation
import Synchronization

/// A client that fetches mail as fast as a server gives it, the same way from any server, over plain sockets and a thread
/// for each connection, so that it is not what is measured.
///
/// `services-load pop3|imap|imap-bulk PORT CONNECTIONS PASSWORD ACCOUNT…`: each connection logs in to one account, finds
/// how many messages there are and waits for the others; then all fetch every message of theirs. Prints one JSON document:
/// messages, octets as they crossed the network, and seconds.
@main
struct ServicesLoad {
    struct Document: Encodable {
        var messages: Int
        var octets: Int
        var seconds: Double
    }

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 5, let port = UInt16(arguments[1]), let connections = Int(arguments[2]),
            let kind = Kind(rawValue: arguments[0])
        else {
            throw LoadError("usage: services-load pop3|imap|imap-bulk PORT CONNECTIONS PASSWORD ACCOUNT…")
        }
        let accounts = Array(arguments.dropFirst(4))
        let sessions = try (0..<connections).map { index in
            try Session(kind, port: port, account: accounts[index % accounts.count], password: arguments[3])
        }
        let totals = Mutex((messages: 0, octets: 0))
        let failure = Mutex<(any Error)?>(nil)
        let start = ContinuousClock.now
        let threads = sessions.map { session in
            let done = DispatchSemaphore(value: 0)
            Thread {
                do {
                    let (messages, octets) = try session.fetchAll()
                    totals.withLock { $0 = ($0.messages + messages, $0.octets + octets) }
                } catch {
                    failure.withLock { $0 = error }
                }
                done.signal()
            }.start()
            return done
        }
        for thread in threads { thread.wait() }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if let error = failure.withLock({ $0 }) { throw error }
        let (messages, octets) = totals.withLock { $0 }
        let document = Document(messages: messages, octets: octets, seconds: seconds)
        print(String(decoding: try JSONEncoder().encode(document), as: UTF8.self))
    }

    enum Kind: String, Sendable {
        case pop3, imap
        /// All messages by one command.
        case bulk = "imap-bulk"
    }
}

struct LoadError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// One connection, logged in.
private final class Session: Sendable {
    private let kind: ServicesLoad.Kind
    private let connection: Connection
    private let count: Int

    init(_ kind: ServicesLoad.Kind, port: UInt16, account: String, password: String) throws {
        self.kind = kind
        connection = try Connection(port: port)
        let greeting = try connection.line()
        guard greeting.hasPrefix("+OK") || greeting.hasPrefix("* OK") else { throw LoadError(greeting) }
        switch kind {
        case .pop3:
            _ = try connection.ask("USER \(account)", expecting: "+OK")
            _ = try connection.ask("PASS \(password)", expecting: "+OK")
            let status = try connection.ask("STAT", expecting: "+OK").split(separator: " ")
            count = status.count > 1 ? Int(status[1]) ?? 0 : 0
        case .imap, .bulk:
            _ = try connection.command("a LOGIN \(account) \(password)", until: "a ")
            let answer = try connection.command("b SELECT INBOX", until: "b ")
            let exists = answer.split(separator: "\r\n").first { $0.hasSuffix(" EXISTS") }
            count = exists.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
        }
        guard count > 0 else { throw LoadError("\(account) has no messages") }
    }

    /// - Returns: how many messages were fetched, and octets that came.
    func fetchAll() throws -> (messages: Int, octets: Int) {
        var octets = 0
        switch kind {
        case .pop3:
            for number in 1...count { octets += try connection.discard("RETR \(number)", until: "\r\n.\r\n") }
        case .imap:
            for number in 1...count {
                octets += try connection.discard("f\(number) FETCH \(number) BODY.PEEK[]", tag: "f\(number) ")
            }
        case .bulk: octets = try connection.discard("f FETCH 1:* BODY.PEEK[]", tag: "f ")
        }
        return (count, octets)
    }
}

/// A blocking socket.
///
/// Sendable: each session makes its own and uses it on one thread at a time.
private final class Connection: @unchecked Sendable {
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            throw LoadError("cannot connect to port \(port): \(String(cString: strerror(errno)))")
        }
        var isOn: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    private func write(_ text: String) throws {
        var octets = Array((text + "\r\n").utf8)[...]
        while !octets.isEmpty {
            let count = octets.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw LoadError("the server has hung up") }
            octets = octets.dropFirst(count)
        }
    }

    /// - Returns: how many octets lie in the buffer now.
    private func receive() throws -> Int {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw LoadError("the server has hung up") }
        return count
    }

    /// What comes until a line has ended: answers come alone.
    func line() throws -> String {
        var text: [UInt8] = []
        while text.suffix(2) != [13, 10] { text += buffer[..<(try receive())] }
        return String(decoding: text.dropLast(2), as: UTF8.self)
    }

    func ask(_ command: String, expecting start: String) throws -> String {
        try write(command)
        let answer = try line()
        guard answer.hasPrefix(start) else { throw LoadError("\(command.prefix(4)): \(answer)") }
        return answer
    }

    /// An IMAP command that has a short answer: all of it, up to the line that begins with `tag`.
    func command(_ command: String, until tag: String) throws -> String {
        try write(command)
        var text = ""
        while true {
            text += String(decoding: buffer[..<(try receive())], as: UTF8.self)
            guard text.hasSuffix("\r\n") else { continue }
            let last = text.dropLast(2).split(separator: "\r\n").last ?? ""
            guard last.hasPrefix(tag) else { continue }
            guard last.hasPrefix(tag + "OK") else { throw LoadError(String(last)) }
            return text
        }
    }

    /// Passes over an answer that ends with `end`.
    func discard(_ command: String, until end: String) throws -> Int {
        try write(command)
        let end = Array(end.utf8)
        var (octets, tail) = (0, [UInt8]())
        while true {
            let count = try receive()
            if octets == 0, buffer[0] != UInt8(ascii: "+") { throw LoadError("\(command) was refused") }
            octets += count
            tail = Array((tail + buffer[max(0, count - end.count)..<count]).suffix(end.count))
            if tail == end { return octets }
        }
    }

    /// Passes over an answer whose last line is `tag` and `OK`.
    func discard(_ command: String, tag: String) throws -> Int {
        try write(command)
        let start = Array((tag + "OK ").utf8)
        var (octets, tail) = (0, [UInt8]())
        while true {
            let count = try receive()
            octets += count
            // The last line is short.
            tail = Array((tail + buffer[max(0, count - 200)..<count]).suffix(200))
            guard tail.suffix(2) == [13, 10] else { continue }
            let line = tail.dropLast(2).split(separator: 10, omittingEmptySubsequences: false).last ?? []
            if line.starts(with: start) { return octets }
            if line.starts(with: tag.utf8) { throw LoadError(String(decoding: line, as: UTF8.self)) }
        }
    }
}
