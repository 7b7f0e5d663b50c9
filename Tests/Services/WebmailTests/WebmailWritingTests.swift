import Accounts
import Foundation
import Mail
import MailStore
import NIOCore
import Synchronization
import Testing

@testable import Webmail

@Suite("Webmail: writing")
struct WebmailWritingTests {
    /// The only message of a mailbox.
    private func message(_ mail: MailAccount, _ mailbox: String) async throws -> (uid: UInt32, text: String) {
        let messages = try await mail.snapshot(of: mailbox).messages
        try #require(messages.count == 1, "\(mailbox) has \(messages.count) messages")
        let octets = try await mail.open(messages[0].uid, in: mailbox).read(0..<Int.max)
        return (messages[0].uid, String(buffer: octets))
    }

    @Test("A message with files goes to everybody, blind copies too, and a copy is kept")
    func send() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            let file = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let page = try await browser.get("/compose")
            let fields = browser.compose(
                page,
                [
                    "name": "Änn", "to": "\"Bob, B\" <bob@example.test>; Eve <eve@example.net>",
                    "bcc": "zoe@example.net",
                    "subject": "Grüße", "text": "one\r\n.\r\nFrom me\r\n",
                ], action: "send")
            let sent = try await browser.upload(
                "/compose", fields,
                files: [("päper \"1\".bin".replacing("\"", with: "%22"), "application/x-thing", file)])
            #expect(sent.status == 303 && sent.location == "/mail")
            #expect(try await browser.get("/mail").text.contains("Sent."))
            let outgoing = try #require(server.sent.messages.withLock { $0.first })
            #expect(outgoing.sender.description == "ann@example.test")
            #expect(
                outgoing.recipients.map(\.description) == ["bob@example.test", "eve@example.net", "zoe@example.net"])
            let text = String(decoding: outgoing.octets, as: UTF8.self)
            #expect(text.contains("\r\nTo: \"Bob, B\" <bob@example.test>, Eve <eve@example.net>\r\n"))
            #expect(!text.contains("zoe") && outgoing.octets.allSatisfy { $0 < 0x80 })
            #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
            let kept = try await message(server.mail(), "Sent")
            #expect(kept.text.contains("\r\nBcc: zoe@example.net\r\n"))
            let flags = try await server.mail().snapshot(of: "Sent").messages[0].flags.system
            #expect(flags == .seen)

            let reader = try await server.browser(of: WebmailHarness.bob)
            let received = try await reader.get("/message?uid=1")
            #expect(
                received.text.contains("<h1 dir=\"auto\">Grüße</h1>") && received.text.contains("one\n.\nFrom me\n"))
            #expect(received.text.contains("Änn"))
            let download = try await reader.get(received.match("<a href=\"(/part[^\"]*)\" download"))
            #expect(download.octets == file)
            #expect(
                download.header("Content-Disposition")
                    == "attachment; filename=\"p_per _1_.bin\"; filename*=UTF-8''p%C3%A4per%20%221%22.bin".replacing(
                        "\"1\"", with: "%221%22"))
            // The name is remembered.
            #expect(try await browser.get("/compose").text.contains("name=\"name\" value=\"Änn\""))
        }
    }

    @Test("What cannot be sent becomes a draft, which can be mended and sent")
    func draft() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            let mail = try await server.mail()
            var fields = browser.compose(
                try await browser.get("/compose"),
                ["to": "bob@example.test, nonsense", "bcc": "eve@example.net", "subject": "s", "text": "t <b>"],
                action: "send")
            let refused = try await browser.upload(
                "/compose", fields, files: [("a.txt", "text/plain", Array("file".utf8))])
            #expect(refused.status == 303 && refused.location.hasPrefix("/compose?draft="))
            var page = try await browser.get(refused.location)
            #expect(page.text.contains("This is no address: nonsense"))
            #expect(page.field("to") == "bob@example.test, nonsense" && page.field("bcc") == "eve@example.net")
            #expect(page.text.contains("a.txt") && page.text.contains("t &lt;b&gt;"))
            #expect(server.sent.messages.withLock { $0.isEmpty })
            let draft = try await message(mail, "Drafts")
            #expect(try await mail.snapshot(of: "Drafts").messages[0].flags.system == [.draft, .seen])

            // Another file joins the first one.
            fields = browser.compose(page, ["text": "t"], action: "attach") + [("keep", "2")]
            let attached = try await browser.upload(
                "/compose", fields, files: [("b.txt", "text/plain", Array("more".utf8))])
            page = try await browser.get(attached.location)
            #expect(page.text.contains("a.txt") && page.text.contains("b.txt"))
            #expect(try await message(mail, "Drafts").uid != draft.uid)

            // One of them goes again.
            fields = browser.compose(page, ["to": "bob@example.test"], action: "send") + [("keep", "3")]
            #expect(try await browser.upload("/compose", fields).location == "/mail")
            #expect(try await mail.status(of: "Drafts").messages == 0)
            let sent = try await message(server.mail(WebmailHarness.bob), "INBOX").text
            #expect(!sent.contains("a.txt") && sent.contains("b.txt") && !sent.contains("nonsense"))
            #expect(!sent.contains("X-Headwater"))
        }
    }

    @Test("When the server cannot take it, the message is kept and its writer told")
    func failure() async throws {
        try await withWebmail { server in
            server.sent.fails.withLock { $0 = true }
            let browser = try await server.browser(of: WebmailHarness.ann)
            let fields = browser.compose(
                try await browser.get("/compose"), ["to": "bob@example.test", "text": "words"], action: "send")
            let page = try await browser.get(try await browser.upload("/compose", fields).location)
            #expect(page.text.contains("Not sent.") && page.text.contains("words"))
            #expect(try await server.mail().status(of: "Sent").messages == 0)
            let nobody = browser.compose(try await browser.get("/compose"), ["text": "x"], action: "send")
            let told = try await browser.get(try await browser.upload("/compose", nobody).location)
            #expect(told.text.contains("Please say who shall get it."))
            let crowd = (0..<101).map { "u\($0)@example.net" }.joined(separator: "\r\n")
            let many = browser.compose(try await browser.get("/compose"), ["to": crowd], action: "send")
            let limit = try await browser.get(try await browser.upload("/compose", many).location)
            #expect(limit.text.contains("A message can have 100 recipients; this one has 101."))
        }
    }

    @Test("An answer quotes, names what it answers, and goes to whom it should")
    func reply() async throws {
        try await withWebmail { server in
            try await server.deliver(
                """
                From: Bob <bob@example.test>
                To: Ann <ann@example.test>, Eve <eve@example.net>
                Cc: Zoe <zoe@example.net>, bob@example.test
                Message-ID: <2@x.test>
                References: <1@x.test>
                Subject: Plan

                How about > this?

                > earlier
                -- 
                Bob

                """.replacing("\n", with: "\r\n"))
            let browser = try await server.browser(of: WebmailHarness.ann)
            let message = try await browser.get("/message?uid=1")
            let page = try await browser.get(message.match("href=\"([^\"]*do=reply-all)\""))
            #expect(page.field("to") == "Bob &lt;bob@example.test&gt;")
            #expect(page.field("cc") == "Eve &lt;eve@example.net&gt;, Zoe &lt;zoe@example.net&gt;")
            #expect(page.field("subject") == "Re: Plan")
            #expect(page.text.contains("Bob wrote:\n&gt; How about &gt; this?\n&gt;\n&gt;&gt; earlier\n</textarea>"))
            let fields = browser.compose(
                page, ["to": "bob@example.test", "cc": "", "text": "Fine."], action: "send")
            #expect(try await browser.upload("/compose", fields).location == "/message?folder=INBOX&uid=1")
            let sent = try await self.message(server.mail(WebmailHarness.bob), "INBOX").text
            #expect(sent.contains("\r\nIn-Reply-To: <2@x.test>\r\n"))
            #expect(sent.contains("\r\nReferences: <1@x.test> <2@x.test>\r\n"))
            #expect(try await server.mail().snapshot(of: "INBOX").messages[0].flags.system.contains(.answered))
            #expect(try await browser.get("/mail").text.contains("title=\"Answered\""))
            let single = try await browser.get("/compose?do=reply&folder=INBOX&uid=1")
            #expect(single.field("cc").isEmpty)
        }
    }

    @Test("A message is passed on with its files, or whole")
    func forward() async throws {
        try await withWebmail { server in
            let original = """
                From: Eve <eve@example.net>
                Subject: Papers
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: text/html; charset=utf-8

                <p>See <b>this</b> ü</p>
                --b
                Content-Type: application/pdf; name=a.pdf
                Content-Transfer-Encoding: base64

                SGVsbG8=
                --b--

                """.replacing("\n", with: "\r\n")
            try await server.deliver(original)
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/compose?do=forward&folder=INBOX&uid=1")
            #expect(page.field("subject") == "Fwd: Papers")
            #expect(page.text.contains("From: Eve &lt;eve@example.net&gt;") && page.text.contains("See this ü"))
            let fields =
                browser.compose(page, ["to": "bob@example.test"], action: "send") + [("keep", page.field("keep"))]
            #expect(page.field("keep") == "2")
            _ = try await browser.upload("/compose", fields)
            let reader = try await server.browser(of: WebmailHarness.bob)
            let inline = try await reader.get("/message?uid=1")
            #expect(try await reader.get(inline.match("<a href=\"(/part[^\"]*)\" download")).text == "Hello")
            #expect(
                try await server.mail().snapshot(of: "INBOX").messages[0].flags.keywords == ["$Forwarded"])

            let whole = try await browser.get("/compose?do=forward-file&folder=INBOX&uid=1")
            #expect(whole.text.contains("Papers.eml"))
            let form = browser.compose(whole, ["to": "bob@example.test", "text": "look"], action: "send")
            _ = try await browser.upload("/compose", form + [("keep", "message")])
            let file = try await reader.get("/message?uid=2")
            #expect(file.text.contains("Papers.eml"))
            let saved = try await reader.get(file.match("<a href=\"(/part[^\"]*)\" download"))
            #expect(saved.text == original)
            #expect(saved.header("Content-Type") == "message/rfc822")
        }
    }
}
