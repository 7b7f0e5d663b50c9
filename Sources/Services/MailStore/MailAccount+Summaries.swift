internal import GRDB

/// Lists of messages, and conversations.
///
/// What they show is read from the messages when it is first asked for, and kept in the index. Each call takes in what has
/// come since the last one, in all mailboxes, so that conversations are whole.
extension MailAccount {
    /// Messages of a mailbox, newest first: by internal date, then UID.
    ///
    /// - Parameters:
    ///   - mailbox: its name.
    ///   - words: what must occur in author, recipients, subject or text: all of these words, whatever their case and
    ///     accents. Those of three letters and more may be the beginning of a longer word. Nil, or nothing but white
    ///     space, is for every message.
    ///   - offset: how many to pass over.
    ///   - count: how many at most.
    /// - Returns: how many there are in all, and those of the page.
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.unusable`.
    package func summaries(
        of mailbox: String, matching words: String? = nil, offset: Int, count: Int
    ) async throws -> (total: Int, page: [MessageSummary]) {
        try await summarise(seeing: mailbox)
        let query = words.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : SearchQuery($0) }
        if query != nil { try await makeSearchable(mailbox) }
        return try await write { [index] database in
            let row = try index.mailbox(mailbox, database)
            return try SummaryIndex(index).page(
                of: row, matching: query, offset: max(0, offset), count: max(0, count), database)
        }
    }

    /// What a list shows of one message.
    ///
    /// - Throws: ``MailStoreError``: `.noMailbox`, `.noMessage`, `.unusable`.
    package func summary(of uid: UInt32, in mailbox: String) async throws -> MessageSummary {
        try await summarise(seeing: mailbox)
        return try await write { [index] database in
            let row = try index.mailbox(mailbox, database)
            guard let summary = try SummaryIndex(index).summary(of: uid, in: row, database) else {
                throw MailStoreError(.noMessage, "the message is gone")
            }
            return summary
        }
    }

    /// A conversation, oldest first, from all mailboxes but those for trash and junk, unless all of it is there.
    ///
    /// - Parameter thread: as a summary says it. One that there is not, or no longer, has no messages.
    /// - Throws: ``MailStoreError`` with `.unusable`.
    package func thread(_ thread: Int) async throws -> [MessageSummary] {
        try await summarise(seeing: MailboxFolder.inbox)
        return try await write { [index] database in try SummaryIndex(index).thread(thread, database) }
    }

    /// Takes in what has come to any mailbox since the last time. Others may use the account between the batches.
    ///
    /// - Throws: ``MailStoreError`` with `.noMailbox` if there is none of that name.
    private func summarise(seeing name: String) async throws {
        var hasMore = try await write { [index] database in
            _ = try index.mailbox(name, database)
            return try SummaryIndex(index).summarise(isFirst: true, database)
        }
        while hasMore {
            try Task.checkCancellation()
            hasMore = try await write { [index] database in
                try SummaryIndex(index).summarise(isFirst: false, database)
            }
        }
    }

    private func makeSearchable(_ name: String) async throws {
        while try await write({ [index] database in try SummaryIndex(index).makeSearchable(name, database) }) {
            try Task.checkCancellation()
        }
    }
}
