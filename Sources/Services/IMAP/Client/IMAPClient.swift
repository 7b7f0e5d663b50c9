package import LineProtocol
package import NIOCore

/// An IMAP client (RFC 9051, RFC 3501): looks into mailboxes of any server, fetches, flags, moves and removes messages, and
/// is told of new ones.
///
/// One task uses it at a time. Errors are ``IMAPClientError`` and `LineConnectionError`; after any other code than
/// `.refused`, `.logInRefused`, `.noMailbox` and `.noMessage` the session is of no further use.
package struct IMAPClient: Sendable {
    let connection: LineConnection
    /// Without brackets.
    private let host: String
    private let patience: TimeAmount
    private var framer = ResponseFramer()
    private var input = ByteBuffer()
    private var commands = 0

    /// What the server can do, in upper case; it may be more after logging in.
    package internal(set) var capabilities: Set<String> = []
    /// Whether the server took who connects for somebody whom it knows.
    private(set) var isPreauthenticated = false
    /// Messages in the mailbox that is selected, as far as the server has told.
    package internal(set) var count: UInt32 = 0
    /// How often the server has told that the mailbox has more messages than before.
    package private(set) var arrivals = 0

    /// Connects, waits for the greeting, begins TLS as wanted, and asks what the server can do.
    ///
    /// - Parameters:
    ///   - host: a name or an address without brackets.
    ///   - port: 143 by custom, 993 with implicit TLS.
    ///   - security: whether and when TLS begins; a server that does not offer STARTTLS is not used then.
    ///   - patience: how long the server may be silent, each time.
    ///   - group: where the connection lives.
    /// - Throws: ``IMAPClientError``, `LineConnectionError`.
    package static func connect(
        host: String, port: Int, security: LineClient.TLSStart, patience: TimeAmount = .seconds(60),
        group: any EventLoopGroup
    ) async throws -> IMAPClient {
        let connection = try await LineClient.connect(
            host: host, port: port, security: security.whenConnecting, within: patience, writeTime: patience,
            group: group)
        var client = IMAPClient(connection, host: host, patience: patience)
        do {
            try await client.begin(security)
        } catch {
            connection.close()
            throw error
        }
        return client
    }

    private init(_ connection: LineConnection, host: String, patience: TimeAmount) {
        self.connection = connection
        self.host = host
        self.patience = patience
    }

    private mutating func begin(_ security: LineClient.TLSStart) async throws {
        guard case .status(nil, let greeting) = try await response() else {
            throw IMAPClientError(.protocolViolation, "\(host) does not greet as IMAP servers do")
        }
        switch greeting.kind {
        case .ok: break
        case .preauthenticated: isPreauthenticated = true
        case .bye, .no, .bad: throw IMAPClientError(.hungUp, "the server refuses: \(Self.line(greeting.text))")
        }
        if case .startTLS = security {
            // Who is known already cannot begin TLS, and somebody on the way may have said so (RFC 9051 §11.1).
            if capabilities.isEmpty { try await readCapabilities() }
            guard capabilities.contains("STARTTLS"), !isPreauthenticated else {
                throw IMAPClientError(.insecure, "\(host) does not offer TLS")
            }
            try await perform(ClientCommand("STARTTLS"))
            // What came before TLS is not to be trusted.
            input = ByteBuffer()
            framer.reset()
            capabilities = []
            try await connection.startTLS(within: patience)
        }
        if capabilities.isEmpty { try await readCapabilities() }
    }

    mutating func readCapabilities() async throws { try await perform(ClientCommand("CAPABILITY")) }

    /// Does nothing, but for hearing what the server has to tell.
    package mutating func noOperation() async throws { try await perform(ClientCommand("NOOP")) }

    /// Ends the session; the connection is closed in any case.
    package mutating func logOut() async throws {
        defer { connection.close() }
        let tag = try await send(ClientCommand("LOGOUT"))
        while true {
            if case .status(tag, _) = try await response() { return }
        }
    }

    /// Hangs up.
    package func close() { connection.close() }

    // MARK: Commands

    /// Sends a command and waits until the server has done it.
    ///
    /// - Parameters:
    ///   - command: what is wanted.
    ///   - body: takes untagged responses.
    ///   - limit: octets of a message that `sink` takes, beyond which the session ends; nil where nothing is for it.
    ///   - sink: takes `BODY[]` of a message as it comes, rather than it being kept.
    /// - Returns: the status, which is `OK`.
    /// - Throws: ``IMAPClientError`` with `.refused` for another.
    @discardableResult
    mutating func perform(
        _ command: ClientCommand, body: (IMAPResponse) async throws -> Void = { _ in }, limit: Int? = nil,
        sink: (ByteBuffer) async throws -> Void = { _ in }
    ) async throws -> IMAPResponse.Status {
        let tag = try await send(command)
        while true {
            let response = try await response(limit: limit, sink: sink)
            if case .status(tag, let status) = response { return try Self.accept(status) }
            try note(response)
            try await body(response)
        }
    }

    /// Sends a command, and waits before its literals where the server wants that.
    ///
    /// - Returns: its tag.
    mutating func send(_ command: ClientCommand) async throws -> String {
        commands += 1
        let tag = "a\(commands)"
        let parts = command.parts(tag: tag) { size in
            capabilities.contains("LITERAL+") || (capabilities.contains("LITERAL-") && size <= 4096)
        }
        for (index, part) in parts.enumerated() {
            if index > 0 { try await invitation(tag) }
            try await connection.write(ByteBuffer(bytes: part))
        }
        return tag
    }

    /// Waits until the client is to go on.
    mutating func invitation(_ tag: String) async throws {
        while true {
            let response = try await response()
            switch response {
            case .continuation: return
            case .status(tag, let status):
                _ = try Self.accept(status)
                throw IMAPClientError(.protocolViolation, "the server has done what it was not yet told")
            default: try note(response)
            }
        }
    }

    static func accept(_ status: IMAPResponse.Status) throws(IMAPClientError) -> IMAPResponse.Status {
        guard status.kind == .ok else {
            throw IMAPClientError(.refused, "the server refuses: \(line(status.text))")
        }
        return status
    }

    /// Keeps what responses tell of the session.
    mutating func note(_ response: IMAPResponse) throws(IMAPClientError) {
        switch response {
        case .exists(let count):
            if count > self.count { arrivals += 1 }
            self.count = count
        case .expunge: count -= min(count, 1)
        case .status(nil, let status) where status.kind == .bye:
            throw IMAPClientError(.hungUp, "the server ends the session: \(Self.line(status.text))")
        default: break
        }
    }

    /// The server's words on one line without control characters, and not without end.
    static func line(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }

    // MARK: Responses

    /// The next response.
    ///
    /// - Parameters:
    ///   - time: how long the server may be silent; nil for as long as always.
    ///   - limit: octets that `sink` takes; nil for none.
    ///   - sink: takes the octets of `BODY[]`.
    mutating func response(
        within time: TimeAmount? = nil, limit: Int? = nil, sink: (ByteBuffer) async throws -> Void = { _ in }
    ) async throws -> IMAPResponse {
        while true {
            guard let element = framer.next(in: &input) else {
                try await fill(within: time ?? patience)
                continue
            }
            switch element {
            case .response(let text): return try parse(text)
            case .literal(let prefix, let size):
                let streamed = prefix.bytes.suffix(7).map { $0 & 0xDF } == Self.bodyMark ? limit : nil
                guard size <= streamed ?? (framer.maximumSize - prefix.size) else {
                    throw IMAPClientError(.tooLarge, "the server sends \(size) octets, which is more than is wanted")
                }
                framer.accept(streamed == nil ? .kept : .streamed)
            case .octets(let part): try await sink(part)
            case .octetsEnd: break
            case .fault(let fault): throw IMAPClientError(.protocolViolation, "the server sends \(fault)")
            }
        }
    }

    /// `BODY[] ` without what makes letters small; only letters keep their meaning by that.
    private static let bodyMark = "BODY[] ".utf8.map { $0 & 0xDF }

    private mutating func parse(_ text: LiteralText) throws -> IMAPResponse {
        let response: IMAPResponse
        do {
            response = try ResponseParser.parse(text)
        } catch {
            throw IMAPClientError(.protocolViolation, "the server sends what is not IMAP: \(error)")
        }
        switch response {
        case .capabilities(let names): capabilities = Set(names.map { $0.uppercased() })
        case .status(_, let status) where status.code == "CAPABILITY":
            capabilities = Set(status.argument.split(separator: " ").map { $0.uppercased() })
        default: break
        }
        return response
    }

    private mutating func fill(within time: TimeAmount) async throws {
        guard var more = try await connection.read(within: time) else {
            throw IMAPClientError(.hungUp, "the server has hung up")
        }
        input.discardReadBytes()
        input.writeBuffer(&more)
    }
}
