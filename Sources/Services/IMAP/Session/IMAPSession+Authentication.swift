internal import Accounts
internal import LineProtocol
internal import MailStore
internal import NIOCore

/// How a client says who it is (RFC 9051 §6.2).
extension IMAPSession {
    /// Whether a password may cross this connection.
    var allowsPasswords: Bool { connection.isSecure || configuration.allowsPlaintext(connection) }

    var mechanisms: [SASLMechanism] { SASLMechanism.allCases.filter { allowsPasswords || !$0.revealsPassword } }

    mutating func authenticate(_ tag: String, _ command: IMAPCommand) async throws {
        guard account == nil else { return tagged(tag, "BAD You have logged in already.") }
        switch command {
        case .startTLS:
            guard connection.canStartTLS else { return tagged(tag, "BAD TLS cannot be begun here.") }
            ok(tag, "Begin TLS now.")
            try await flush()
            try await startTLS()
        case .login(let user, let password):
            guard allowsPasswords else {
                return tagged(tag, "NO [PRIVACYREQUIRED] Begin TLS first, or log in by SCRAM-SHA-256.")
            }
            try await logIn(tag, try await service.accounts.verify(user: user, password: password))
        case .authenticate(let name, let initial): try await exchange(tag, name, initial)
        default: break
        }
    }

    /// A SASL exchange: base64 both ways, `*` to give up.
    private mutating func exchange(_ tag: String, _ name: String, _ initial: String?) async throws {
        guard let mechanism = SASLMechanism(name: name) else {
            return tagged(tag, "NO [CANNOT] There is no mechanism \(name).")
        }
        guard mechanisms.contains(mechanism) else {
            return tagged(tag, "NO [PRIVACYREQUIRED] Begin TLS first, or log in by SCRAM-SHA-256.")
        }
        var exchange = SASLServer(mechanism)
        var message: [UInt8]?
        if let initial {
            guard let decoded = SASLText.decode(initial: initial) else {
                return tagged(tag, "BAD The initial response is not in base64.")
            }
            message = decoded
        }
        while true {
            switch try await service.accounts.advance(&exchange, with: message) {
            case .challenge(let challenge):
                output.text("+ \(SASLText.encode(challenge))\r\n")
                try await flush()
                guard let line = try await nextLine() else { return bye("An answer was expected.") }
                let text = String(decoding: line, as: UTF8.self)
                guard text != "*" else { return tagged(tag, "BAD Given up.") }
                guard let decoded = SASLText.decode(text) else {
                    return tagged(tag, "BAD The answer is not in base64.")
                }
                message = decoded
            case .success(let account): return try await logIn(tag, account)
            case .failure(.malformed): return tagged(tag, "BAD The answer is none of this mechanism.")
            case .failure(.notAuthorized):
                return tagged(tag, "NO [AUTHORIZATIONFAILED] Nobody acts for somebody else here.")
            case .failure(.rejected), .checkPassword, .findKeys: return try await logIn(tag, nil)
            }
        }
    }

    /// Takes the result of a log-in. Nobody learns whether it was the user or the password that was wrong.
    private mutating func logIn(_ tag: String, _ name: AccountName?) async throws {
        guard let name else {
            failedLogIns += 1
            try await configuration.failures.ponder(connection.peer)
            tagged(tag, "NO [AUTHENTICATIONFAILED] User and password do not belong together.")
            if failedLogIns >= 5 { bye("Too many log-ins have failed.") }
            return
        }
        guard service.sessions.enter(name, limit: configuration.maximumSessionsPerAccount) else {
            return tagged(tag, "NO [LIMIT] You have too many sessions.")
        }
        self.name = name
        account = try await service.store.account(name)
        ok(tag, "[CAPABILITY \(capabilities)] Welcome.")
    }
}
