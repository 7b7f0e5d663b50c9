package import Mail
package import MailStore

/// The mailboxes of this host, as the mail server sees them.
package protocol LocalMailboxes: Sendable {
    /// Whether mail for an address of a local domain is taken.
    func contains(_ address: MailAddress) async throws -> Bool

    /// Puts a message into a mailbox. When it says so it is durable there.
    ///
    /// - Parameters:
    ///   - message: its text.
    ///   - header: fields to put in front, with CR LF.
    ///   - address: whose mailbox.
    ///   - delivery: its name, so that one that is repeated brings no second copy; nil when it is never repeated.
    func deliver(
        _ message: some MessageSource, header: String, to address: MailAddress, as delivery: DeliveryName?
    ) async -> RecipientOutcome
}
