/// What became of a message for one recipient.
package enum RecipientOutcome: Sendable, Hashable {
    /// The next host is responsible now.
    case delivered(SMTPReply)
    case later(SMTPReply)
    case failed(SMTPReply)

    /// 4xx and what nobody understands is tried again, 5xx is not (RFC 5321 §4.2.1).
    init(refused reply: SMTPReply) { self = reply.code >= 500 ? .failed(reply) : .later(reply) }
}
