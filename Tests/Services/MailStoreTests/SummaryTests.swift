import Accounts
import Foundation
import Testing

@testable import MailStore

/// Lists of messages as people see them.
@Suite("Summaries")
struct SummaryTests {
    private let test = TestStore()

    /// Header fields by which a message is told, and what a list shows of it.
    struct Shown: Sendable {
        var message: String
        var from = "(no sender)"
        var address = ""
        var to = ""
        var subject = ""
        var date: Int?
        var messageID: String?
        var hasAttachments = false
    }

    @Test(
        "a list shows decoded fields",
        arguments: [
            Shown(
                message: """
                    From: "Ann, the first" <ann@example.test>, carol@example.test
                    To: Bob <bob@example.test>, dave@example.test
                    Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from
                     far
                    Date: Mon, 5 Feb 2024 12:00:00 +0100
                    Message-ID: <1@example.test>

                    Hello
                    """, from: "Ann, the first", address: "ann@example.test", to: "Bob, dave@example.test",
                subject: "Grüße from far", date: 1_707_130_800, messageID: "1@example.test"),
            Shown(message: "From: ann@example.test\n\n", from: "ann@example.test", address: "ann@example.test"),
            Shown(
                message: "From: =?utf-8?B?w4RubmU=?= <a@b.test>\nSender: other@b.test\n\n", from: "Änne",
                address: "a@b.test"),
            Shown(message: "Sender: Only Sent <s@b.test>\n\n", from: "Only Sent", address: "s@b.test"),
            Shown(
                message: "From: Friends: ann@example.test;\n\n", from: "ann@example.test", address: "ann@example.test"),
            Shown(message: "From: undisclosed:;\nTo: undisclosed:;\n\n"),
            Shown(message: ""),
            Shown(message: "no header at all"),
            Shown(message: "Date: 32 Feb 2024 12:00\nMessage-ID: <>\n\n"),
            Shown(message: "Subject: =?utf-8?q?a=0D=0Ab=00=1B[31m=E2=80=A8c?=\n\n", subject: "a  b  [31m c"),
            Shown(
                message: "From: \"\" <a@b.test>\nTo: \"  \" <c@d.test>\n\n", from: "a@b.test", address: "a@b.test",
                to: "c@d.test"),
            Shown(message: "Content-Type: application/pdf\n\nx", hasAttachments: true),
            Shown(
                message: """
                    Content-Type: multipart/mixed; boundary=b

                    --b

                    text
                    --b
                    Content-Type: text/plain
                    Content-Disposition: attachment; filename=notes.txt

                    x
                    --b--
                    """, hasAttachments: true),
            Shown(
                message: """
                    Content-Type: multipart/related; boundary=b

                    --b
                    Content-Type: text/html

                    <img src="cid:i@x">
                    --b
                    Content-Type: image/png; name=i.png
                    Content-ID: <i@x>

                    x
                    --b--
                    """),
        ])
    func fields(_ shown: Shown) async throws {
        try await test.deliver(shown.message.replacing("\n", with: "\r\n"))
        let (total, page) = try await test.account().summaries(of: "INBOX", offset: 0, count: 10)
        let summary = try #require(page.first)
        #expect(total == 1 && page.count == 1)
        #expect(summary.from == shown.from)
        #expect(summary.fromAddress == shown.address)
        #expect(summary.to == shown.to)
        #expect(summary.subject == shown.subject)
        #expect(summary.date == shown.date ?? summary.message.internalDate)
        #expect(summary.messageID == shown.messageID)
        #expect(summary.hasAttachments == shown.hasAttachments)
        #expect(summary.mailbox == "INBOX" && summary.message.uid == 1)
    }

