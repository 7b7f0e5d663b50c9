import Accounts
import Foundation
import MailStore
import NIOCore
import Testing

@Suite("Mailboxes and messages")
struct MailStoreTests {
    private let test = TestStore()

    @Test("an account begins with an inbox and a mailbox for each use")
    func fresh() async throws {
        let mailboxes = try await test.account().mailboxes()
        #expect(mailboxes.map(\.name) == ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"])
        #expect(mailboxes.map(\.use) == [nil, .archive, .drafts, .junk, .sent, .trash])
        #expect(mailboxes.allSatisfy { $0.isSubscribed })
    }

    @Test("delivered messages are in every recipient's inbox, in order, with UIDs that ascend")
    func delivery() async throws {
        try await test.deliver("one", "two", to: [TestStore.ann, TestStore.bob])
        for name in [TestStore.ann, TestStore.bob] {
            let account = try await test.account(name)
            #expect(try await account.texts() == ["one", "two"])
            let snapshot = try await account.snapshot(of: "INBOX")
            #expect(snapshot.messages.map(\.uid) == [1, 2])
            #expect(snapshot.uidNext == 3)
            #expect(snapshot.messages.map(\.size) == [3, 3])
            #expect(snapshot.messages.allSatisfy { $0.isRecent && $0.flags == MessageFlags() })
        }
        #expect(test.files("tmp").isEmpty)
        let spooled = try FileManager.default.contentsOfDirectory(atPath: test.root + "/tmp")
        #expect(spooled.isEmpty, "spool files are used up")
    }

    @Test("a delivery that is repeated brings nothing new, be the message seen or not", arguments: [true, false])
    func repeatedDelivery(isSmall: Bool) async throws {
        func deliver(_ token: String, mayBeThere: Bool) async throws {
            let name = DeliveryName(token, mayBeThere: mayBeThere)
            if isSmall {
                try await test.store.deliver([ByteBuffer(string: token)], to: TestStore.ann, as: name)
            } else {
                try await test.store.deliver(try await test.message(token), to: [TestStore.ann], as: name)
            }
        }
        try await deliver("1", mayBeThere: false)
        try await deliver("1", mayBeThere: true)
        try await deliver("11", mayBeThere: true)
        let account = try await test.account()
        #expect(try await account.texts() == ["1", "11"])
        // It moves to `cur`, and gets a flag there.
        _ = try await account.snapshot(of: "INBOX", claimsRecent: true)
        _ = try await account.setFlags(of: [1], in: "INBOX", .add, MessageFlags([.seen]))
        try await test.another().deliver(
            [ByteBuffer(string: "1")], to: TestStore.ann, as: DeliveryName("1", mayBeThere: true))
        #expect(try await account.texts() == ["1", "11"])
        #expect(test.files("new").isEmpty && test.files("tmp").isEmpty)
    }

    @Test("the first session that is told of a message is the only one to which it is recent")
    func recent() async throws {
        try await test.deliver("one")
        let account = try await test.account()
        #expect(try await account.snapshot(of: "INBOX").messages.map(\.isRecent) == [true])
        #expect(try await account.snapshot(of: "INBOX", claimsRecent: true).messages.map(\.isRecent) == [true])
        #expect(try await account.snapshot(of: "INBOX", claimsRecent: true).messages.map(\.isRecent) == [false])
        #expect(test.files("new").isEmpty)
        #expect(test.files("cur").count == 1)
    }

    @Test("flags are in the names of files, keywords in the index")
    func flags() async throws {
        try await test.deliver("one")
        let account = try await test.account()
        let before = try await account.snapshot(of: "INBOX")
        let changed = try await account.setFlags(
            of: [1, 9], in: "INBOX", .add, MessageFlags([.seen, .flagged], keywords: ["$Work"]))
        #expect(changed.map(\.flags.names) == [["\\Flagged", "\\Seen", "$Work"]])
        #expect(test.files("cur").allSatisfy { $0.hasSuffix(":2,FS") })
        let removed = try await account.setFlags(
            of: [1], in: "INBOX", .remove, MessageFlags([.seen], keywords: ["$work"]))
        #expect(removed.map(\.flags.names) == [["\\Flagged"]])
        let replaced = try await account.setFlags(of: [1], in: "INBOX", .replace, MessageFlags([.draft]))
        #expect(replaced.map(\.flags.names) == [["\\Draft"]])
        let changes = try await account.changes(in: "INBOX", since: before.modification)
        #expect(changes.messages.map(\.uid) == [1])
        #expect(changes.modification > before.modification)
        let status = try await account.status(of: "INBOX")
        #expect(status.unseen == 1 && status.messages == 1 && status.size == 3 && status.recent == 0)
    }

