import Accounts
import Foundation
import MailStore
import Testing

@testable import Webmail

@Suite("Webmail: reading")
struct WebmailReadingTests {
    private static let pixel = Data(
        base64Encoded:
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")!

    private static let rich = """
        From: Theatre <theatre@example.net>
        To: ann@example.test
        Subject: Programme
        Message-ID: <1@example.net>
        Content-Type: multipart/mixed; boundary=m

        --m
        Content-Type: multipart/alternative; boundary=a

        --a
        Content-Type: text/plain

        plain words
        --a
        Content-Type: multipart/related; boundary=r

        --r
        Content-Type: text/html

        <p onclick=x>rich words</p><img src="cid:p@x"><img src="https://tracker.test/a.gif"><script>alert(1)</script>
        --r
        Content-Type: image/png
        Content-ID: <p@x>
        Content-Transfer-Encoding: base64

        \(pixel.base64EncodedString())
        --r--
        --a--
        --m
        Content-Type: text/html; name=page.html
        Content-Disposition: attachment; filename="päge.html"

        <script>alert(2)</script>
        --m
        Content-Type: image/svg+xml
        Content-Disposition: attachment; filename=x.svg

        <svg xmlns="http://www.w3.org/2000/svg"><script>alert(3)</script></svg>
        --m
        Content-Type: image/png
        Content-Disposition: attachment; filename=no.png

        <html><script>alert(4)</script>
        --m--

        """.replacing("\n", with: "\r\n")

    @Test("A message in HTML is shown in a sandbox, its pictures from the message, those of others when asked for")
    func html() async throws {
        try await withWebmail { server in
            try await server.deliver(Self.rich)
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/message?folder=INBOX&uid=1")
            #expect(page.text.contains("1 picture on another host is not shown"))
            #expect(!page.text.contains("rich words"))
            let frame = page.match("<iframe class=\"body\" src=\"([^\"]*)\" sandbox=\"allow-popups ")
            let body = try await browser.get(frame)
            #expect(body.status == 200)
            #expect(body.text.contains("<p>rich words</p>"))
            #expect(!body.text.contains("script") && !body.text.contains("tracker") && !body.text.contains("onclick"))
            #expect(
                body.header("Content-Security-Policy")
                    == "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
                    + "base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox")
            #expect(body.header("Referrer-Policy") == "no-referrer")
            // The frame has no cookies; its pictures have a key instead.
            let picture = body.match("<img src=\"(/picture[^\"]*)\">")
            let stranger = server.browser()
            let shown = try await stranger.get(picture)
            #expect(shown.octets == Array(Self.pixel))
            #expect(shown.header("Content-Type") == "image/png")
            #expect(try await stranger.get(frame).status == 303)
            #expect(try await stranger.get(picture.replacing("key=", with: "key=x")).status == 403)

            let asked = try await browser.get("/message?folder=INBOX&uid=1&images=1")
            #expect(!asked.text.contains("is not shown"))
            let with = try await browser.get(asked.match("<iframe class=\"body\" src=\"([^\"]*)\""))
            #expect(with.text.contains("<img src=\"https://tracker.test/a.gif\">"))
            #expect(
                with.header("Content-Security-Policy")?.contains("img-src 'self' data: https: http:;") == true)
            let plain = try await browser.get("/message?folder=INBOX&uid=1&view=text")
            #expect(plain.text.contains("rich words") && !plain.text.contains("<iframe"))
            try await browser.logOut()
            #expect(try await stranger.get(picture).status == 403)
        }
    }

    @Test("Attachments are saved, never shown; pictures only if they are some")
    func attachments() async throws {
        try await withWebmail { server in
            try await server.deliver(Self.rich)
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/message?uid=1")
            #expect(page.text.contains("3 attachments"))
            for (part, type, name) in [
                ("2", "application/octet-stream", "filename=\"p_ge.html\"; filename*=UTF-8''p%C3%A4ge.html"),
                ("3", "application/octet-stream", "filename=\"x.svg\"; filename*=UTF-8''x.svg"),
                ("4", "image/png", "filename=\"no.png\"; filename*=UTF-8''no.png"),
            ] {
                let file = try await browser.get("/part?folder=INBOX&uid=1&part=\(part)")
                #expect(file.status == 200)
                #expect(file.header("Content-Type") == type)
                #expect(file.header("Content-Disposition") == "attachment; " + name)
                #expect(file.header("X-Content-Type-Options") == "nosniff")
                #expect(file.header("Content-Security-Policy")?.contains("sandbox") == true)
                #expect(file.text.contains("script"))
                // What says that it is a picture and is none is not shown as one.
                #expect(try await browser.get("/part?folder=INBOX&uid=1&part=\(part)&show=1").status == 415)
            }
            let raw = try await browser.get("/raw?uid=1&save=1")
            #expect(raw.text == Self.rich)
            #expect(raw.header("Content-Disposition")?.hasPrefix("attachment; ") == true)
            let source = try await browser.get("/raw?uid=1")
            #expect(source.header("Content-Type") == "text/plain; charset=utf-8")
        }
    }

    @Test("Nobody reads another's mail")
    func others() async throws {
        try await withWebmail { server in
            try await server.deliver(Self.rich)
            let browser = try await server.browser(of: WebmailHarness.bob)
            for path in [
                "/message?uid=1", "/body?uid=1&text=0", "/part?uid=1&part=2", "/raw?uid=1", "/compose?do=forward&uid=1",
            ] {
                #expect(try await browser.get(path).status == 404, "\(path)")
            }
            let own = try await server.browser(of: WebmailHarness.ann).get("/message?uid=1")
            let key = try await browser.get("/mail").status
            #expect(key == 200 && own.status == 200)
        }
    }

    @Test("Messages are listed by pages, found by words, and counted as unread until they are read")
    func lists() async throws {
        try await withWebmail { server in
            for number in 1...120 {
                try await server.deliver(
                    "Subject: number \(number)\r\nFrom: a@b.test\r\n\r\n\(number == 77 ? "needle" : "hay") in text\r\n")
            }
            let browser = try await server.browser(of: WebmailHarness.ann)
            let first = try await browser.get("/mail")
            #expect(first.text.contains("120 messages, 120 unread") && first.text.contains("Page 1 of 3"))
            #expect(first.text.components(separatedBy: "type=\"checkbox\"").count == 51)
            #expect(first.text.contains(">number 120</bdi>") && !first.text.contains(">number 70</bdi>"))
            let last = try await browser.get("/mail?folder=INBOX&page=3")
            #expect(last.text.contains(">number 1</bdi>") && last.text.contains("Page 3 of 3"))
            #expect(try await browser.get("/mail?page=99").text.contains("Page 3 of 3"))
            #expect(try await browser.get("/mail?page=x").text.contains("Page 1 of 3"))
            #expect(
                try await browser.get("/mail?select=all").text.components(separatedBy: " checked>").count == 51)
            let found = try await browser.get("/mail?folder=INBOX&q=needle+text")
            #expect(found.text.contains("1 found") && found.text.contains(">number 77</bdi>"))
            #expect(try await browser.get("/mail?q=nowhere").text.contains("Nothing found in this folder."))
            // A message leads back to where it was found, and on to those beside it.
            let message = try await browser.get(found.match("href=\"(/message[^\"]*)\""))
            #expect(message.match("href=\"([^\"]*)\">Back<") == "/mail?folder=INBOX&q=needle%20text")
            // It is the only one that was found.
            #expect(message.match("href=\"([^\"]*)\" rel=\"prev\"").isEmpty)
            #expect(message.match("href=\"([^\"]*)\" rel=\"next\"").isEmpty)
            let second = try await browser.get("/mail?folder=INBOX&q=hay&page=2")
            let edge = try await browser.get(second.match("href=\"(/message[^\"]*)\""))
            #expect(edge.match("href=\"([^\"]*)\" rel=\"prev\"") == "/message?folder=INBOX&uid=70&q=hay")
            #expect(edge.match("href=\"([^\"]*)\" rel=\"next\"") == "/message?folder=INBOX&uid=68&page=2&q=hay")
            let beside = try await browser.get("/message?folder=INBOX&uid=78&q=hay")
            #expect(beside.match("href=\"([^\"]*)\" rel=\"next\"") == "/message?folder=INBOX&uid=76&q=hay")
            let oldest = try await browser.get(last.match("href=\"(/message[^\"]*uid=1&amp;[^\"]*)\""))
            #expect(oldest.match("href=\"([^\"]*)\">Back<") == "/mail?folder=INBOX&page=3")
            #expect(oldest.match("href=\"([^\"]*)\" rel=\"next\"").isEmpty)
            _ = try await browser.get("/message?uid=5")
            #expect(try await browser.get("/mail").text.contains("120 messages, 115 unread"))
            #expect(try await browser.get("/mail?folder=Trash").text.contains("The trash is empty."))
        }
    }

    @Test("Messages are marked, moved, thrown away, and from the trash removed for good")
    func actions() async throws {
        try await withWebmail { server in
            for number in 1...6 { try await server.deliver("Subject: \(number)\r\n\r\n") }
            let browser = try await server.browser(of: WebmailHarness.ann)
            let mail = try await server.mail()
            let token = try await browser.token()
            func act(_ fields: [(String, String)]) async throws -> Page {
                try await browser.post("/mail", [("csrf", token), ("folder", "INBOX")] + fields)
            }
            func flags(_ uid: UInt32) async throws -> MessageFlags.System? {
                try await mail.snapshot(of: "INBOX").messages.first { $0.uid == uid }?.flags.system
            }
            let back = "/mail?folder=INBOX&page=2"
            #expect(try await act([("uid", "1"), ("uid", "2"), ("action", "read"), ("back", back)]).location == back)
            #expect(try await flags(1) == .seen)
            #expect(try await flags(2) == .seen)
            _ = try await act([("uid", "2"), ("action", "unread")])
            #expect(try await flags(2) == [])
            _ = try await act([("uid", "3"), ("action", "flag")])
            #expect(try await flags(3) == .flagged)
            _ = try await act([("star", "3"), ("uid", "1")])
            #expect(try await flags(3) == [])
            #expect(try await flags(1) == .seen)
            // Nobody is led elsewhere.
            for evil in ["https://evil.test/", "//evil.test", "/\\evil.test", "/mail\r\nX: y"] {
                #expect(
                    try await act([("uid", "1"), ("action", "read"), ("back", evil)]).location == "/mail?folder=INBOX")
            }
            #expect(try await act([("action", "delete")]).status == 303)
            #expect(try await browser.get("/mail").text.contains("check the boxes"))
            try await mail.create("Work/Älteres")
            _ = try await act([("uid", "4"), ("action", "move"), ("target", "Work/Älteres")])
            #expect(try await mail.status(of: "Work/Älteres").messages == 1)
            #expect(try await act([("uid", "5"), ("action", "move"), ("target", "nowhere")]).status == 404)
            _ = try await act([("uid", "5"), ("action", "junk")])
            _ = try await act([("uid", "6"), ("action", "archive")])
            _ = try await act([("uid", "1"), ("uid", "2"), ("action", "delete")])
            #expect(try await browser.get("/mail").text.contains("Moved to Trash: 2 messages."))
            #expect(try await mail.status(of: "INBOX").messages == 1)
            #expect(try await mail.status(of: "Junk").messages == 1)
            #expect(try await mail.status(of: "Archive").messages == 1)
            let trash = try await mail.snapshot(of: "Trash").messages.map(\.uid)
            #expect(trash.count == 2)
            _ = try await browser.post(
                "/mail", [("csrf", token), ("folder", "Trash"), ("uid", "\(trash[0])"), ("action", "delete")])
            #expect(try await mail.status(of: "Trash").messages == 1)
            _ = try await browser.post("/folders", [("csrf", token), ("folder", "Trash"), ("action", "empty")])
            #expect(try await mail.status(of: "Trash").messages == 0)
        }
    }

    @Test("Folders are made, renamed and deleted, those with a purpose stay")
    func folders() async throws {
        try await withWebmail { server in
            try await server.deliver("Subject: 1\r\n\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            let mail = try await server.mail()
            let token = try await browser.token()
            func change(_ fields: [(String, String)]) async throws -> Page {
                #expect(try await browser.post("/folders", [("csrf", token)] + fields).status == 303)
                return try await browser.get("/folders")
            }
            #expect(
                try await change([("action", "create"), ("name", "Work/Projects")]).text.contains(
                    "Made: Work/Projects."))
            #expect(try await change([("action", "create"), ("name", "Work")]).text.contains("cannot be done"))
            #expect(try await change([("action", "create"), ("name", "../x%")]).text.contains("cannot be done"))
            _ = try await change([("action", "rename"), ("folder", "Work"), ("name", "Play")])
            var names = try await mail.mailboxes().map(\.name)
            #expect(names.contains("Play/Projects") && !names.contains("Work"))
            #expect(try await change([("action", "delete"), ("folder", "Play")]).text.contains("check the box"))
            _ = try await change([("action", "delete"), ("folder", "Play"), ("sure", "yes")])
            names = try await mail.mailboxes().map(\.name)
            #expect(!names.contains("Play"))
            for folder in ["INBOX", "Sent", "Trash"] {
                for action in ["rename", "delete"] {
                    let page = try await change([
                        ("action", action), ("folder", folder), ("name", "x"), ("sure", "yes"),
                    ])
                    #expect(page.text.contains("cannot be done"))
                }
            }
            _ = try await change([("action", "empty"), ("folder", "INBOX")])
            #expect(try await mail.status(of: "INBOX").messages == 1)
        }
    }

    @Test("A conversation is shown as a whole")
    func thread() async throws {
        try await withWebmail { server in
            for (id, parent, text) in [
                ("1", nil, "first words"), ("2", "1", "second words"), ("3", "2", "third words"),
            ] {
                let reference = parent.map { "In-Reply-To: <\($0)@x.test>\r\nReferences: <\($0)@x.test>\r\n" } ?? ""
                try await server.deliver(
                    "Message-ID: <\(id)@x.test>\r\n\(reference)From: A\(id) <a@x.test>\r\nSubject: Talk\r\n\r\n\(text)\r\n"
                )
            }
            try await server.deliver("Message-ID: <9@x.test>\r\nSubject: Talk\r\n\r\nelsewhere\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/message?uid=2")
            #expect(page.text.contains("conversation of 3 messages"))
            let thread = try await browser.get(page.match("href=\"(/thread[^\"]*)\""))
            for text in ["first words", "second words", "third words", "3 messages"] {
                #expect(thread.text.contains(text))
            }
            #expect(!thread.text.contains("elsewhere"))
        }
    }
}

extension Browser {
    func logOut() async throws { _ = try await post("/logout", [("csrf", token())]) }
}
