import Foundation
import MailStore
import NIOCore
import Testing

@Suite("Reading many messages, and whether anything has happened")
struct ReadingTests {
    private let test = TestStore()

    /// Makes all that tells of changes look old, so that what comes next looks new.
    private func settle(_ step: Int) throws {
        let folder = test.folder()
        for name in ["new", "cur", "index.sqlite", "index.sqlite-wal"] {
            let path = "\(folder)/\(name)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000 + Double(step))], ofItemAtPath: path)
        }
    }

    private func texts(_ account: MailAccount, _ uids: [UInt32]) async throws -> [UInt32: String] {
        try await account.map(uids, in: "INBOX") { String(decoding: $0, as: UTF8.self) }.mapValues(\.value)
    }

    @Test("Many are read in one go; what is gone is passed over, what was renamed is found")
    func many() async throws {
        let numbers = UInt32(1)...100
        for number in numbers { try await test.deliver("message \(number)") }
        let account = try await test.account()
        _ = try await account.snapshot(of: "INBOX", claimsRecent: true)
        let all = Dictionary(uniqueKeysWithValues: numbers.map { ($0, "message \($0)") })
        #expect(try await texts(account, Array(numbers)) == all)
        #expect(try await texts(account, Array(numbers)) == all, "and again, now that it is known where they are")
        // Another process changes the flags of one, another program those of a second, and one goes.
        let other = try await test.another().account(TestStore.ann)
        _ = try await other.setFlags(of: [3], in: "INBOX", .add, MessageFlags([.seen]))
        _ = try await other.expunge("INBOX", uids: [5], force: true)
        let cur = test.folder() + "/cur/"
        let second = try #require(
            test.files("cur").first { (try? String(contentsOfFile: cur + $0, encoding: .utf8)) == "message 2" })
        try FileManager.default.moveItem(atPath: cur + second, toPath: cur + second + "F")
        #expect(try await texts(account, [1, 2, 3, 4, 5, 6, 200]) == all.filter { [1, 2, 3, 4, 6].contains($0.key) })
        #expect(try await texts(account, []).isEmpty)
    }

    @Test("A large message is read like a small one")
    func large() async throws {
        let text = String(repeating: "0123456789", count: 50_000)
        try await test.deliver(text, "small")
        let account = try await test.account()
        #expect(try await texts(account, [1, 2]) == [1: text, 2: "small"])
        let file = try await account.open(1, in: "INBOX", reading: 100)
        #expect(file.size == text.utf8.count)
        #expect(String(buffer: try await file.read(5..<15)) == "5678901234")
        #expect(String(buffer: try await file.read(95..<105)) == "5678901234")
        #expect(String(buffer: try await file.read(499_995..<600_000)) == "56789")
    }

    @Test("Where nothing has happened nothing is found, and what another process does is found at once")
    func changes() async throws {
        try await test.deliver("one", "two")
        let account = try await test.account()
        var modification = try await account.snapshot(of: "INBOX", claimsRecent: true).modification
        let other = try await test.another().account(TestStore.ann)
        for step in 0..<4 {
            // The first look notes the folder's times, the second remembers all, the third compares.
            for _ in 0..<3 {
                try settle(step)
                let none = try await account.changes(in: "INBOX", since: modification, claimsRecent: true)
                #expect(none.modification == modification && none.messages.isEmpty && none.expunged.isEmpty)
            }
            _ = try await texts(account, [1, 2])
            let known = try await account.mapUnchanged([1], in: "INBOX", since: modification) { $0.count }
            #expect(known?[1]?.value == 3, "step \(step)")
            switch step {
            case 0: _ = try await other.setFlags(of: [1], in: "INBOX", .add, MessageFlags(keywords: ["k"]))
            case 1: _ = try await other.setFlags(of: [2], in: "INBOX", .add, MessageFlags([.seen]))
            case 2: try await test.another().deliver([.init(string: "three")], to: TestStore.ann)
            default: _ = try await other.expunge("INBOX", uids: [2], force: true)
            }
            let late = try await account.mapUnchanged([1], in: "INBOX", since: modification) { $0.count }
            #expect(late == nil, "step \(step)")
            let found = try await account.changes(in: "INBOX", since: modification, claimsRecent: true)
            #expect(found.modification > modification)
            #expect(found.messages.map(\.uid) == [[1], [2], [3], []][step])
            #expect(found.expunged == [[], [], [], [2]][step])
            modification = found.modification
        }
    }
}