    @Test("only what is flagged as deleted is expunged, and the others are told")
    func expunge() async throws {
        try await test.deliver("one", "two", "three")
        let account = try await test.account()
        let before = try await account.snapshot(of: "INBOX")
        _ = try await account.setFlags(of: [1, 3], in: "INBOX", .add, MessageFlags([.deleted]))
        #expect(try await account.expunge("INBOX", uids: [2, 3]) == [3])
        #expect(try await account.expunge("INBOX") == [1])
        #expect(try await account.texts() == ["two"])
        #expect(try await account.changes(in: "INBOX", since: before.modification).expunged == [1, 3])
        try await test.deliver("four")
        #expect(
            try await account.snapshot(of: "INBOX").messages.map(\.uid) == [2, 4], "a UID has one meaning for ever")
    }

    @Test("copies keep flags, keywords and dates, and moves leave nothing behind")
    func copyAndMove() async throws {
        let account = try await test.account()
        _ = try await account.append(
            try await test.message("one"), to: "Drafts", flags: MessageFlags([.seen], keywords: ["later"]),
            internalDate: 1_000_000_000)
        let copied = try await account.copy([1, 7], from: "Drafts", to: "Archive")
        #expect(copied.pairs.map(\.source) == [1] && copied.pairs.map(\.destination) == [1])
        let copy = try #require(try await account.snapshot(of: "Archive").messages.first)
        #expect(copy.flags.names == ["\\Seen", "later"])
        #expect(copy.internalDate == 1_000_000_000)
        let moved = try await account.move([1], from: "Archive", to: "Trash")
        #expect(moved.pairs.map(\.destination) == [1])
        #expect(try await account.texts("Archive").isEmpty)
        #expect(try await account.texts("Trash") == ["one"])
        #expect(try await account.texts("Drafts") == ["one"])
        let within = try await account.copy([1], from: "Trash", to: "Trash")
        #expect(within.pairs.map(\.destination) == [2])
    }

    @Test("mailboxes are made with those above, renamed with those below, and deleted alone")
    func tree() async throws {
        let account = try await test.account()
        try await account.create("Films/2024/Überblick v1.2")
        #expect(test.files(".Films.2024.&ANw-berblick v1&AC4-2").contains("cur"))
        try await account.rename("Films", to: "Kino")
        let names = try await account.mailboxes().map(\.name)
        #expect(names.contains("Kino/2024/Überblick v1.2") && !names.contains { $0.hasPrefix("Films") })
        try await account.delete("Kino/2024")
        #expect(try await account.mailboxes().map(\.name).contains("Kino/2024/Überblick v1.2"))
        await #expect(throws: MailStoreError.self) { try await account.delete("Kino/2024") }
        await #expect(throws: MailStoreError.self) { try await account.delete("INBOX") }
        await #expect(throws: MailStoreError.self) { try await account.create("Kino") }
        try await account.delete("Kino")
        try await account.create("Kino")
        try await test.deliver("one")
        try await account.rename("INBOX", to: "Old")
        #expect(try await account.texts("Old") == ["one"])
        #expect(try await account.texts("INBOX").isEmpty)
    }

    @Test(
        "names that would lead elsewhere are refused",
        arguments: [
            "", "/", "a//b", "/a", "a/", "a\0b", "a*", "a%b", "inbox", String(repeating: "x", count: 300), "a\\b",
        ])
    func badNames(_ name: String) async throws {
        let account = try await test.account()
        await #expect(throws: MailStoreError.self) { try await account.create(name) }
        await #expect(throws: MailStoreError.self) { try await account.snapshot(of: name == "INBOX" ? "" : name) }
    }

    @Test(
        "names that only look dangerous are just names",
        arguments: [".", "..", "../x", ".Sent", "a.b", "~", "&", "INBOX/x"])
    func oddNames(_ name: String) async throws {
        let account = try await test.account()
        try await account.create(name)
        _ = try await account.append(try await test.message("x"), to: name)
        #expect(try await account.texts(name) == ["x"])
        #expect(try await test.another().account(TestStore.ann).mailboxes().map(\.name).contains(name))
        let folders = try FileManager.default.contentsOfDirectory(atPath: test.root)
        #expect(folders.sorted() == ["example.test", "tmp"])
    }

    @Test("an open message stays readable while it is expunged, and is read in parts")
    func reading() async throws {
        try await test.deliver("0123456789")
        let account = try await test.account()
        let file = try await account.open(1, in: "INBOX")
        _ = try await account.expunge("INBOX", uids: [1], force: true)
        #expect(file.size == 10)
        #expect(String(buffer: try await file.read(3..<5)) == "34")
        #expect(String(buffer: try await file.read(8..<100)) == "89")
        #expect(try await file.read(20..<30).readableBytes == 0)
        await #expect(throws: MailStoreError.self) { try await account.open(1, in: "INBOX") }
    }

    @Test("what killed processes have left half written is swept away when it is old")
    func sweep() async throws {
        try await test.deliver("one")
        let folders = ["\(test.root)/tmp", "\(test.folder())/tmp"]
        for folder in folders {
            for name in ["old", "young"] { try Data("x".utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -40 * 3600)], ofItemAtPath: folder + "/old")
        }
        let store = test.another()
        _ = try await store.account(TestStore.ann).snapshot(of: "INBOX")
        _ = try await store.spool()
        for folder in folders {
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.contains(".") } == ["young"])
        }
    }

    @Test("a maildrop has one session at a time")
    func lock() async throws {
        let account = try await test.account()
        var lock: MaildropLock? = try await account.lockMaildrop()
        let other = try await test.another().account(TestStore.ann)
        await #expect(throws: MailStoreError.self) { try await other.lockMaildrop() }
        _ = lock
        lock = nil
        _ = try await other.lockMaildrop()
    }
}

