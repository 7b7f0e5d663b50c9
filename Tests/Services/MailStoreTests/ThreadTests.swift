import Accounts
import Foundation
import MailStore
import TestSupport
import Testing

/// A message that names others.
struct ThreadedMessage: Sendable {
    var name: String?
    var references: [String] = []
    var answers: [String] = []

    var text: String {
        func list(_ names: [String]) -> String { names.map { "<\($0)>" }.joined(separator: "\r\n ") }
        var header = ""
        if let name { header += "Message-ID: <\(name)>\r\n" }
        if !references.isEmpty { header += "References: \(list(references))\r\n" }
        if !answers.isEmpty { header += "In-Reply-To: \(list(answers))\r\n" }
        return header + "\r\ntext\r\n"
    }
}

extension MailAccount {
    /// Which UIDs of a mailbox make a conversation: groups by ascending UID.
    func conversations(of mailbox: String = "INBOX") async throws -> [[UInt32]] {
        let page = try await summaries(of: mailbox, offset: 0, count: Int(Int32.max)).page
        return Dictionary(grouping: page, by: \.thread).values.map { $0.map(\.message.uid).sorted() }
            .sorted { $0[0] < $1[0] }
    }
}

@Suite("Conversations")
struct ThreadTests {
    private let test = TestStore()
    private typealias Message = ThreadedMessage

    private static let cases: [(messages: [ThreadedMessage], groups: [[UInt32]])] = [
        // A reply, the reply before what it answers, no relation, no name.
        ([Message(name: "a"), Message(name: "b", references: ["a"])], [[1, 2]]),
        ([Message(name: "b", answers: ["a"]), Message(name: "a")], [[1, 2]]),
        ([Message(name: "a"), Message(name: "b"), Message(), Message()], [[1], [2], [3], [4]]),
        // What is missing connects.
        ([Message(name: "b", references: ["a"]), Message(name: "c", references: ["a"])], [[1, 2]]),
        ([Message(name: "c", references: ["a", "b"]), Message(name: "d", answers: ["b"])], [[1, 2]]),
        // A message that joins two.
        ([Message(name: "a"), Message(name: "b"), Message(name: "c", references: ["a", "b"])], [[1, 2, 3]]),
        (
            [
                Message(name: "a"), Message(name: "b", answers: ["a"]), Message(name: "x"),
                Message(name: "y", answers: ["x"]), Message(name: "z", answers: ["y", "b"]),
            ], [[1, 2, 3, 4, 5]]
        ),
        // The same name twice: a copy that a list sent back.
        ([Message(name: "a"), Message(name: "a"), Message(name: "b", answers: ["a"])], [[1, 2, 3]]),
        // Loops.
        ([Message(name: "a", references: ["a"])], [[1]]),
        ([Message(name: "a", references: ["b"]), Message(name: "b", references: ["a"])], [[1, 2]]),
        (
            [
                Message(name: "a", references: ["c"]), Message(name: "b", references: ["a"]),
                Message(name: "c", references: ["b"]),
            ], [[1, 2, 3]]
        ),
    ]

    @Test("are found by what messages name", arguments: cases.indices)
    func groups(_ index: Int) async throws {
        let (messages, groups) = Self.cases[index]
        for message in messages { try await test.deliver(message.text) }
        #expect(try await test.account().conversations() == groups)
    }

    @Test(
        "headers that nobody should write begin conversations of their own",
        arguments: [
            "Message-ID: <>", "Message-ID: nonsense", "Message-ID:", "Message-ID: <\0@x>",
            "In-Reply-To: your mail of today",
            "References: <<<<", "References: > <", "Message-ID: <\(String(repeating: "x", count: 5000))@x>",
        ])
    func hostile(_ header: String) async throws {
        try await test.deliver("\(header)\r\n\r\n", "\(header)\r\n\r\n")
        #expect(try await test.account().conversations() == [[1], [2]])
    }

    @Test("of thousands of references the first and the last count, and the work is bounded")
    func manyReferences() async throws {
        let names = (0..<5000).map { "r\($0)@x" }
        try await test.deliver(ThreadedMessage(name: "long", references: names).text)
        for name in ["r0@x", "r999@x", "r500@x"] { try await test.deliver(ThreadedMessage(name: name).text) }
        // Of a field, a thousand are read; of these, the first ten and the last ninety.
        #expect(try await test.account().conversations() == [[1, 2, 3], [4]])
    }

