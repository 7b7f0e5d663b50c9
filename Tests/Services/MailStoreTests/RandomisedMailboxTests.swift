import Accounts
import Foundation
import MailStore
import TestSupport
import Testing

/// A mailbox as a list, which is what the store must look like whatever happens to it.
private struct Model {
    struct Message: Equatable {
        var uid: UInt32
        var text: String
        var flags: Set<String>
    }

    var messages: [String: [Message]] = ["INBOX": [], "Archive": []]
    var next: [String: UInt32] = ["INBOX": 1, "Archive": 1]

    mutating func add(_ text: String, _ flags: Set<String>, to mailbox: String) {
        messages[mailbox]?.append(Message(uid: next[mailbox] ?? 0, text: text, flags: flags))
        next[mailbox]? += 1
    }
}

@Suite("Randomised mailboxes")
struct RandomisedMailboxTests {
    @Test("whatever is done to them, by whichever process, mailboxes are what a simple list would be", arguments: 0..<4)
    func operations(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let test = TestStore()
        // Two processes, as it were.
        let accounts = [try await test.account(), try await test.another().account(TestStore.ann)]
        var model = Model()
        let flags = ["\\Seen", "\\Flagged", "\\Deleted", "work"]
        for step in 0..<fuzzRounds(default: 60) {
            let account = accounts.randomElement(using: &generator) ?? accounts[0]
            let mailbox = Bool.random(using: &generator) ? "INBOX" : "Archive"
            let other = mailbox == "INBOX" ? "Archive" : "INBOX"
            let present = model.messages[mailbox] ?? []
            let chosen = present.filter { _ in Bool.random(using: &generator) }
            let uids = chosen.map(\.uid)
            switch Int.random(in: 0..<9, using: &generator) {
            case 0, 1, 2:
                try await test.deliver("message \(step)")
                model.add("message \(step)", [], to: "INBOX")
                // The order of two arrivals is that of their times: whoever looks in between settles it.
                _ = try await account.snapshot(of: "INBOX")
            case 3:
                let flag = flags.randomElement(using: &generator) ?? ""
                let added = try await account.append(
                    try await test.message("appended \(step)"), to: mailbox, flags: MessageFlags(names: [flag]))
                #expect(added.uid == model.next[mailbox])
                model.add("appended \(step)", [flag], to: mailbox)
            case 4, 5:
                let flag = flags.randomElement(using: &generator) ?? ""
                let change: FlagChange = [.add, .remove, .replace].randomElement(using: &generator) ?? .add
                _ = try await account.setFlags(of: uids, in: mailbox, change, MessageFlags(names: [flag]))
                for index in present.indices where uids.contains(present[index].uid) {
                    switch change {
                    case .add: model.messages[mailbox]?[index].flags.insert(flag)
                    case .remove: model.messages[mailbox]?[index].flags.remove(flag)
                    case .replace: model.messages[mailbox]?[index].flags = [flag]
                    }
                }
            case 6:
                let gone = try await account.expunge(mailbox)
                let expected = present.filter { $0.flags.contains("\\Deleted") }.map(\.uid)
                #expect(gone == expected)
                model.messages[mailbox]?.removeAll { expected.contains($0.uid) }
            case 7:
                _ = try await account.copy(uids, from: mailbox, to: other)
                for message in chosen { model.add(message.text, message.flags, to: other) }
            default:
                _ = try await account.move(uids, from: mailbox, to: other)
                for message in chosen { model.add(message.text, message.flags, to: other) }
                model.messages[mailbox]?.removeAll { uids.contains($0.uid) }
            }
            if Int.random(in: 0..<8, using: &generator) == 0 { account.rest() }
            for name in ["INBOX", "Archive"] {
                let reader = accounts.randomElement(using: &generator) ?? accounts[0]
                let snapshot = try await reader.snapshot(of: name)
                let expected = model.messages[name] ?? []
                #expect(snapshot.messages.map(\.uid) == expected.map(\.uid), "seed \(seed), step \(step), \(name)")
                #expect(
                    snapshot.messages.map { Set($0.flags.names) } == expected.map(\.flags), "seed \(seed), step \(step)"
                )
                #expect(snapshot.uidNext == model.next[name])
            }
        }
        for name in ["INBOX", "Archive"] {
            #expect(try await accounts[0].texts(name) == model.messages[name]?.map(\.text))
        }
    }

    @Test("many deliver at once, and nothing is lost or comes twice")
    func concurrentDelivery() async throws {
        let test = TestStore()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in 0..<20 {
                tasks.addTask {
                    let store = index.isMultiple(of: 2) ? test.store : test.another()
                    for part in 0..<5 {
                        try await store.deliver(try await test.message("\(index).\(part)"), to: [TestStore.ann])
                        _ = try await store.account(TestStore.ann).status(of: "INBOX")
                    }
                }
            }
            try await tasks.waitForAll()
        }
        let texts = try await test.account().texts()
        #expect(texts.count == 100)
        #expect(Set(texts).count == 100)
        for index in 0..<20 {
            let own = texts.filter { $0.hasPrefix("\(index).") }
            #expect(own == own.sorted(), "the messages of one sender keep their order")
        }
    }
}