    @Test("what a message says without end is shown in part")
    func endless() async throws {
        let people = (0..<5000).map { "Person Number \($0) <p\($0)@example.test>" }.joined(separator: ",\r\n ")
        let long = String(repeating: "long ", count: 100_000)
        try await test.deliver(
            "Subject: short\r\nTo: \(people)\r\n\r\n", "Subject: short\r\nFrom: \"\(long)\" <a@b.test>\r\n\r\n",
            "Subject: \(long)\r\n\r\n", "X-Long: \(long)\r\nSubject: not reached\r\n\r\n")
        let account = try await test.account()
        let all = try await account.summaries(of: "INBOX", offset: 0, count: 10).page.sorted {
            $0.message.uid < $1.message.uid
        }
        #expect(all[0].to.hasPrefix("Person Number 0, Person Number 1, ") && all[0].to.count <= 1000)
        #expect(all[0].subject == "short" && all[1].subject == "short")
        #expect(all[1].from.hasPrefix("long long") || all[1].from == "(no sender)")
        #expect(all[1].from.count <= 1000)
        #expect(all[2].subject.hasPrefix("long long") && all[2].subject.count <= 1000)
        #expect(all[3].subject == "", "of a header that does not end the beginning counts")
    }

    @Test("the newest come first, page by page")
    func pages() async throws {
        let account = try await test.account()
        for (index, date) in [300, 100, 200, 200, 400].enumerated() {
            _ = try await account.append(
                try await test.message("Subject: \(index)\r\n\r\n"), to: "Archive", internalDate: 1_000_000_000 + date)
        }
        func subjects(_ offset: Int, _ count: Int) async throws -> [String] {
            let (total, page) = try await account.summaries(of: "Archive", offset: offset, count: count)
            #expect(total == 5)
            return page.map(\.subject)
        }
        #expect(try await subjects(0, 10) == ["4", "0", "3", "2", "1"])
        #expect(try await subjects(1, 2) == ["0", "3"])
        #expect(try await subjects(4, 2) == ["1"])
        #expect(try await subjects(5, 2) == [])
        #expect(try await subjects(0, 0) == [])
        #expect(try await subjects(-3, -1) == [])
        #expect(try await subjects(Int.max, Int.max) == [])
    }

    @Test("an invitation is found by what it is about; pictures that the text shows are no files")
    func parts() async throws {
        let account = try await test.account()
        let calendar =
            "Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:Tempest\r\nLOCATION:Stalls\r\nEND:VEVENT\r\n"
        let picture = "Content-Type: image/png\r\nContent-ID: <p@x>\r\n\r\nPNG\r\n"
        func message(_ subject: String, _ kind: String, _ parts: String...) -> String {
            "Subject: \(subject)\r\nContent-Type: multipart/\(kind); boundary=b\r\n\r\n"
                + parts.map { "--b\r\n\($0)" }.joined() + "--b--\r\n"
        }
        func html(_ text: String) -> String { "Content-Type: text/html\r\n\r\n\(text)\r\n" }
        try await test.deliver(
            message("invitation", "alternative", html("words"), calendar),
            message("shown", "related", html("<img src='cid:p@x'>"), picture),
            message("unshown", "related", html("words"), picture))
        let page = try await account.summaries(of: "INBOX", offset: 0, count: 9).page
        #expect(Set(page.filter(\.hasAttachments).map(\.subject)) == ["invitation", "unshown"])
        for words in ["tempest", "stalls words"] {
            let found = try await account.summaries(of: "INBOX", matching: words, offset: 0, count: 9).page
            #expect(found.map(\.subject) == ["invitation"])
        }
    }

    @Test("a list follows what happens to messages")
    func changes() async throws {
        let account = try await test.account()
        try await test.deliver("Subject: one\r\n\r\n", "Subject: two\r\n\r\n", "Subject: three\r\n\r\n")
        func list(_ mailbox: String) async throws -> [String] {
            try await account.summaries(of: mailbox, offset: 0, count: 10).page.map { summary in
                ([summary.subject] + summary.message.flags.names).joined(separator: " ")
            }.sorted()
        }
        #expect(try await list("INBOX") == ["one", "three", "two"])
        let thread = try await account.summary(of: 2, in: "INBOX").thread
        _ = try await account.setFlags(of: [1], in: "INBOX", .add, MessageFlags([.seen], keywords: ["work"]))
        _ = try await account.move([2], from: "INBOX", to: "Archive")
        _ = try await account.expunge("INBOX", uids: [3], force: true)
        try await test.deliver("Subject: four\r\n\r\n")
        #expect(try await list("INBOX") == ["four", "one \\Seen work"])
        #expect(try await list("Archive") == ["two"])
        #expect(try await account.summary(of: 1, in: "Archive").thread == thread, "a move changes no conversation")
        _ = try await account.copy([1], from: "Archive", to: "INBOX")
        _ = try await account.move([1], from: "Archive", to: "Archive")
        #expect(try await list("Archive") == ["two"])
        #expect(try await list("INBOX") == ["four", "one \\Seen work", "two"])
        try await account.rename("Archive", to: "Old")
        #expect(try await list("Old") == ["two"])
        try await account.delete("Old")
        await #expect(throws: MailStoreError.self) { try await account.summaries(of: "Old", offset: 0, count: 1) }
        await #expect(throws: MailStoreError.self) { try await account.summary(of: 9, in: "INBOX") }
    }

