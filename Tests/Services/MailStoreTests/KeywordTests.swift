import MailStore
import Testing

@Suite("Keywords")
struct KeywordTests {
    private let test = TestStore()

    private func flags(_ range: Range<Int>) -> MessageFlags { MessageFlags(keywords: range.map { "k\($0)" }) }

    private func expectLimit(_ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("there was no limit")
        } catch {
            #expect((error as? MailStoreError)?.code == .limit, "\(error)")
        }
    }

    @Test("are the same whatever their case, and stay in the order in which they came")
    func sets() {
        var flags = MessageFlags(names: ["\\SEEN", "a", "\\Other", "B", "A", "b", "\\Recent", "c"])
        #expect(flags.names == ["\\Seen", "a", "B", "c"])
        flags.formUnion(MessageFlags(keywords: ["C", "d"]))
        #expect(flags.keywords == ["a", "B", "c", "d"])
        flags.subtract(MessageFlags(keywords: ["A", "D", "e"]))
        #expect(flags.keywords == ["B", "c"])
        #expect(MessageFlags(names: (0..<20_000).map { "k\($0)" }).keywords.count == 20_000)
    }

    @Test("a change that would lead to too many changes nothing")
    func limits() async throws {
        let account = try await test.account()
        try await test.deliver("one", "two", "three", "four", "five")
        _ = try await account.setFlags(of: [1], in: "INBOX", .add, flags(0..<60))
        await expectLimit { _ = try await account.setFlags(of: [2, 1], in: "INBOX", .add, flags(60..<65)) }
        await expectLimit { _ = try await account.setFlags(of: [2], in: "INBOX", .replace, flags(0..<65)) }
        #expect(try await account.snapshot(of: "INBOX").messages.map(\.flags.keywords.count) == [60, 0, 0, 0, 0])
        for (uid, start) in [(2, 60), (3, 120), (4, 180)] {
            _ = try await account.setFlags(of: [UInt32(uid)], in: "INBOX", .replace, flags(start..<start + 60))
        }
        _ = try await account.setFlags(of: [5], in: "INBOX", .add, flags(235..<250))
        await expectLimit { _ = try await account.setFlags(of: [5], in: "INBOX", .add, flags(250..<251)) }
        await expectLimit {
            _ = try await account.append(try await test.message("six"), to: "INBOX", flags: flags(249..<251))
        }
        #expect(try await account.snapshot(of: "INBOX").messages.count == 5)
        // What is there already may be set elsewhere, and what is given up makes room.
        _ = try await account.setFlags(of: [5], in: "INBOX", .add, MessageFlags(keywords: ["K0", "k100"]))
        _ = try await account.setFlags(of: [5], in: "INBOX", .remove, flags(240..<250))
        _ = try await account.setFlags(of: [5], in: "INBOX", .add, flags(250..<260))
    }

    @Test("a copy leaves out those that its mailbox has no room for")
    func copies() async throws {
        let account = try await test.account()
        for start in stride(from: 0, to: 250, by: 50) {
            let upTo = min(start + 50, 249)
            _ = try await account.append(try await test.message("x"), to: "Archive", flags: flags(start..<upTo))
        }
        _ = try await account.append(
            try await test.message("x"), to: "INBOX", flags: MessageFlags(keywords: ["K7", "y", "z"]))
        let copied = try await account.copy([1], from: "INBOX", to: "Archive")
        #expect(copied.pairs.map(\.destination) == [6])
        #expect(try await account.snapshot(of: "Archive").messages.last?.flags.keywords == ["K7", "y"])
    }
}
