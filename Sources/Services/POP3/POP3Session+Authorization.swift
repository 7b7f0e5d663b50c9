internal import Accounts
internal import Foundation
internal import NIOCore

/// The authorization state (RFC 1939 §4, §7; RFC 2595 §4; RFC 5034).
extension POP3Session {
    mutating func authorize(_ command: POP3Command) -> [Action] {
        switch command {
        case .user(let name):
            guard allowsPasswords else { return error("passwords need TLS: STLS comes first") }
            state = .authorization(user: name)
            // The same for every name: whether there is such a user is told to nobody.
            return [.reply("+OK and the password\r\n")]
        case .pass(let password):
            guard case .authorization(let user?) = state else { return error("USER comes first") }
            state = .checking
            return [.checkPassword(user: user, password: password)]
        case .stls:
            guard configuration.offersTLS, !isSecure else {
                return error(isSecure ? "TLS runs already" : "there is no TLS here")
            }
            state = .authorization(user: nil)
            return [.reply("+OK begin TLS\r\n"), .startTLS]
        case .auth(let name, let initial):
            guard let mechanism = SASLMechanism(name: name), mechanism != .login else {
                return error("the mechanisms are \(SASLMechanism.scramSHA256) and \(SASLMechanism.plain)")
            }
            guard allowsPasswords || !mechanism.revealsPassword else {
                return error("\(mechanism) needs TLS: STLS comes first")
            }
            var response: [UInt8]?
            if let initial {
                guard let decoded = SASLText.decode(initial: initial) else {
                    return error("the response is not in base64")
                }
                response = decoded
            }
            var exchange = SASLServer(mechanism)
            return act(exchange.receive(response), exchange)
        default: return error("log in first")
        }
    }

    /// Takes a line of a SASL exchange: a response in base64, or `*` to give up.
    mutating func answer(_ exchange: SASLServer, _ line: ByteBuffer) -> [Action] {
        state = .authorization(user: nil)
        let text = String(buffer: line)
        if text == "*" { return error("given up") }
        guard let response = SASLText.decode(text) else { return error("the response is not in base64") }
        var exchange = exchange
        return act(exchange.receive(response), exchange)
    }

    mutating func found(_ keys: SCRAMKeys, _ account: AccountName?) -> [Action] {
        guard case .sasl(var exchange) = state else { return [] }
        return act(exchange.found((keys, account)), exchange)
    }

    mutating func checked(_ account: AccountName?) -> [Action] {
        switch state {
        case .sasl(var exchange): return act(exchange.checked(account), exchange)
        case .checking: return account.map { open($0) } ?? refuse()
        default: return []
        }
    }

    private mutating func act(_ step: SASLServer.Step, _ exchange: SASLServer) -> [Action] {
        state = .sasl(exchange)
        switch step {
        case .challenge(let challenge): return [.reply("+ \(SASLText.encode(challenge))\r\n")]
        case .checkPassword(let user, let password): return [.checkPassword(user: user, password: password)]
        case .findKeys(let user): return [.findKeys(user: user)]
        case .success(let account): return open(account)
        case .failure(.malformed):
            state = .authorization(user: nil)
            return error("the response breaks the mechanism's rules")
        case .failure: return refuse()
        }
    }

    private mutating func open(_ account: AccountName) -> [Action] {
        state = .opening
        return [.open(account)]
    }

    /// The same whether the user is unknown or the password wrong.
    private mutating func refuse() -> [Action] {
        failures += 1
        state = .authorization(user: nil)
        let text = "-ERR [AUTH] the user name or the password is wrong"
        return [.delay] + (failures < configuration.maximumFailures ? [.reply(text + "\r\n")] : farewell(text))
    }
}