    @Test("more messages than a batch has are all taken in, by several who ask at once")
    func batches() async throws {
        for index in 0..<450 { try await test.deliver("Subject: \(index)\r\n\r\nbody\(index)\r\n") }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in 0..<4 {
                let store = index.isMultiple(of: 2) ? test.store : test.another()
                tasks.addTask {
                    let account = try await store.account(TestStore.ann)
                    #expect(try await account.summaries(of: "INBOX", offset: 0, count: 1).total == 450)
                    let found = try await account.summaries(
                        of: "INBOX", matching: "body\(100 * index)", offset: 0, count: 9)
                    #expect(found.page.map(\.subject) == ["\(100 * index)"])
                }
            }
            try await tasks.waitForAll()
        }
    }

    @Test("what other programs do is found, also between two looks")
    func foreignPrograms() async throws {
        let account = try await test.account()
        try await test.deliver("Subject: one\r\n\r\n", "Subject: two\r\n\r\n")
        _ = try await account.snapshot(of: "INBOX", claimsRecent: true)
        // Behind the index's back, and in the same instant as far as folders tell.
        let cur = test.folder() + "/cur/"
        func name(_ subject: String) throws -> String {
            try #require(
                test.files("cur").first { name in
                    (try? String(contentsOfFile: cur + name, encoding: .utf8))?.contains("Subject: \(subject)") == true
                })
        }
        let one = try name("one")
        try FileManager.default.removeItem(atPath: cur + name("two"))
        try FileManager.default.moveItem(atPath: cur + one, toPath: cur + one + "S")
        let (total, page) = try await account.summaries(of: "INBOX", offset: 0, count: 10)
        #expect(total == 1 && page.map(\.subject) == ["one"])
        #expect(page.first?.message.flags.names == ["\\Seen"])
    }

    @Test("a lost index is made anew, and one of another version too")
    func lostIndex() async throws {
        try await test.deliver("Message-ID: <1@x>\r\nSubject: one\r\n\r\n", "References: <1@x>\r\nSubject: two\r\n\r\n")
        for suffix in ["", "-wal", "-shm"] {
            let account = try await test.another().account(TestStore.ann)
            let page = try await account.summaries(of: "INBOX", offset: 0, count: 10).page
            #expect(page.map(\.subject).sorted() == ["one", "two"])
            #expect(Set(page.map(\.thread)).count == 1)
            account.rest()
            try? FileManager.default.removeItem(atPath: test.folder() + "/index.sqlite" + suffix)
        }
    }
}

@Suite("Searching")
struct SummarySearchTests {
    private let test = TestStore()

    private static let messages = [
        "From: Ann <ann@example.test>\r\nTo: Bob <bob@there.test>\r\nSubject: Überraschung zum Fest\r\n\r\nCafé at nine.\r\n",
        "From: Carol <carol@example.test>\r\nCc: bob@there.test\r\nSubject: Report\r\nContent-Type: text/html; charset=utf-8\r\n"
            + "Content-Transfer-Encoding: base64\r\n\r\n"
            + Data("<style>.hidden{}</style><p>Figures of the <b>third</b> quarter".utf8).base64EncodedString()
            + "\r\n",
        "From: Dan <dan@example.test>\r\nSubject: =?utf-8?b?5p2x5Lqs44Gr6KGM44GP?=\r\n"
            + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee there\r\n--b\r\n"
            + "Content-Type: image/png\r\nContent-Disposition: attachment; filename=holiday.png\r\n\r\nPNGDATA\r\n--b--\r\n",
    ]

