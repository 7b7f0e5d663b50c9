/// What a server says (RFC 9051 §7, RFC 3501 §7).
package enum IMAPResponse: Sendable, Hashable {
    /// How a command went, or what a server has to say about itself. The tag is nil for what answers no command.
    case status(tag: String?, Status)
    /// `+`: the client is to go on.
    case continuation(String)
    case capabilities([String])
    case list(ListedMailbox)
    case flags([String])
    /// Numbers or UIDs, in the order of the server.
    case search([UInt32])
    /// How many messages the mailbox has.
    case exists(UInt32)
    /// The message of this number is gone.
    case expunge(UInt32)
    case fetch(FetchedMessage)
    /// Anything else, by its first word in upper case.
    case other(String)

    /// `OK`, `NO`, `BAD`, `BYE` or `PREAUTH`.
    package struct Status: Sendable, Hashable {
        /// What a status response says (RFC 9051 §7.1).
        package enum Kind: String, Sendable, Hashable {
            // The protocol's own words.
            case ok = "OK"
            case no = "NO"
            case bad = "BAD"
            case bye = "BYE"
            case preauthenticated = "PREAUTH"
        }

        package var kind: Kind
        /// The response code's name in upper case, such as `UIDVALIDITY`; nil without one.
        package var code: String?
        /// What follows the code's name within the brackets.
        package var argument = ""
        /// For people.
        package var text: String
    }
}

/// A mailbox as `LIST` names it.
package struct ListedMailbox: Sendable, Hashable {
    /// Its name, out of modified UTF-7 where it was in that.
    package var name: String
    /// What stands between levels of names; nil where there are none.
    package var separator: Character?
    /// Such as `\Noselect` and `\Sent`.
    package var attributes: [String]
}

/// What a server tells of a message.
package struct FetchedMessage: Sendable, Hashable {
    /// Its number in the mailbox, which changes when others go.
    package var number: UInt32
    /// Nil, as all below, when the server did not say.
    package var uid: UInt32?
    package var flags: [String]?
    /// When it arrived, in seconds since 1970.
    package var internalDate: Int?
    /// Octets.
    package var size: Int?
    /// Parts of it by what they were asked for by, in upper case and up to the first space: `BODY[]`, `BODY[HEADER.FIELDS`.
    package var sections: [String: [UInt8]] = [:]

    /// Whether one of the flags has this name, in any case.
    package func has(_ flag: String) -> Bool {
        flags?.contains { $0.lowercased() == flag.lowercased() } ?? false
    }
}
