internal import Crypto
internal import Foundation

/// The client's side of one SASL exchange, as a state machine without I/O.
package struct SASLClient: Sendable {
    /// What is wrong with the server's messages.
    package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case malformed
        /// The server wants the password to be stretched too little, or without end.
        case iterations
        /// The server does not know the password: it only pretends to be the one that does.
        case impostor
        /// The server says that it does not let this user in.
        case refused
        /// The user name or the password has characters that cannot be used.
        case unusable

        package var description: String {
            switch self {
            case .malformed: "the server breaks the rules of the log-in"
            case .iterations: "the server asks for a strange number of iterations"
            case .impostor: "the server does not know the password and is not to be trusted"
            case .refused: "the server refuses the user name or the password"
            case .unusable: "the user name or the password has characters that cannot be used"
            }
        }
    }

    private enum State: Sendable {
        case start
        case loginUser, loginPassword
        case scramFirst(clientFirstBare: String)
        case scramFinal(serverSignature: [UInt8])
        case done
    }

    /// Rounds of PBKDF2 that a server may ask for: from RFC 7677's minimum to some seconds of work.
    private static let iterations = 4096...10_000_000

    private let mechanism: SASLMechanism
    private let user: String
    private let password: String
    private let nonce: String
    private var state = State.start

    /// - Throws: ``Failure/unusable``.
    package init(
        _ mechanism: SASLMechanism, user: String, password: String, nonce: String = SASLNonce.random()
    ) throws(Failure) {
        guard let preparedUser = PreparedText.prepare(user), let preparedPassword = PreparedText.prepare(password)
        else { throw .unusable }
        self.mechanism = mechanism
        self.user = preparedUser
        self.password = preparedPassword
        self.nonce = nonce
    }

    /// What the client says first, with the mechanism's name or as the answer to an empty challenge; nil when the
    /// mechanism lets the server begin (`LOGIN`). Once.
    package mutating func initialResponse() -> [UInt8]? {
        switch mechanism {
        case .plain:
            state = .done
            return [0] + Array(user.utf8) + [0] + Array(password.utf8)
        case .login:
            state = .loginUser
            return nil
        case .scramSHA256:
            let bare = "n=\(SCRAMText.encode(user)),r=\(nonce)"
            state = .scramFirst(clientFirstBare: bare)
            return Array("n,,\(bare)".utf8)
        }
    }

    /// The answer to a challenge. With SCRAM this stretches the password, for a tenth of a second or so.
    package mutating func receive(_ challenge: [UInt8]) throws -> [UInt8] {
        switch state {
        case .start, .done: throw Failure.malformed
        case .loginUser:
            state = .loginPassword
            return Array(user.utf8)
        case .loginPassword:
            state = .done
            return Array(password.utf8)
        case .scramFirst(let bare): return try answer(serverFirst: String(decoding: challenge, as: UTF8.self), bare)
        case .scramFinal(let signature):
            let text = String(decoding: challenge, as: UTF8.self)
            if text.hasPrefix("e=") { throw Failure.refused }
            guard text.hasPrefix("v="),
                let sent = Data(base64Encoded: String(text.dropFirst(2).prefix { $0 != "," }))
            else { throw Failure.malformed }
            guard SCRAMKeys.isEqual(Array(sent), signature) else { throw Failure.impostor }
            state = .done
            return []
        }
    }

    /// Must be asked when the server reports success.
    ///
    /// - Throws: ``Failure/impostor`` when the server has not proved what the mechanism wants it to prove.
    package func finish() throws(Failure) {
        guard case .done = state else { throw .impostor }
    }

    private mutating func answer(serverFirst: String, _ bare: String) throws -> [UInt8] {
        let attributes = serverFirst.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, attributes[0].hasPrefix("r=" + nonce), attributes[0].count > nonce.count + 2,
            SCRAMText.isNonce(attributes[0].dropFirst(2)), attributes[1].hasPrefix("s="),
            let salt = Data(base64Encoded: String(attributes[1].dropFirst(2))), !salt.isEmpty,
            attributes[2].hasPrefix("i="), let iterations = Int(attributes[2].dropFirst(2))
        else { throw Failure.malformed }
        guard Self.iterations.contains(iterations) else { throw Failure.iterations }
        let salted = try SCRAMKeys.saltedPassword(password, salt: Array(salt), iterations: iterations)
        let keys = SCRAMKeys(saltedPassword: salted, salt: Array(salt), iterations: iterations)
        let withoutProof = "c=biws,\(attributes[0])"
        let message = "\(bare),\(serverFirst),\(withoutProof)"
        let signature = SCRAMKeys.hmac(SymmetricKey(data: keys.storedKey), message)
        let proof = zip(SCRAMKeys.clientKey(salted), signature).map { $0 ^ $1 }
        state = .scramFinal(serverSignature: SCRAMKeys.hmac(SymmetricKey(data: keys.serverKey), message))
        return Array("\(withoutProof),p=\(Data(proof).base64EncodedString())".utf8)
    }
}