@Suite("The folder is the truth")
struct MailboxRepairTests {
    private let test = TestStore()

    @Test("what other programs do to a mailbox is found")
    func foreignPrograms() async throws {
        try await test.deliver("one", "two")
        let account = try await test.account()
        _ = try await account.snapshot(of: "INBOX", claimsRecent: true)
        let before = try await account.snapshot(of: "INBOX")
        let cur = test.folder() + "/cur/"
        func text(_ name: String) -> String { (try? String(contentsOfFile: cur + name, encoding: .utf8)) ?? "" }
        let names = test.files("cur").sorted { text($0) < text($1) }
        // One is read, one is removed, one arrives, another mailbox appears.
        try FileManager.default.moveItem(atPath: cur + names[0], toPath: cur + names[0] + "S")
        try FileManager.default.removeItem(atPath: cur + names[1])
        try "three".write(toFile: test.folder() + "/new/2000000000.foreign", atomically: false, encoding: .utf8)
        for folder in ["", "/cur", "/new", "/tmp"] { mkdir(test.folder() + "/.Lists" + folder, 0o700) }
        let after = try await account.snapshot(of: "INBOX")
        #expect(after.messages.map(\.uid) == [1, 3])
        #expect(after.messages.map(\.flags.names) == [["\\Seen"], []])
        #expect(try await account.changes(in: "INBOX", since: before.modification).expunged == [2])
        #expect(try await account.mailboxes().map(\.name).contains("Lists"))
        #expect(try await account.texts() == ["one", "three"])
    }

    @Test("a lost index is made anew, and UIDs are known to mean something else")
    func lostIndex() async throws {
        try await test.deliver("one", "two")
        let before: MailboxSnapshot
        do {
            let account = try await test.account()
            _ = try await account.setFlags(of: [2], in: "INBOX", .add, MessageFlags([.flagged]))
            before = try await account.snapshot(of: "INBOX")
        }
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: test.folder() + "/index.sqlite" + suffix)
        }
        let account = try await test.another().account(TestStore.ann)
        let after = try await account.snapshot(of: "INBOX")
        #expect(try await account.texts() == ["one", "two"])
        #expect(after.messages.map(\.flags.names) == [[], ["\\Flagged"]])
        #expect(after.uidValidity >= before.uidValidity)
    }

    @Test("which messages went is known for some time; who asks after that is told which there are")
    func forgetting() async throws {
        let account = try await test.account()
        try await test.deliver("one", "two", "three")
        let before = try await account.snapshot(of: "INBOX")
        _ = try await account.expunge("INBOX", uids: [2], force: true)
        var change = FlagChange.add
        while true {
            let changes = try await account.changes(in: "INBOX", since: before.modification)
            guard changes.present == nil else {
                #expect(changes.present == [1, 3] && changes.expunged.isEmpty)
                break
            }
            #expect(changes.expunged == [2])
            try #require(changes.modification - before.modification < 1_000)
            _ = try await account.setFlags(of: [1], in: "INBOX", change, MessageFlags([.flagged]))
            change = change == .add ? .remove : .add
        }
        // What went lately is known all the same.
        let later = try await account.snapshot(of: "INBOX")
        _ = try await account.expunge("INBOX", uids: [3], force: true)
        #expect(try await account.changes(in: "INBOX", since: later.modification).expunged == [3])
    }

    @Test("sessions of this process are told, those of others see that the stamp changed")
    func notification() async throws {
        let account = try await test.account()
        var changes = account.changes().makeAsyncIterator()
        let stamp = await account.stamp(of: "INBOX")
        let other = test.another()
        try await test.deliver("one")
        #expect(await changes.next() != nil)
        #expect(await account.stamp(of: "INBOX") != stamp)
        let later = await account.stamp(of: "INBOX")
        _ = try await other.account(TestStore.ann).setFlags(of: [1], in: "INBOX", .add, MessageFlags(keywords: ["k"]))
        #expect(await account.stamp(of: "INBOX") != later)
        // Nobody has the index open any more: its log is gone, and the change is in the index itself.
        account.rest()
        let idle = await account.stamp(of: "INBOX")
        let brief = try await test.another().account(TestStore.ann)
        _ = try await brief.setFlags(of: [1], in: "INBOX", .remove, MessageFlags(keywords: ["k"]))
        brief.rest()
        #expect(await account.stamp(of: "INBOX") != idle)
        _ = try await brief.setFlags(of: [1], in: "INBOX", .add, MessageFlags(keywords: ["k"]))
        #expect(try await account.snapshot(of: "INBOX").messages.map(\.flags.names) == [["k"]])
    }
}
