import Foundation
import Mail
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import SMTP

@Suite("Queue folder")
struct QueueFolderTests {
    private static let envelope = Envelope(
        sender: MailAddress("a@example.org"),
        recipients: ["b@example.com", "c@example.com"].compactMap { MailAddress($0) }.map { EnvelopeRecipient($0) })

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func add(_ text: String, _ id: String, to folder: QueueFolder) throws -> QueuedMessage {
        let file = try folder.create(id)
        try file.write(contentsOf: Data(text.utf8))
        return try folder.commit(file, id: id, envelope: Self.envelope, received: Date(timeIntervalSince1970: 1000))
    }

    @Test("What was committed is there for the next process, and what was not is gone")
    func restart() throws {
        try withFolder { path in
            let folder = try QueueFolder(path: path)
            let message = try add("text\r\n", "a", to: folder)
            #expect(message.size == 6)
            _ = try folder.create("b")
            var tried = try add("other\r\n", "c", to: folder)
            tried.recipients[0].status = .delivered
            tried.recipients[1].attempts = 3
            try folder.save("c") { tried }
            let next = try QueueFolder(path: path)
            try next.tidy()
            #expect(try next.messages().messages == [message, tried])
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/incoming").isEmpty)
            try next.save("a") { nil }
            #expect(try next.messages().messages == [tried])
        }
    }

    @Test("Only one process delivers")
    func lock() throws {
        try withFolder { path in
            let folder = try QueueFolder(path: path)
            let lock = try #require(try folder.lock())
            #expect(try QueueFolder(path: path).lock() == nil)
            try lock.close()
            #expect(try folder.lock() != nil)
        }
    }

    @Test("Files that are no messages are left alone and named")
    func garbage() throws {
        try withFolder { path in
            let folder = try QueueFolder(path: path)
            for (index, text) in ["", "x", "ffffffff\n", "{}00000002\n", "00000000\n", "zzzzzzzz\n"].enumerated() {
                try Data(text.utf8).write(to: URL(filePath: "\(path)/messages/\(index)"))
            }
            let result = try folder.messages()
            #expect(result.messages.isEmpty && result.problems.count == 6)
        }
    }

    @Test("Requests of other processes stay until they are answered")
    func requests() throws {
        try withFolder { path in
            let folder = try QueueFolder(path: path)
            try folder.request(.drop, "x")
            try folder.request(.retry, "y")
            try Data().write(to: URL(filePath: "\(path)/requests/nonsense"))
            #expect(folder.requests().map { "\($0.0) \($0.id)" } == ["drop x", "retry y"])
            folder.settle(.drop, "x")
            #expect(try QueueFolder(path: path).requests().map { "\($0.0) \($0.id)" } == ["retry y"])
            folder.settle(.retry, "y")
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/requests").isEmpty)
        }
    }
}

@Suite("Delivery reports")
struct DeliveryReportTests {
    @Test("A report names each recipient, what became of it and why, in ASCII")
    func failed() throws {
        var envelope = Envelope(sender: MailAddress("a@example.org"))
        envelope.identifier = "QQ+2B1"
        envelope.recipients = ["b@example.com", "c@example.com"].compactMap { MailAddress($0) }.map {
            EnvelopeRecipient($0, originalRecipient: "rfc822;x+40y")
        }
        var message = QueuedMessage(id: "a", received: Date(timeIntervalSince1970: 0), size: 1, envelope: envelope)
        message.recipients[0].reply = "550 5.1.1 no such \u{e4}\r\nBcc: x"
        message.recipients[1].reply = "554 no"
        let report = DeliveryReport(
            hostname: "mx.example.org", report: .init(kind: .failed, message: message, recipients: [0, 1]),
            now: Date(timeIntervalSince1970: 3600), lifetime: 1)
        let text = String(
            decoding: report.message(original: Array("Subject: x\r\n".utf8), isWhole: false), as: UTF8.self)
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        for part in [
            "To: a@example.org\r\n", "Auto-Submitted: auto-replied\r\n", "Reporting-MTA: dns; mx.example.org\r\n",
            "Original-Envelope-Id: QQ+1\r\n", "Arrival-Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n",
            "Original-Recipient: rfc822; x@y\r\nFinal-Recipient: rfc822; b@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n",
            "Diagnostic-Code: smtp; 550 5.1.1 no such ????Bcc: x\r\n",
            "Final-Recipient: rfc822; c@example.com\r\nAction: failed\r\nStatus: 5.0.0\r\n",
            "Content-Type: text/rfc822-headers",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
    }

    @Test("A report names addresses beyond ASCII in ASCII, so that they can be read again (RFC 6533)")
    func international() throws {
        var envelope = Envelope(sender: MailAddress("a@example.org"))
        envelope.recipients = [
            EnvelopeRecipient(
                try #require(MailAddress("ä+b@bücher.test")), originalRecipient: #"utf-8;\x{E4}\x{2B}b@example.org"#)
        ]
        let message = QueuedMessage(id: "a", received: Date(timeIntervalSince1970: 0), size: 1, envelope: envelope)
        let report = DeliveryReport(
            hostname: "mx.example.org", report: .init(kind: .failed, message: message, recipients: [0]),
            now: Date(timeIntervalSince1970: 3600), lifetime: 1)
        let text = String(
            decoding: report.message(original: Array("Subject: x\r\n".utf8), isWhole: false), as: UTF8.self)
        let expected =
            #"Original-Recipient: utf-8; \x{E4}\x{2B}b@example.org"# + "\r\n"
            + #"Final-Recipient: utf-8; \x{E4}\x{2B}b@b\x{FC}cher.test"# + "\r\n"
        #expect(text.contains(expected), "\(text)")
    }
}
