/// One command of a client: its tag and what it asks for (RFC 9051 §6, and RFC 3501 where that differs).
struct TaggedCommand: Sendable, Hashable {
    var tag: String
    var command: IMAPCommand
}

/// What a client asks for. Mailbox names are in Unicode; numbers are message numbers, or UIDs where `uid` says so.
enum IMAPCommand: Sendable, Hashable {
    // In any state.
    case capability
    case noop
    case logout
    /// RFC 2971; what it says of itself.
    case id([String: String])

    // Before it has logged in.
    case startTLS
    /// The mechanism's name, and its initial response as it came, in base64; `=` for an empty one.
    case authenticate(mechanism: String, initial: String?)
    case login(user: String, password: String)

    // Once it has logged in.
    case enable([String])
    case select(mailbox: String, readOnly: Bool)
    case create(mailbox: String, use: [String])
    case delete(mailbox: String)
    case rename(from: String, to: String)
    case subscribe(mailbox: String)
    case unsubscribe(mailbox: String)
    case list(ListRequest)
    case lsub(reference: String, pattern: String)
    case namespace
    case status(mailbox: String, items: [StatusItem])
    /// The message itself follows in a literal of `size` octets, or came already; see ``LiteralKind``.
    case append(AppendRequest)
    case idle

    // With a mailbox selected.
    case check
    case close
    case unselect
    /// `uids` for `UID EXPUNGE` (RFC 4315).
    case expunge(uids: NumberSet?)
    case search(SearchRequest, uid: Bool)
    case fetch(NumberSet, [FetchItem], uid: Bool)
    case store(NumberSet, StoreRequest, uid: Bool)
    case copy(NumberSet, mailbox: String, uid: Bool)
    case move(NumberSet, mailbox: String, uid: Bool)
}

/// `LIST` with its extensions (RFC 5258, 5819, 6154).
struct ListRequest: Sendable, Hashable {
    enum Selection: String, Sendable, CaseIterable {
        case subscribed = "SUBSCRIBED"
        case remote = "REMOTE"
        case recursiveMatch = "RECURSIVEMATCH"
        case specialUse = "SPECIAL-USE"
    }

    var selection: Set<Selection> = []
    var reference = ""
    var patterns: [String] = []
    var returnsSubscribed = false
    var returnsChildren = false
    var returnsSpecialUse = false
    /// What `RETURN (STATUS (…))` asks for; empty for nothing.
    var status: [StatusItem] = []
    /// Whether it was written in the extended way, where an empty pattern has no meaning of its own.
    var isExtended = false
}

/// What `STATUS` tells of a mailbox.
enum StatusItem: String, Sendable, CaseIterable {
    case messages = "MESSAGES"
    case recent = "RECENT"
    case uidNext = "UIDNEXT"
    case uidValidity = "UIDVALIDITY"
    case unseen = "UNSEEN"
    case deleted = "DELETED"
    case size = "SIZE"
}

/// `APPEND`, but for the message.
struct AppendRequest: Sendable, Hashable {
    var mailbox: String
    var flags: [String] = []
    /// Seconds since 1970 and the zone's offset; nil for now.
    var internalDate: InternalDate?
    /// Octets of the message.
    var size = 0
}

/// `STORE`: how flags change.
struct StoreRequest: Sendable, Hashable {
    enum Action: Sendable, Hashable { case replace, add, remove }

    var action: Action
    var isSilent: Bool
    var flags: [String]
}

/// `SEARCH` with its options (RFC 4731, 5182).
struct SearchRequest: Sendable, Hashable {
    enum Result: String, Sendable, CaseIterable {
        case min = "MIN"
        case max = "MAX"
        case all = "ALL"
        case count = "COUNT"
        case save = "SAVE"
    }

    /// What `RETURN` names; nil for the older answer, empty for `ALL`.
    var results: Set<Result>?
    var charset: String?
    var key: SearchKey
}

/// What a message must be like (RFC 9051 §6.4.4). Text is in Unicode.
indirect enum SearchKey: Sendable, Hashable {
    case all
    case numbers(NumberSet)
    case uids(NumberSet)
    /// Carries the flag, or keyword.
    case flag(String)
    case lacksFlag(String)
    /// `NEW`, `OLD` and `RECENT` of RFC 3501: whether this session is the first to be told of it.
    case recent
    /// In a header field, found by its name; empty text means that there is one.
    case header(String, String)
    case body(String)
    case text(String)
    /// Internal date, in the server's days.
    case before(IMAPDate)
    case on(IMAPDate)
    case since(IMAPDate)
    /// The header's date.
    case sentBefore(IMAPDate)
    case sentOn(IMAPDate)
    case sentSince(IMAPDate)
    /// Octets.
    case larger(UInt64)
    case smaller(UInt64)
    case not(SearchKey)
    case either(SearchKey, SearchKey)
    case every([SearchKey])
}

/// What `FETCH` asks of each message (RFC 9051 §6.4.5).
enum FetchItem: Sendable, Hashable {
    case envelope
    case flags
    case internalDate
    case size
    case uid
    /// `BODY`, without extension data, and `BODYSTRUCTURE`.
    case body
    case bodyStructure
    /// `RFC822`, `RFC822.HEADER`, `RFC822.TEXT` of RFC 3501: as sections, under their own names.
    case rfc822(RFC822Part)
    case section(BodySection, partial: PartialRange?, peeks: Bool)
    /// Decoded (RFC 3516, RFC 9051).
    case binary([Int], partial: PartialRange?, peeks: Bool)
    case binarySize([Int])

    enum RFC822Part: Sendable, Hashable { case whole, header, text }
}

/// What a `BODY[…]` is of: a part by its numbers, empty for the message itself, and what of it.
struct BodySection: Sendable, Hashable {
    enum Text: Sendable, Hashable {
        /// The part as it is, or the whole message.
        case content
        case header
        case headerFields([String])
        case headerFieldsNot([String])
        case text
        case mime
    }

    var part: [Int] = []
    var text = Text.content
}

/// `<first.count>`: octets of a section.
struct PartialRange: Sendable, Hashable {
    var first: Int
    /// At least 1.
    var count: Int
}
