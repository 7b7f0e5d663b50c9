package import Accounts
internal import Foundation
package import LineProtocol
package import NIOCore

/// The server's side of a POP3 session (RFC 1939), as a state machine without I/O: lines and the results of what it asked
/// for go in, actions come out.
///
/// It is in the authorization state until somebody has logged in and the maildrop is open, then in the transaction state
/// until QUIT; only then are messages removed (the update state).
package struct POP3Session: Sendable {
    /// What a client may do, and how often it may fail.
    package struct Configuration: Sendable {
        /// Whether STLS can be had.
        package var offersTLS = false
        /// Whether passwords may be sent without TLS.
        package var allowsPlaintextPasswords = false
        /// Log-ins that may fail before the connection is closed.
        package var maximumFailures = 3
        /// Commands that may make no sense before the connection is closed.
        package var maximumErrors = 20

        package init() {}
    }

    /// What has happened.
    package enum Event: Sendable {
        case connected
        /// A line without its CR LF.
        case line(ByteBuffer)
        case fault(LineDecoder.Fault)
        /// TLS runs, after ``Action/startTLS``.
        case secured
        /// The answer to ``Action/checkPassword(user:password:)``: the account, or nil when the password is not its.
        case checked(AccountName?)
        /// The answer to ``Action/findKeys(user:)``: the account is nil for an unknown user.
        case found(keys: SCRAMKeys, account: AccountName?)
        /// The maildrop is open, after ``Action/open(_:)``.
        case opened([MaildropMessage])
        /// What was asked for last was done: removing.
        case removed
        /// What was asked for last could not be done.
        case failed(MaildropError)
        /// The server is about to stop.
        case stopping
    }

    /// What is to be done, in order.
    package enum Action: Sendable {
        /// Send this; it ends with CR LF.
        case reply(String)
        /// Send all of it.
        case list(POP3Listing)
        /// Send the response's first line and the message in a ``MultilineEncoder``, or tell of the failure if it cannot be
        /// read.
        case send(message: Int, reply: String, bodyLines: Int?)
        /// Begin TLS when all before is sent, and forget what came before.
        case startTLS
        case checkPassword(user: String, password: String)
        case findKeys(user: String)
        /// Open the account's maildrop for this session alone.
        case open(AccountName)
        /// Remove messages for good.
        case remove([Int])
        /// Wait before going on, because a log-in failed.
        case delay
        /// Close when all before is sent.
        case close
    }

    enum State: Sendable {
        /// - user: what USER named.
        case authorization(user: String?)
        /// USER and PASS are being checked.
        case checking
        case sasl(SASLServer)
        case opening
        case transaction
        case update
        case ended
    }

    let configuration: Configuration
    var isSecure: Bool
    var state = State.authorization(user: nil)
    var failures = 0
    private var errors = 0
    var messages: [MaildropMessage] = []
    /// Places of messages that QUIT will remove.
    var deleted: Set<Int> = []

    /// - Parameters:
    ///   - configuration: what is offered and what is borne.
    ///   - isSecure: whether TLS runs from the start.
    package init(configuration: Configuration, isSecure: Bool) {
        self.configuration = configuration
        self.isSecure = isSecure
    }

    /// Whether somebody has logged in, and so may take longer between commands.
    package var isLoggedIn: Bool {
        if case .transaction = state { true } else { false }
    }

    /// Whether the next line is a command and not a SASL message, which may be much longer.
    package var expectsCommand: Bool {
        if case .sasl = state { false } else { true }
    }

    var allowsPasswords: Bool { isSecure || configuration.allowsPlaintextPasswords }

    /// Takes what has happened, and gives what is to be done, in its order.
    package mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .connected: return [.reply("+OK POP3 ready\r\n")]
        case .line(let line):
            if case .sasl(let exchange) = state { return answer(exchange, line) }
            return command(line)
        case .fault(let fault):
            if case .sasl = state { state = .authorization(user: nil) }
            return error("\(fault)")
        case .secured:
            isSecure = true
            state = .authorization(user: nil)
            return []
        case .checked(let account): return checked(account)
        case .found(let keys, let account): return found(keys, account)
        case .opened(let messages):
            guard case .opening = state else { return [] }
            self.messages = messages
            state = .transaction
            return [.reply("+OK \(messages.count) messages\r\n")]
        case .removed:
            guard case .update = state else { return [] }
            return farewell("+OK bye")
        case .failed(let error): return failed(error)
        case .stopping: return farewell("-ERR [SYS/TEMP] the server stops; nothing was removed")
        }
    }

    private mutating func command(_ line: ByteBuffer) -> [Action] {
        let command: POP3Command
        do throws(POP3Command.Malformed) {
            command = try POP3Command(line.readableBytesView)
        } catch {
            switch error {
            case .unknown: return self.error("unknown command")
            case .arguments(let usage): return self.error("it is \(usage)")
            }
        }
        switch (command, state) {
        case (_, .checking), (_, .opening), (_, .update), (_, .ended), (_, .sasl): return []
        case (.capa, _): return [.reply(capabilities)]
        case (.quit, .authorization): return farewell("+OK bye")
        case (.user, .authorization), (.pass, .authorization), (.auth, .authorization), (.stls, .authorization):
            return authorize(command)
        case (_, .transaction): return transact(command)
        case (_, .authorization): return error("log in first")
        }
    }

    private mutating func failed(_ error: MaildropError) -> [Action] {
        switch state {
        case .opening:
            state = .authorization(user: nil)
            if error.code == .inUse { return [.reply("-ERR [IN-USE] another session has the maildrop\r\n")] }
            return [.reply("-ERR [SYS/TEMP] the maildrop cannot be opened now\r\n")]
        case .checking, .sasl:
            state = .authorization(user: nil)
            return [.reply("-ERR [SYS/TEMP] passwords cannot be checked now, try again later\r\n")]
        case .update: return farewell("-ERR [SYS/TEMP] some messages may not have been removed")
        case .transaction:
            return [
                .reply(
                    error.code == .gone
                        ? "-ERR [SYS/PERM] the message is gone\r\n"
                        : "-ERR [SYS/TEMP] the message cannot be read now\r\n")
            ]
        case .authorization, .ended: return []
        }
    }

    mutating func farewell(_ text: String) -> [Action] {
        state = .ended
        return [.reply(text + "\r\n"), .close]
    }

    /// Answers what makes no sense, and hangs up on a peer that keeps on making none.
    mutating func error(_ text: String) -> [Action] {
        if case .ended = state { return [] }
        errors += 1
        return errors < configuration.maximumErrors
            ? [.reply("-ERR \(text)\r\n")] : farewell("-ERR \(text); too many errors")
    }

    /// RFC 2449 §5, §6; RFC 3206; RFC 5034 §3.
    private var capabilities: String {
        var lines = ["+OK capabilities", "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"]
        if case .authorization = state {
            if allowsPasswords { lines.append("USER") }
            lines.append("SASL " + mechanisms.map(\.rawValue).joined(separator: " "))
            if configuration.offersTLS, !isSecure { lines.append("STLS") }
        }
        return lines.joined(separator: "\r\n") + "\r\n.\r\n"
    }

    var mechanisms: [SASLMechanism] { allowsPasswords ? [.scramSHA256, .plain] : [.scramSHA256] }
}
