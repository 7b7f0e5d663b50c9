internal import GRDB

/// How many keywords there may be: all of a mailbox's are told to whoever selects it, and all of a message's with each change
/// of its flags.
package enum KeywordLimits {
    /// Octets of one.
    package static let octets = 128
    package static let ofMessage = 64
    /// Different ones, whatever their case.
    package static let ofMailbox = 250
}

/// Which keywords a mailbox has, and so which others it has room for.
struct KeywordRoom {
    /// In small letters.
    private var known: Set<String>

    init(_ mailbox: MailboxIndex.Mailbox, _ database: Database) throws {
        // From one combination to the next by the index, however many messages have the same.
        let combinations = try String.fetchAll(
            database,
            sql: """
                WITH RECURSIVE found (keywords) AS (
                    SELECT min(keywords) FROM message WHERE mailbox = :mailbox AND keywords > ''
                    UNION ALL
                    SELECT (
                        SELECT min(keywords) FROM message
                        WHERE mailbox = :mailbox AND keywords > '' AND keywords > found.keywords
                    ) FROM found WHERE keywords IS NOT NULL
                )
                SELECT keywords FROM found WHERE keywords IS NOT NULL
                """, arguments: ["mailbox": mailbox.id])
        known = Set(combinations.flatMap { $0.lowercased().split(separator: " ").map(String.init) })
    }

    /// Takes a keyword in; false where there is no room for it.
    mutating func take(_ keyword: String) -> Bool {
        let keyword = keyword.lowercased()
        guard known.contains(keyword) || known.count < KeywordLimits.ofMailbox else { return false }
        known.insert(keyword)
        return true
    }
}

extension MessageFlags {
    /// - Throws: ``MailStoreError`` with `.limit` for more keywords, or longer ones, than a message may have.
    func checkKeywords() throws(MailStoreError) {
        guard keywords.count <= KeywordLimits.ofMessage else {
            throw MailStoreError(.limit, "a message may have \(KeywordLimits.ofMessage) keywords")
        }
        guard keywords.allSatisfy({ $0.utf8.count <= KeywordLimits.octets }) else {
            throw MailStoreError(.limit, "a keyword may have \(KeywordLimits.octets) octets")
        }
    }

    /// - Throws: ``MailStoreError`` with `.limit` for keywords that a mailbox has no room for.
    func checkRoom(in mailbox: MailboxIndex.Mailbox, _ database: Database) throws {
        guard !keywords.isEmpty else { return }
        var room = try KeywordRoom(mailbox, database)
        guard keywords.allSatisfy({ room.take($0) }) else {
            throw MailStoreError(.limit, "a mailbox may have \(KeywordLimits.ofMailbox) keywords")
        }
    }
}