    @Test("are whole over all mailboxes, but for what was thrown away")
    func mailboxes() async throws {
        let account = try await test.account()
        func append(_ message: ThreadedMessage, to mailbox: String, _ date: Int) async throws {
            _ = try await account.append(
                try await test.message(message.text), to: mailbox, internalDate: 1_000_000_000 + date)
        }
        try await append(ThreadedMessage(name: "a"), to: "INBOX", 1)
        try await append(ThreadedMessage(name: "c", answers: ["b"]), to: "INBOX", 3)
        try await append(ThreadedMessage(name: "b", answers: ["a"]), to: "Sent", 2)
        try await append(ThreadedMessage(name: "d", answers: ["b"]), to: "Trash", 4)
        try await append(ThreadedMessage(name: "e"), to: "Junk", 5)
        let thread = try await account.summary(of: 1, in: "INBOX").thread
        #expect(try await account.summary(of: 2, in: "INBOX").thread == thread, "only what was sent connects them")
        let messages = try await account.thread(thread)
        #expect(messages.map(\.mailbox) == ["INBOX", "Sent", "INBOX"])
        #expect(messages.map(\.messageID) == ["a", "b", "c"])
        let junk = try await account.summary(of: 1, in: "Junk").thread
        #expect(try await account.thread(junk).map(\.messageID) == ["e"])
        #expect(try await account.thread(12345).isEmpty)
        for mailbox in ["INBOX", "Sent"] { _ = try await account.expunge(mailbox, uids: [1, 2], force: true) }
        #expect(try await account.thread(thread).map(\.messageID) == ["d"], "all of it is in the trash")
        _ = try await account.expunge("Trash", uids: [1], force: true)
        #expect(try await account.thread(thread).isEmpty)
        // Nothing is left that could connect.
        try await test.deliver(ThreadedMessage(name: "a").text)
        #expect(try await account.summary(of: 3, in: "INBOX").thread != thread)
    }
}

@Suite("Randomised conversations")
struct RandomisedThreadTests {
    @Test("are the connected parts of what messages name, in whatever order they come", arguments: 0..<4)
    func groups(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let test = TestStore()
        let names = (0..<40).map { "m\($0)@x" }
        var delivered: [ThreadedMessage] = []
        for step in 0..<fuzzRounds(default: 60) where step < 2000 {
            var message = ThreadedMessage(name: names.randomElement(using: &generator))
            if Int.random(in: 0..<20, using: &generator) == 0 { message.name = nil }
            // Few, or all would soon be one.
            if Int.random(in: 0..<3, using: &generator) == 0 {
                message.references = [names.randomElement(using: &generator) ?? ""]
            }
            if Int.random(in: 0..<12, using: &generator) == 0 {
                message.answers = [names.randomElement(using: &generator) ?? ""]
            }
            delivered.append(message)
            try await test.deliver(message.text)
            let store = Bool.random(using: &generator) ? test.store : test.another()
            let account = try await store.account(TestStore.ann)
            // UIDs are in the order of arrival when each is looked at.
            _ = try await account.snapshot(of: "INBOX")
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<2:
                #expect(try await account.conversations() == Self.expected(delivered), "seed \(seed), step \(step)")
            case 2:
                account.rest()
                for suffix in ["", "-wal", "-shm"] {
                    try? FileManager.default.removeItem(atPath: test.folder() + "/index.sqlite" + suffix)
                }
                // Others have the lost one open.
                try await test.account().rest()
            default: break
            }
        }
        #expect(try await test.account().conversations() == Self.expected(delivered), "seed \(seed)")
    }

    /// The same by joining sets.
    private static func expected(_ messages: [ThreadedMessage]) -> [[UInt32]] {
        var groups: [(uids: [UInt32], names: Set<String>)] = []
        for (index, message) in messages.enumerated() {
            var group = (uids: [UInt32(index + 1)], names: Set(message.references + message.answers))
            if let name = message.name { group.names.insert(name) }
            for other in groups where !other.names.isDisjoint(with: group.names) {
                group.uids += other.uids
                group.names.formUnion(other.names)
            }
            groups.removeAll { Set($0.uids).isSubset(of: group.uids) }
            groups.append(group)
        }
        return groups.map { $0.uids.sorted() }.sorted { $0[0] < $1[0] }
    }
}
