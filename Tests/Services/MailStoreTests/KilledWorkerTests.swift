import Accounts
import Foundation
import MailStore
import Subprocess
import SystemPackage
import Testing

@Suite("A process that is killed")
struct KilledWorkerTests {
    @Test("leaves lists, conversations and searches that others make whole")
    func kill() async throws {
        let test = TestStore()
        try await test.deliver("Message-ID: <root@x>\r\nSubject: root\r\n\r\nsearchable\r\n")
        let account = try await test.account()
        for rounds in [1, 2, 3, 5, 8] {
            try await Self.work(in: test.root, killedAfter: rounds)
            // Two at once, one of which is killed.
            async let killed: Void = Self.work(in: test.root, killedAfter: rounds)
            for _ in 0..<rounds {
                _ = try await account.summaries(of: "INBOX", matching: "searchable", offset: 0, count: 5)
            }
            try await killed
            var threads: Set<Int> = []
            for mailbox in ["INBOX", "Archive"] {
                let messages = try await account.snapshot(of: mailbox).messages
                let all = try await account.summaries(of: mailbox, offset: 0, count: 1000)
                #expect(all.page.map(\.message.uid).sorted() == messages.map(\.uid))
                #expect(all.page.allSatisfy { $0.subject.hasPrefix("ro") })
                let found = try await account.summaries(of: mailbox, matching: "searchable", offset: 0, count: 1000)
                #expect(found.page == all.page)
                threads.formUnion(all.page.map(\.thread))
            }
            #expect(threads.count == 1)
        }
    }

    /// Lets another process work in the same folders, and kills it in the midst of its next round.
    private static func work(in root: String, killedAfter rounds: Int) async throws {
        let child = try #require(TestStore.child)
        let outcome = try await run(
            .path(FilePath(child)), arguments: [root, "list"], input: .none, output: .sequence,
            error: .currentStandardError
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            for _ in 0..<rounds { _ = try await lines.next() }
            try execution.send(signal: .kill)
            while try await lines.next() != nil {}
        }
        guard case .signaled = outcome.terminationStatus else {
            Issue.record("the worker ended by itself: \(outcome.terminationStatus)")
            return
        }
    }
}
