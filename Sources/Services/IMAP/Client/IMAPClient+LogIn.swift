internal import Accounts
internal import LineProtocol

extension IMAPClient {
    /// Logs in by the best of what the server offers: SCRAM-SHA-256, else PLAIN or `LOGIN`.
    ///
    /// - Parameters:
    ///   - user: as the server wants it, mostly `USER@DOMAIN`.
    ///   - password: what proves it.
    ///   - allowsPlaintext: whether the password may be sent without TLS.
    /// - Throws: ``IMAPClientError``, `LineConnectionError`, `SASLClient.Failure`.
    package mutating func logIn(user: String, password: String, allowsPlaintext: Bool = false) async throws {
        guard !isPreauthenticated else { return }
        let offered = capabilities
        do {
            if offered.contains("AUTH=\(SASLMechanism.scramSHA256)") {
                try await authenticate(try SASLClient(.scramSHA256, user: user, password: password), .scramSHA256)
            } else {
                guard connection.isSecure || allowsPlaintext else {
                    throw IMAPClientError(.insecure, "the server wants the password without TLS; use TLS")
                }
                if offered.contains("AUTH=\(SASLMechanism.plain)") {
                    try await authenticate(try SASLClient(.plain, user: user, password: password), .plain)
                } else {
                    guard !offered.contains("LOGINDISABLED") else {
                        throw IMAPClientError(.insecure, "the server offers no way to log in")
                    }
                    guard !(user + password).utf8.contains(0) else { throw SASLClient.Failure.unusable }
                    capabilities = []
                    try await perform(ClientCommand("LOGIN").string(user).string(password))
                }
            }
        } catch let error as IMAPClientError where error.code == .refused {
            capabilities = offered
            throw IMAPClientError(.logInRefused, error.description)
        }
        // What somebody may do who is known is more than a stranger may.
        if capabilities.isEmpty { try await readCapabilities() }
    }

    private mutating func authenticate(_ exchange: SASLClient, _ mechanism: SASLMechanism) async throws {
        var exchange = exchange
        var initial = exchange.initialResponse()
        var command = ClientCommand("AUTHENTICATE \(mechanism)")
        if capabilities.contains("SASL-IR"), let message = initial {
            command = command.word(message.isEmpty ? "=" : SASLText.encode(message))
            initial = nil
        }
        capabilities = []
        let tag = try await send(command)
        while true {
            let response = try await response()
            switch response {
            case .continuation(let text):
                let answer: [UInt8]
                if let message = initial {
                    answer = message
                    initial = nil
                } else {
                    guard let challenge = SASLText.decode(text) else {
                        throw IMAPClientError(.protocolViolation, "the server's challenge is not in base64")
                    }
                    answer = try exchange.receive(challenge)
                }
                try await connection.write(SASLText.encode(answer) + "\r\n")
            case .status(tag, let status):
                _ = try Self.accept(status)
                return try exchange.finish()
            default: try note(response)
            }
        }
    }
}