    @Test(
        "words that all must occur",
        arguments: [
            ("überraschung", [1]), ("UBERRASCHUNG", [1]), ("fest überraschung", [1]), ("cafe", [1]), ("ann", [1]),
            ("example.test", [1, 2, 3]), ("bob@there.test", [1, 2]), ("bob", [1, 2]), ("quarter", [2]), ("quar", [2]),
            ("hidden", []), ("style", []), ("ann quarter", []), ("report third", [2]), ("holiday", [3]),
            ("PNGDATA", []),
            ("東京", [3]), ("京に", [3]), ("行東", []), ("at", [1]), ("a", []), ("nine.", [1]), ("  ", [1, 2, 3]),
            // The query has no language.
            ("ann OR quarter", []), ("\"fest\"", [1]), ("subject:fest", []), ("fest*", [1]), ("NEAR(fest zum)", []),
            ("-", []),
            ("!!! ...", []), ("fest -", [1]), ("\"", []), ("fest\0", [1]), ("^fest", [1]), ("{fest}", [1]),
            ("(fest", [1]),
        ])
    func words(_ words: String, expected: [UInt32]) async throws {
        for message in Self.messages { try await test.deliver(message) }
        let (total, page) = try await test.account().summaries(of: "INBOX", matching: words, offset: 0, count: 10)
        #expect(page.map(\.message.uid).sorted() == expected)
        #expect(total == expected.count)
    }

    @Test("what is found follows messages to other mailboxes, and is gone when they are")
    func follow() async throws {
        let account = try await test.account()
        for message in Self.messages { try await test.deliver(message) }
        func found(_ mailbox: String) async throws -> Int {
            try await account.summaries(of: mailbox, matching: "example", offset: 0, count: 10).total
        }
        #expect(try await found("INBOX") == 3)
        _ = try await account.move([1, 2], from: "INBOX", to: "Archive")
        #expect(try await found("INBOX") == 1)
        #expect(try await found("Archive") == 2)
        _ = try await account.copy([1], from: "Archive", to: "Sent")
        _ = try await account.expunge("Archive", force: true)
        #expect(try await found("Archive") == 0)
        #expect(try await found("Sent") == 1)
        try await test.deliver(Self.messages[0])
        #expect(try await found("INBOX") == 2)
    }

    @Test("the words of a message that goes while it is read are not kept for the next one")
    func goneWhileRead() async throws {
        let account = try await test.account()
        try await test.deliver("Subject: one\n\nfirst\n")
        _ = try await account.summaries(of: "INBOX", offset: 0, count: 9)
        let name = try #require(test.files("new").first)
        try FileManager.default.removeItem(atPath: "\(test.folder())/new/\(name)")
        _ = try await account.write { [index = account.index] database in
            try SummaryIndex(index).makeSearchable("INBOX", database)
        }
        try await test.deliver("Subject: two\n\nsecond\n")
        #expect(try await account.summaries(of: "INBOX", matching: "second", offset: 0, count: 9).total == 1)
        #expect(try await account.summaries(of: "INBOX", matching: "first", offset: 0, count: 9).total == 0)
    }

    @Test("a long text is searched up to a bound, and words without end do no harm")
    func bounds() async throws {
        let filler = String(repeating: "filler words without meaning\r\n", count: 40_000)
        try await test.deliver("Subject: long\r\n\r\nearly\r\n\(filler)late\r\n")
        let account = try await test.account()
        #expect(try await account.summaries(of: "INBOX", matching: "early", offset: 0, count: 1).total == 1)
        #expect(try await account.summaries(of: "INBOX", matching: "late", offset: 0, count: 1).total == 0)
        let many = String(repeating: "filler ", count: 10_000)
        #expect(try await account.summaries(of: "INBOX", matching: many, offset: 0, count: 1).total == 1)
        let one = String(repeating: "x", count: 1_000_000)
        #expect(try await account.summaries(of: "INBOX", matching: one, offset: 0, count: 1).total == 0)
    }
}
