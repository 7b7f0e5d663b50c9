internal import Accounts
internal import Foundation
package import LineProtocol
package import NIOCore

/// A POP3 client (RFC 1939): reads a maildrop, message by message, and removes from it.
///
/// Messages are named by number, from 1, as long as the connection lasts. Errors are ``POP3ClientError`` and
/// `LineConnectionError`.
package struct POP3Client: Sendable {
    /// Lines of listings that a server may send.
    static let maximumListing = 1_000_000
    /// Octets of a line of a response, CR LF included (RFC 2449 §4 allows 512).
    private static let lineLength = 4096

    private let connection: LineConnection
    private let patience: TimeAmount
    private var decoder = LineDecoder(maximumLength: POP3Client.lineLength)
    private var input = ByteBuffer()
    /// What the server can do: the first word of each line in upper case, and what follows.
    package private(set) var capabilities: [String: [String]] = [:]

    /// Connects, waits for the greeting, begins TLS as wanted, and asks what the server can do.
    ///
    /// - Parameters:
    ///   - host: a name or an address without brackets.
    ///   - port: 110 by custom, 995 with implicit TLS.
    ///   - security: whether and when TLS begins; a server that does not offer STLS is not used then.
    ///   - patience: how long the server may be silent, each time.
    ///   - group: where the connection lives.
    /// - Throws: ``POP3ClientError``, `LineConnectionError`.
    package static func connect(
        host: String, port: Int, security: LineClient.TLSStart, patience: TimeAmount = .seconds(60),
        group: any EventLoopGroup
    ) async throws -> POP3Client {
        let connection = try await LineClient.connect(
            host: host, port: port, security: security.whenConnecting, within: patience, writeTime: patience,
            group: group)
        var client = POP3Client(connection, patience: patience)
        do {
            _ = try await client.response()
            try await client.readCapabilities()
            if case .startTLS = security {
                guard client.capabilities["STLS"] != nil else {
                    throw POP3ClientError(.insecure, "\(host) does not offer TLS")
                }
                _ = try await client.command("STLS")
                // What came before TLS is not to be trusted (RFC 2595 §4).
                client.input = ByteBuffer()
                client.decoder.reset()
                try await connection.startTLS(within: patience)
                try await client.readCapabilities()
            }
        } catch {
            connection.close()
            throw error
        }
        return client
    }

    private init(_ connection: LineConnection, patience: TimeAmount) {
        self.connection = connection
        self.patience = patience
    }

    /// Logs in by the best of what the server offers: SCRAM-SHA-256, else PLAIN or USER and PASS.
    ///
    /// - Parameters:
    ///   - user: as the server wants it, mostly `USER@DOMAIN`.
    ///   - password: what proves it.
    ///   - allowsPlaintext: whether the password may be sent without TLS.
    /// - Throws: ``POP3ClientError``, `LineConnectionError`, `SASLClient.Failure`.
    package mutating func logIn(user: String, password: String, allowsPlaintext: Bool = false) async throws {
        let mechanisms = (capabilities["SASL"] ?? []).map { $0.uppercased() }
        do {
            if mechanisms.contains(SASLMechanism.scramSHA256.rawValue) {
                return try await authenticate(
                    try SASLClient(.scramSHA256, user: user, password: password), .scramSHA256)
            }
            guard connection.isSecure || allowsPlaintext else {
                throw POP3ClientError(.insecure, "the server wants the password without TLS; use TLS")
            }
            if mechanisms.contains(SASLMechanism.plain.rawValue) {
                return try await authenticate(try SASLClient(.plain, user: user, password: password), .plain)
            }
            guard !(user + password).utf8.contains(where: { $0 == 0 || $0 == 0x0D || $0 == 0x0A }), !user.contains(" ")
            else { throw SASLClient.Failure.unusable }
            _ = try await command("USER \(user)")
            _ = try await command("PASS \(password)")
        } catch let error as POP3ClientError where error.code == .refused {
            throw POP3ClientError(.logInRefused, error.description)
        }
    }

    private mutating func authenticate(_ exchange: SASLClient, _ mechanism: SASLMechanism) async throws {
        var exchange = exchange
        var response = exchange.initialResponse()
        var text = "AUTH \(mechanism)"
        // Long responses must wait for the server's invitation (RFC 5034 §4).
        if let initial = response {
            let base64 = SASLText.encode(initial)
            if text.utf8.count + base64.utf8.count < 250 {
                text += " " + base64
                response = nil
            }
        }
        try await send(text)
        while true {
            let line = try await line()
            guard line == "+" || line.hasPrefix("+ ") else {
                _ = try Self.accept(line)
                return try exchange.finish()
            }
            guard let challenge = SASLText.decode(line.dropFirst(2)) else {
                throw POP3ClientError(.protocolViolation, "the server's challenge is not in base64")
            }
            let answer: [UInt8]
            if let initial = response {
                answer = initial
                response = nil
            } else {
                answer = try exchange.receive(challenge)
            }
            try await send(SASLText.encode(answer))
        }
    }

    /// The numbers of all messages and their sizes in octets.
    package mutating func list() async throws -> [(number: Int, size: Int)] {
        try await listing("LIST").map { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, let number = Int(words[0]), let size = Int(words[1]), number > 0, size >= 0 else {
                throw POP3ClientError(.protocolViolation, "the server lists a message as “\(line)”")
            }
            return (number, size)
        }
    }

    /// The numbers of all messages and what names each for ever.
    package mutating func uniqueIDs() async throws -> [(number: Int, uniqueID: String)] {
        try await listing("UIDL").map { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int(words[0]), number > 0 else {
                throw POP3ClientError(.protocolViolation, "the server lists a message as “\(line)”")
            }
            return (number, String(words[1]))
        }
    }

    /// Reads a message, piece by piece.
    ///
    /// - Parameters:
    ///   - number: from 1.
    ///   - bodyLines: how many lines of its body are wanted after the header; nil for all.
    ///   - maximumSize: octets; a larger message ends the connection.
    ///   - body: takes the pieces in order.
    package mutating func retrieve(
        _ number: Int, bodyLines: Int? = nil, maximumSize: Int = .max, body: (ByteBuffer) async throws -> Void
    ) async throws {
        _ = try await command(bodyLines.map { "TOP \(number) \($0)" } ?? "RETR \(number)")
        var message = MultilineDecoder()
        var size = 0
        do {
            while true {
                switch message.next(in: &input) {
                case nil: try await fill()
                case .end?:
                    decoder.reset()
                    return
                case .bytes(let piece)?:
                    size += piece.readableBytes
                    guard size <= maximumSize else {
                        throw POP3ClientError(.tooLarge, "message \(number) has more than \(maximumSize) octets")
                    }
                    try await body(piece)
                }
            }
        } catch {
            // The rest of the message would be taken for responses.
            connection.close()
            throw error
        }
    }

    /// Marks a message to be removed by ``quit()``.
    package mutating func delete(_ number: Int) async throws { _ = try await command("DELE \(number)") }

    /// Unmarks all messages.
    package mutating func reset() async throws { _ = try await command("RSET") }

    /// Removes what was marked, and ends the session; the connection is closed in any case.
    package mutating func quit() async throws {
        defer { connection.close() }
        _ = try await command("QUIT")
    }

    /// Hangs up; nothing is removed.
    package func close() { connection.close() }

    // MARK: Lines

    private mutating func readCapabilities() async throws {
        capabilities = [:]
        do {
            for line in try await listing("CAPA") {
                let words = line.split(separator: " ").map(String.init)
                if let first = words.first { capabilities[first.uppercased()] = Array(words.dropFirst()) }
            }
        } catch let error as POP3ClientError where error.code == .refused {
            // A server from before RFC 2449.
        }
    }

    private mutating func listing(_ name: String) async throws -> [String] {
        _ = try await command(name)
        var lines: [String] = []
        while true {
            let line = try await line()
            if line == "." { return lines }
            guard lines.count < Self.maximumListing else {
                throw POP3ClientError(.protocolViolation, "the server's answer to \(name) has no end")
            }
            lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
        }
    }

    private mutating func command(_ text: String) async throws -> String {
        try await send(text)
        return try await response()
    }

    private func send(_ text: String) async throws { try await connection.write(text + "\r\n") }

    private mutating func response() async throws -> String { try Self.accept(try await line()) }

    /// The text of a response that says yes.
    private static func accept(_ line: String) throws -> String {
        if line == "+OK" || line.hasPrefix("+OK ") { return String(line.dropFirst(4)) }
        guard line == "-ERR" || line.hasPrefix("-ERR ") else {
            throw POP3ClientError(.protocolViolation, "the server answers “\(line.prefix(80))”, which is not POP3")
        }
        let text = line.dropFirst(5)
        throw POP3ClientError(
            text.uppercased().hasPrefix("[IN-USE]") ? .inUse : .refused, "the server refuses: \(text.prefix(200))")
    }

    private mutating func line() async throws -> String {
        while true {
            switch decoder.next(in: &input) {
            case .line(let line)?: return String(buffer: line)
            case .fault(let fault)?: throw POP3ClientError(.protocolViolation, "the server sends \(fault)")
            case nil: try await fill()
            }
        }
    }

    private mutating func fill() async throws {
        guard var more = try await connection.read(within: patience) else {
            throw POP3ClientError(.protocolViolation, "the server has hung up")
        }
        input.discardReadBytes()
        input.writeBuffer(&more)
    }
}
