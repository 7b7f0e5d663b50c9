import Foundation
import NIOCore
import Testing

@testable import MailStore

@Suite("Messages that other programs put into a mailbox")
struct ForeignMessageTests {
    private let test = TestStore()

    private func put(_ text: String, _ name: String, date: Int = 1_000_000_000) throws {
        let path = "\(test.folder())/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(date))], ofItemAtPath: path)
    }

    @Test("lines end as they do in mail, sizes are of what is read, and dates stay")
    func lineEnds() async throws {
        let account = try await test.account()
        let large = String(repeating: "line\n", count: 500_000)
        try put("Subject: 1\n\nx\n", "new/1.a")
        try put("Subject: 2\r\n\nx\r\n\n", "cur/2.b,S=15,W=18:2,S")
        try put(large, "new/3.c")
        try put("Subject: 4\r\n\r\nx", "new/4.d")
        try put("", "new/5.e")
        let messages = try await account.snapshot(of: "INBOX").messages
        #expect(messages.map(\.size) == [17, 19, 3_000_000, 15, 0])
        #expect(messages.map(\.flags.names) == [[], ["\\Seen"], [], [], []])
        #expect(messages.allSatisfy { $0.internalDate == 1_000_000_000 })
        #expect(
            try await account.texts() == [
                "Subject: 1\r\n\r\nx\r\n", "Subject: 2\r\n\r\nx\r\n\r\n", large.replacing("\n", with: "\r\n"),
                "Subject: 4\r\n\r\nx", "",
            ])
        #expect(test.files("tmp").isEmpty)
        #expect(test.files("new") == ["1.a", "3.c", "4.d", "5.e"] && test.files("cur") == ["2.b,S=15,W=18:2,S"])
    }

    @Test("what this store delivers is not looked into")
    func ours() async throws {
        try await test.deliver("a\nb")
        #expect(try await test.account().texts() == ["a\nb"])
        for name in test.files("new") + test.files("cur") { #expect(MessageNames.isOurs(name)) }
        for name in ["", "1", "1.M2P3.host,S=4", "1.M2P3R4.host", "1.M2P3RQ5.host", "x1.M2P3R4Q5.host"] {
            #expect(!MessageNames.isOurs(name))
        }
    }

    @Test("names of any kind are read, also when another program changes them")
    func names() async throws {
        let account = try await test.account()
        for name in ["cur/1.a", "cur/2.b:2,SF", "cur/3.c:2,PSab", "new/4.d:2,S", "cur/5.e:1,x", "cur/6.f:2,FS"] {
            try put(name + "\r\n", name)
        }
        let messages = try await account.snapshot(of: "INBOX").messages
        #expect(
            messages.map(\.flags.names)
                == [[], ["\\Flagged", "\\Seen"], ["\\Seen"], [], [], ["\\Flagged", "\\Seen"]])
        #expect(
            try await account.texts() == [
                "cur/1.a\r\n", "cur/2.b:2,SF\r\n", "cur/3.c:2,PSab\r\n", "new/4.d:2,S\r\n", "cur/5.e:1,x\r\n",
                "cur/6.f:2,FS\r\n",
            ])
        try FileManager.default.moveItem(
            atPath: test.folder() + "/cur/6.f:2,FS", toPath: test.folder() + "/cur/6.f:2,FPS")
        #expect(try await account.texts().last == "cur/6.f:2,FS\r\n")
        #expect(try await account.snapshot(of: "INBOX").messages.map(\.uid) == [1, 2, 3, 4, 5, 6])
    }

    @Test("of many that are to be written anew some come at each look")
    func many() async throws {
        let account = try await test.account()
        let most = Maildir.rewrittenAtOnce
        for number in 1...most + 3 { try put("\(number)\n", "new/\(number).a") }
        #expect(try await account.snapshot(of: "INBOX").messages.count == most)
        #expect(try await account.snapshot(of: "INBOX").messages.map(\.uid) == (1...UInt32(most + 3)).map { $0 })
        #expect(try await account.texts() == (1...most + 3).map { "\($0)\r\n" })
    }

    @Test("line ends are completed alike in whatever pieces the text comes")
    func pieces() {
        let text = "a\n\nb\r\n\rc\r\r\n\n\rd\n"
        for size in 1...text.utf8.count {
            var lines = LineEnds()
            var rest = ByteBuffer(string: text)
            var completed = ByteBuffer()
            while rest.readableBytes > 0 {
                guard let piece = rest.readSlice(length: min(size, rest.readableBytes)) else { break }
                completed.writeImmutableBuffer(lines.complete(piece))
            }
            #expect(String(buffer: completed) == "a\r\n\r\nb\r\n\rc\r\r\n\r\n\rd\r\n", "in pieces of \(size)")
        }
    }
}
