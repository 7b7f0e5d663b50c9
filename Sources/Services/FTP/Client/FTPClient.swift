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

    /// How long a server may take for a reply; syncing a large upload takes a while.
    private static let patience = TimeAmount.minutes(5)
    private static let pieceSize = 256 * 1024

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
        var greeting = try await reply()
        // 120: not yet ready.
        while greeting.code < 200 { greeting = try await reply() }
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

    /// The entries of a directory, in the server's order.
    ///
    /// - Parameters:
    ///   - path: empty for the directory in which the session began.
    ///   - limit: entries after which it gives up.
    package func list(_ path: String, limit: Int = 1_000_000) async throws -> [FileEntry] {
        if knowsMachineListing {
            do {
                return try await list(path.isEmpty ? "MLSD" : "MLSD \(path)", path, limit) { ListingParser.machine($0) }
            } catch let error as FTPClientError where [500, 502, 504].contains(error.reply) {
                knowsMachineListing = false
            }
        }
        return try await list(path.isEmpty ? "LIST" : "LIST \(path)", path, limit) { ListingParser.long($0) }
    }

    private func list(
        _ command: String, _ path: String, _ limit: Int, _ parse: (String) -> FileEntry?
    ) async throws -> [FileEntry] {
        var entries: [FileEntry] = []
        try await transfer(command, for: "list \(path.isEmpty ? "the directory" : path)") { data in
            var lines = LineReader(data, maximumLength: 16_384)
            while case .line(let line)? = try await lines.next(within: .minutes(1)) {
                if let entry = parse(String(buffer: line)) { entries.append(entry) }
                guard entries.count <= limit else {
                    throw FTPClientError(.malformed, "the listing of \(path) has no end")
                }
            }
        }
        return entries
    }

    /// Fetches a file from `offset` on.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - offset: octets that are not fetched.
    ///   - receive: takes what comes, in order.
    package func retrieve(
        _ path: String, from offset: Int64, receive: (ByteBuffer) async throws -> Void
    ) async throws {
        try await transfer("RETR \(path)", from: offset, for: "fetch \(path)") { data in
            while let bytes = try await data.read(within: .minutes(1)) { try await receive(bytes) }
        }
    }

    /// Stores a file from `offset` on; what is there up to `offset` stays.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - offset: octets that the server has.
    ///   - next: gives what is to be sent, in order; nil at the end.
    /// - Returns: what the server says when it is done.
    package func store(
        _ path: String, from offset: Int64, next: () async throws -> ByteBuffer?
    ) async throws -> String {
        try await transfer("STOR \(path)", from: offset, for: "store \(path)") { data in
            while let bytes = try await next() { try await data.write(bytes) }
            try await data.finishWriting()
        }.lines.last ?? ""
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
        } catch let error as LineConnectionError {
            // The server knows better why.
            data.close()
            let ended = try await reply()
            if ended.code >= 400 { throw FTPClientError(ended, action) }
            throw error
        }
        let ended = try await reply()
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
        try await connection.write(command + "\r\n")
        return try await reply()
    }

    private func reply() async throws -> FTPReply {
        while true {
            switch try await reader.next(within: Self.patience) {
            case .line(let line): if let reply = try parser.receive(String(buffer: line)) { return reply }
            case .fault(let fault): throw FTPClientError(.malformed, "the server sends \(fault)")
            case nil: throw LineConnectionError(.closed, "the server has closed the connection")
            }
        }
    }
}
