package import Accounts
package import Mail
package import NIOCore

/// What a server lets clients do, besides limits.
package struct SMTPServerPolicy: Sendable {
    /// Whose mail a port takes.
    package enum Mode: Sendable, Hashable {
        /// Mail for the local domains from anybody (port 25); for elsewhere from those who have logged in, and from their
        /// own addresses.
        case exchange
        /// Mail of our own users only (RFC 6409): they log in first, and get a `Date` and a `Message-ID` when their
        /// program has set none.
        case submission
    }

    package var mode = Mode.exchange
    /// The name that this host greets with and stamps messages with.
    package var hostname: String
    /// In lower case; the first is the postmaster's. Mail for them stays here.
    package var localDomains: [String]
    /// Whether STARTTLS can be offered.
    package var offersTLS = false
    /// Whether passwords may cross the connection without TLS. Sensible on loopback only.
    package var allowsPlaintextPasswords = false
    package var limits = SMTPServerLimits()

    package init(hostname: String, localDomains: [String]) {
        self.hostname = hostname
        self.localDomains = localDomains
    }
}

/// How much a client may ask for. RFC 5321 §4.5.3 has the least that a server must allow.
package struct SMTPServerLimits: Sendable, Hashable {
    /// Octets of a command line with its CR LF; `MAIL` and `RCPT` may have twice as many for their parameters.
    package var commandLine = 512
    /// Octets of an `AUTH` command or response (RFC 4954 §4.3).
    package var authenticationLine = 12_288
    /// Octets of a line of text with its CR LF, without the dot in front.
    package var textLine = 1000
    /// Of one message.
    package var recipients = 100
    /// Octets of one message.
    package var message = 50 << 20
    /// Octets of a message that is refused already which are passed over, beyond ``message``; then the connection is closed.
    package var surplus = 1 << 20
    /// Commands that were refused, before the connection is closed.
    package var errors = 20
    /// `NOOP`, `RSET` and others that bring no message nearer, over one connection.
    package var idleCommands = 200
    /// Failed log-ins.
    package var logIns = 3
    /// Messages over one connection.
    package var transactions = 1000
    /// `Received` fields, above which a message goes round in circles (RFC 5321 §6.3).
    package var hops = 100
    /// For one command to come in whole (RFC 5321 §4.5.3.2.7).
    package var commandTime = Duration.seconds(300)
    /// Between two pieces of text (RFC 5321 §4.5.3.2.5).
    package var textTime = Duration.seconds(180)
    /// For a whole message, when it is small.
    package var messageTime = Duration.seconds(600)
    /// Octets of text that earn one more second.
    package var slowestRate = 1000

    package init() {}
}

/// What a server's engine asks for. Replies go out in order; those that are followed by no wait may go out together.
package enum SMTPServerAction: Sendable {
    case reply(SMTPReply)
    /// When all replies are out: begin TLS, forget what was received, and tell ``SMTPServerEngine/secured(now:)``.
    case startTLS
    /// Let the accounts take the message and tell ``SMTPServerEngine/authenticated(_:_:now:)``.
    case authenticate(SASLServer, message: [UInt8]?)
    /// Find out whether who sends has not sent too much already and tell ``SMTPServerEngine/admitted(_:)``.
    case admit
    /// Find out whether there is such a mailbox and tell ``SMTPServerEngine/resolved(_:)``.
    case resolve(MailAddress)
    /// Make room for a message and tell ``SMTPServerEngine/opened(id:date:now:)`` or
    /// ``SMTPServerEngine/notOpened(_:)``.
    case open
    /// Text of the message that is open.
    case write(ByteBuffer)
    /// The message is whole: make it durable and tell ``SMTPServerEngine/committed(id:failure:now:)``.
    case commit(Envelope)
    /// Forget the message that is open.
    case discard
    /// When all replies are out.
    case close
}

/// What a server knows of a recipient.
package enum SMTPRecipientState: Sendable, Hashable {
    case known
    case unknown
    /// Nobody can tell now.
    case unavailable
}
