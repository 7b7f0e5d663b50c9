/// The names of SASL mechanisms that are spoken here.
package enum SASLMechanism: String, Sendable, CaseIterable, CustomStringConvertible {
    /// RFC 7677: the password never crosses the network, and the server proves that it knows it.
    case scramSHA256 = "SCRAM-SHA-256"
    /// RFC 4616: the password as it is; under TLS only.
    case plain = "PLAIN"
    /// draft-murchison-sasl-login: the same in two steps, for old clients.
    case login = "LOGIN"

    /// By its name in any case; nil for another mechanism.
    package init?(name: some StringProtocol) { self.init(rawValue: name.uppercased()) }

    package var description: String { rawValue }
    /// Whether the password itself is sent.
    package var revealsPassword: Bool { self != .scramSHA256 }
}

/// The server's side of one SASL exchange (RFC 4422), as a state machine without I/O. Base64 and how messages are framed
/// belong to the protocol around it.
package struct SASLServer: Sendable {
    /// What happens next.
    package enum Step: Sendable, Equatable {
        /// Send this (it may be empty) and give the answer to ``SASLServer/receive(_:)``.
        case challenge([UInt8])
        /// Check the password and tell ``SASLServer/checked(_:)``.
        case checkPassword(user: String, password: String)
        /// Find the keys, made up for an unknown user, and give them to ``SASLServer/found(_:)``.
        case findKeys(user: String)
        /// The peer is who it says.
        case success(AccountName)
        case failure(Failure)
    }

    /// Why an exchange failed.
    package enum Failure: Error, Sendable, Hashable {
        /// The peer's message breaks the mechanism's grammar.
        case malformed
        /// Unknown user or wrong password; nobody learns which.
        case rejected
        /// The peer wants to act for somebody else.
        case notAuthorized
    }

    private enum State: Sendable {
        case start
        case loginPassword(user: String)
        case checking
        case finding(SCRAMServer)
        case proof(SCRAMServer, SCRAMKeys, AccountName?)
        case confirmation(AccountName)
        case ended
    }

    private let mechanism: SASLMechanism
    private let nonce: String
    private var state = State.start

    /// - Parameters:
    ///   - mechanism: what the peer chose.
    ///   - nonce: printable, without commas, never used before; for SCRAM.
    package init(_ mechanism: SASLMechanism, nonce: String = SASLNonce.random()) {
        self.mechanism = mechanism
        self.nonce = nonce
    }

    /// Takes the peer's message.
    ///
    /// - Parameter message: nil when the peer chose a mechanism without an initial response.
    package mutating func receive(_ message: [UInt8]?) -> Step {
        guard let message else {
            guard case .start = state else { return fail(.malformed) }
            return .challenge(mechanism == .login ? Array("Username:".utf8) : [])
        }
        guard message.count <= 4096 else { return fail(.malformed) }
        switch state {
        case .start:
            switch mechanism {
            case .plain: return plain(message)
            case .login:
                guard let user = text(message) else { return fail(.malformed) }
                state = .loginPassword(user: user)
                return .challenge(Array("Password:".utf8))
            case .scramSHA256:
                guard let text = text(message), let exchange = SCRAMServer(clientFirst: text, nonce: nonce) else {
                    return fail(.malformed)
                }
                guard exchange.authorization.isEmpty || isSame(exchange.authorization, exchange.user) else {
                    return fail(.notAuthorized)
                }
                state = .finding(exchange)
                return .findKeys(user: exchange.user)
            }
        case .loginPassword(let user):
            guard let password = text(message) else { return fail(.malformed) }
            state = .checking
            return .checkPassword(user: user, password: password)
        case .proof(let exchange, let keys, let account):
            guard let text = text(message) else { return fail(.malformed) }
            switch exchange.check(clientFinal: text, keys: keys) {
            case .malformed: return fail(.malformed)
            case .wrong: return fail(.rejected)
            case .right(let serverFinal):
                guard let account else { return fail(.rejected) }
                state = .confirmation(account)
                return .challenge(Array(serverFinal.utf8))
            }
        case .confirmation(let account):
            guard message.isEmpty else { return fail(.malformed) }
            state = .ended
            return .success(account)
        case .checking, .finding, .ended: return fail(.malformed)
        }
    }

    /// Takes the answer to ``Step/checkPassword(user:password:)``: the account, or nil when the password is not its.
    package mutating func checked(_ account: AccountName?) -> Step {
        guard case .checking = state else { return fail(.malformed) }
        guard let account else { return fail(.rejected) }
        state = .ended
        return .success(account)
    }

    /// Takes the answer to ``Step/findKeys(user:)``: keys, and the account if there is one.
    package mutating func found(_ keys: (keys: SCRAMKeys, account: AccountName?)) -> Step {
        guard case .finding(let exchange) = state else { return fail(.malformed) }
        state = .proof(exchange, keys.keys, keys.account)
        return .challenge(Array(exchange.serverFirst(keys.keys).utf8))
    }

    private mutating func plain(_ message: [UInt8]) -> Step {
        let parts = message.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3, let authorization = text(parts[0]), let user = text(parts[1]),
            let password = text(parts[2]), !user.isEmpty, !password.isEmpty
        else { return fail(.malformed) }
        guard authorization.isEmpty || isSame(authorization, user) else { return fail(.notAuthorized) }
        state = .checking
        return .checkPassword(user: user, password: password)
    }

    private mutating func fail(_ failure: Failure) -> Step {
        state = .ended
        return .failure(failure)
    }

    private func isSame(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }

    private func text(_ octets: some Sequence<UInt8>) -> String? { String(validating: Array(octets), as: UTF8.self) }
}
