import Testing

@testable import IMAP
@testable import MailStore

@Suite("A mailbox as a session knows it")
struct MailboxViewTests {
    private func message(_ uid: UInt32) -> StoredMessage {
        StoredMessage(
            uid: uid, size: 1, internalDate: 0, flags: MessageFlags(), isRecent: false, modification: 1)
    }

    private func view(_ uids: UInt32...) -> MailboxView {
        MailboxView(
            "INBOX", isReadOnly: false,
            MailboxSnapshot(uidValidity: 1, uidNext: 10, modification: 1, messages: uids.map(message)))
    }

    @Test("loses what went, from the end, and only when the client may be told")
    func expunged() {
        var view = view(1, 3, 5, 7)
        let changes = MailboxChanges(uidValidity: 1, uidNext: 10, modification: 2, expunged: [2, 3, 7])
        #expect(view.take(changes, tellsExpunged: false).isEmpty && view.hasGone)
        #expect(view.take(changes, tellsExpunged: true) == [.expunged(number: 4), .expunged(number: 2)])
        #expect(view.messages.map(\.uid) == [1, 5] && !view.hasGone)
    }

    @Test("keeps only what there still is, when nobody knows any more what went")
    func present() {
        var view = view(1, 3, 5, 7)
        let changes = MailboxChanges(
            uidValidity: 1, uidNext: 10, modification: 900, messages: [message(9)], present: [3, 5, 9])
        #expect(
            view.take(changes, tellsExpunged: true)
                == [.expunged(number: 4), .expunged(number: 1), .exists(3), .recent(0)])
        #expect(view.messages.map(\.uid) == [3, 5, 9] && view.modification == 900)
    }

    @Test("has the name that it or one above it was given")
    func renamed() {
        let snapshot = MailboxSnapshot(uidValidity: 1, uidNext: 1, modification: 1, messages: [])
        for (name, old, new, expected) in [
            ("a/b", "a/b", "c", "c"), ("a/b", "a", "x/y", "x/y/b"), ("ab", "a", "c", "ab"), ("a", "a/b", "c", "a"),
            ("INBOX", "INBOX", "Old", "INBOX"), ("INBOX/x", "INBOX", "Old", "INBOX/x"),
        ] {
            var view = MailboxView(name, isReadOnly: false, snapshot)
            view.follow(from: old, to: new)
            #expect(view.name == expected)
        }
    }
}
