internal import GRDB

extension MailboxIndex {
    /// The row of a message.
    struct Message: Sendable {
        var uid: UInt32
        var base: String
        var flags: MessageFlags
        /// Whether its file is in `new`.
        var isNew: Bool
        /// Whether no session was told of it yet, wherever its file is.
        var isRecent: Bool
        var size: Int
        var internalDate: Int
        var modification: Int

        /// What ``init(_:)`` reads, by place: to look for names takes longer than all the rest.
        static let columns = """
            message.uid, message.base, message.flags, message.keywords, message.isNew, message.size,
            message.internalDate, message.modification
            """

        /// Values of the column `isNew`: of messages that a session was told of, of those in `new`, and of those that are in
        /// `cur` though no session was told of them, since they came with flags.
        static let (told, new, recent) = (0, 1, 2)

        init(_ row: Row) {
            uid = row[0]
            base = row[1]
            flags = MessageFlags(MessageFlags.System(rawValue: row[2]), stored: row[3])
            let novelty: Int = row[4]
            isNew = novelty == Self.new
            isRecent = novelty != Self.told
            size = row[5]
            internalDate = row[6]
            modification = row[7]
        }

        /// Those that fulfil a condition.
        static func fetch(_ database: Database, _ condition: String, _ arguments: StatementArguments) throws
            -> [Message]
        {
            let rows = try Row.fetchCursor(
                database, sql: "SELECT \(columns) FROM message WHERE \(condition)", arguments: arguments)
            return try Array(rows.map(Message.init))
        }

        func stored(isRecent: Bool) -> StoredMessage {
            StoredMessage(
                uid: uid, size: size, internalDate: internalDate, flags: flags, isRecent: isRecent,
                modification: modification)
        }
    }
}
