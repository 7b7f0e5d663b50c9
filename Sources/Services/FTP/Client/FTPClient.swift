package import Foundation
package import LineProtocol
package import NIOCore

/// The client's side of one FTP session; one task uses it at a time.
///
/// Data connections are passive: by `EPSV`, and by `PASV` where the server does not know that (RFC 2428). They go to the
/// server's own address, whatever `PASV`'s reply says.
package final class FTPClient {
    /// Whether TLS protects the session.
    package enum Security: Sendable {
        /// Nothing does.
        case none
        /// `AUTH TLS`, or nothing is sent.
        case explicit(LineClient.Trust)
        /// From the first octet.
        case implicit(LineClient.Trust)
    }

    private let host: String
    private let security: Security
    private let connection: LineConnection
    private var reader: LineReader
    private var parser = FTPReplyParser()
    private var knowsExtendedPassive = true
    private var knowsMachineListing = true
    /// Whether the next command would get its own answer; not when the server is gone, or its answers make no sense.
    package private(set) var isUsable = true

    /// How long a server may take for a reply; syncing a large upload takes a while.
    private static let patience = TimeAmount.minutes(5)
    /// The same where a transfer has failed on this side.
    private static let patienceAfterFailure = TimeAmount.seconds(30)
    private static let pieceSize = 256 * 1024
    /// Octets that a listing may have.
    private static let maximumListing = 64 << 20

    private init(host: String, security: Security, connection: LineConnection) {
        self.host = host
        self.security = security
        self.connection = connection
        reader = LineReader(connection, maximumLength: 16_384)
    }

    /// Whether a text can be part of a command.
    static func isSendable(_ text: String) -> Bool { !text.utf8.contains { $0 < 0x20 || $0 == 0x7F } }

    /// Connects, begins TLS and logs in.
    ///
    /// - Throws: ``FTPClientError``, `LineConnectionError`.
    package static func connect(
        host: String, port: Int, security: Security, user: String, password: String
    ) async throws -> FTPClient {
        let transport: LineClient.Security =
            switch security {
            case .none: .plain
            case .explicit(let trust): .upgradable(trust)
            case .implicit(let trust): .implicit(trust)
            }
        let connection = try await LineClient.connect(host: host, port: port, security: transport)
        let client = FTPClient(host: host, security: security, connection: connection)
        do {
            try await client.begin(user: user, password: password)
        } catch {
            client.close()
            throw error
        }
        return client
    }

    private func begin(user: String, password: String) async throws {
        var greeting = try await reply(within: Self.patience)
        // 120: not yet ready.
        while greeting.code < 200 { greeting = try await reply(within: Self.patience) }
        guard greeting.code == 220 else { throw FTPClientError(greeting, "begin a session") }
        if case .explicit = security {
            try await send("AUTH TLS", expecting: 234, for: "begin TLS")
            try await reader.startTLS()
            parser = FTPReplyParser()
        }
        let answer = try await exchange("USER \(user)")
        if answer.code == 331 {
            try await send("PASS \(password)", expecting: 230, for: "log in as \(user)")
        } else if answer.code != 230 {
            throw FTPClientError(answer, "log in as \(user)")
        }
        if isProtected {
            try await send("PBSZ 0", expecting: 200, for: "protect data connections")
            try await send("PROT P", expecting: 200, for: "protect data connections")
        }
        // UTF-8 is the rule; old servers want to be told. Whatever they answer.
        _ = try await exchange("OPTS UTF8 ON")
        try await send("TYPE I", expecting: 200, for: "transfer files as they are")
    }

    private var isProtected: Bool { if case .none = security { false } else { true } }

    /// Octets of a file; nil when the server does not say.
    package func size(of path: String) async throws -> Int64? {
        let answer = try await exchange("SIZE \(path)")
        return answer.code == 213 ? answer.lines.last.flatMap { Int64($0) } : nil
    }

    /// When a file was changed; nil when the server does not say.
    package func modified(_ path: String) async throws -> Date? {
        let answer = try await exchange("MDTM \(path)")
        return answer.code == 213 ? answer.lines.last.flatMap { FTPDate.parse($0) } : nil
    }

    /// What a directory holds.
    ///
    /// - Parameters:
    ///   - path: empty for the directory in which the session began.
    ///   - limit: entries after which it gives up.
    /// - Throws: ``FTPClientError``, with `.malformed` when the listing is damaged or has no end; `LineConnectionError`.
    package func list(_ path: String, limit: Int = 1_000_000) async throws -> FTPListing {
        if knowsMachineListing {
            do {
                return try await list(path.isEmpty ? "MLSD" : "MLSD \(path)", path, limit) { ListingParser.machine($0) }
            } catch let error as FTPClientError where [500, 502, 504].contains(error.reply) {
                knowsMachineListing = false
            }
        }
        // Servers that hand the path on to `ls` would take a hyphen for options.
        let command = path.isEmpty ? "LIST" : path.hasPrefix("-") ? "LIST ./\(path)" : "LIST \(path)"
        return try await list(command, path, limit) { ListingParser.long($0) }
    }

    private func list(
        _ command: String, _ path: String, _ limit: Int, _ parse: (String) -> ListingParser.Line
    ) async throws -> FTPListing {
        var listing = FTPListing()
        var octets = 0
        let action = "list \(path.isEmpty ? "the directory" : path)"
        func add(_ lines: [ByteBuffer]) throws {
            for line in lines {
                // A name in another encoding cannot be asked for.
                let text = line.withUnsafeReadableBytes { String(validating: $0, as: UTF8.self) }
                listing.add(text.map(parse) ?? .refused, text ?? String(buffer: line))
            }
            guard listing.count <= limit, octets <= Self.maximumListing else {
                throw FTPClientError(.malformed, "the listing has no end")
            }
        }
        do {
            try await transfer(command, for: action) { data in
                var lines = ListingLines()
                while let bytes = try await data.read(within: .minutes(1)) {
                    octets += bytes.readableBytes
                    try add(try lines.receive(bytes))
                }
                try add(try lines.finish().map { [$0] } ?? [])
            }
        } catch let error as FTPClientError where error.code == .malformed && error.reply == 0 {
            throw FTPClientError(.malformed, "cannot \(action): \(error.description)")
        }
        return listing
    }

    /// Fetches a file from `offset` on.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - offset: octets that are not fetched.
    ///   - begun: called when the server has said that it sends the file, and before anything of it is received.
    ///   - receive: takes what comes, in order. What it throws ends the transfer, not the session.
    /// - Throws: ``FTPClientError``, `LineConnectionError`; what `begun` and `receive` throw.
    package func retrieve(
        _ path: String, from offset: Int64, begun: () throws -> Void = {}, receive: (ByteBuffer) async throws -> Void
    ) async throws {
        try await transfer("RETR \(path)", from: offset, for: "fetch \(path)") { data in
            try begun()
            while let bytes = try await data.read(within: .minutes(1)) { try await receive(bytes) }
        }
    }

    /// Stores a file from `offset` on; what is there up to `offset` stays.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - offset: octets that the server has.
    ///   - size: octets of the whole file.
    ///   - next: gives what is to be sent, in order; nil at the end.
    /// - Returns: what the server says when it is done.
    /// - Throws: ``FTPClientError``, with `.notStored` where the server does not take the file; `LineConnectionError`.
    package func store(
        _ path: String, from offset: Int64, size: Int64, next: () async throws -> ByteBuffer?
    ) async throws -> String {
        do {
            // A server may take an upload that lacks octets of it for broken off. Most have no use for it, and say so.
            let answer = try await exchange("ALLO \(size)")
            if [452, 552].contains(answer.code) { throw FTPClientError(answer, "store \(path)") }
            return try await transfer("STOR \(path)", from: offset, for: "store \(path)") { data in
                while let bytes = try await next() { try await data.write(bytes) }
                try await data.finishWriting()
            }.lines.last ?? ""
        } catch let error as FTPClientError where error.code == .refused {
            throw FTPClientError(.notStored, error.description, reply: error.reply)
        }
    }

    /// Says goodbye and closes.
    package func quit() async {
        _ = try? await exchange("QUIT")
        close()
    }

    package func close() { connection.close() }

    // MARK: Data connections

    @discardableResult
    private func transfer(
        _ command: String, from offset: Int64 = 0, for action: String, _ body: (LineConnection) async throws -> Void
    ) async throws -> FTPReply {
        let data = try await dataConnection()
        defer { data.close() }
        if offset > 0 { try await send("REST \(offset)", expecting: 350, for: action) }
        let begun = try await exchange(command)
        guard begun.code == 150 || begun.code == 125 else { throw FTPClientError(begun, action) }
        do {
            if isProtected { try await data.startTLS() }
            try await body(data)
        } catch {
            data.close()
            // The end of the transfer has to be heard before the next command; and the server may know better why.
            guard let ended = try? await reply(within: Self.patienceAfterFailure) else { throw error }
            if let error = error as? LineConnectionError, ![.insecure, .untrusted].contains(error.code),
                ended.code >= 400
            {
                throw FTPClientError(ended, action)
            }
            throw error
        }
        let ended = try await reply(within: Self.patience)
        guard ended.code == 226 || ended.code == 250 else { throw FTPClientError(ended, action) }
        return ended
    }

    private func dataConnection() async throws -> LineConnection {
        var port: Int?
        if knowsExtendedPassive {
            let answer = try await exchange("EPSV")
            port = answer.code == 229 ? HostPort.parse(extendedPassive: answer.lines.last ?? "") : nil
            knowsExtendedPassive = port != nil
        }
        if port == nil {
            let answer = try await exchange("PASV")
            guard answer.code == 227 else { throw FTPClientError(answer, "open a data connection") }
            port = HostPort.parse(passive: answer.lines.last ?? "")?.port
        }
        guard let port, let peer = connection.peer else {
            throw FTPClientError(.malformed, "the server names no port for data connections")
        }
        let transport: LineClient.Security =
            switch security {
            case .none: .plain
            case .explicit(let trust), .implicit(let trust): .upgradable(trust)
            }
        return try await LineClient.connect(
            host: peer.host, port: port, security: transport, serverName: host, readSize: Self.pieceSize)
    }

    // MARK: Commands

    @discardableResult
    private func send(_ command: String, expecting code: Int, for action: String) async throws -> FTPReply {
        let answer = try await exchange(command)
        guard answer.code / 100 == code / 100 else { throw FTPClientError(answer, action) }
        return answer
    }

    private func exchange(_ command: String) async throws -> FTPReply {
        guard Self.isSendable(command) else {
            throw FTPClientError(.unusable, "a name has characters that FTP cannot carry")
        }
        do {
            try await connection.write(command + "\r\n")
        } catch {
            isUsable = false
            throw error
        }
        return try await reply(within: Self.patience)
    }

    private func reply(within limit: TimeAmount) async throws -> FTPReply {
        do {
            let reply = try await nextReply(within: limit)
            // The server may say goodbye at any time (RFC 959 §5.4).
            if reply.code == 421 { throw FTPClientError(reply, "go on") }
            return reply
        } catch {
            isUsable = false
            throw error
        }
    }

    private func nextReply(within limit: TimeAmount) async throws -> FTPReply {
        while true {
            switch try await reader.next(within: limit) {
            case .line(let line): if let reply = try parser.receive(String(buffer: line)) { return reply }
            case .fault(let fault): throw FTPClientError(.malformed, "the server sends \(fault)")
            case nil: throw LineConnectionError(.closed, "the server has closed the connection")
            }
        }
    }
}
