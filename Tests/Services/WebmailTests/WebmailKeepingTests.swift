import Accounts
import Foundation
import LineProtocol
import Mail
import MailStore
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Webmail

/// What is typed is never lost, and nothing is sent twice.
@Suite("Webmail: what was written is kept")
struct WebmailKeepingTests {
    private func sent(_ server: WebmailHarness) -> Int { server.sent.messages.withLock { $0.count } }

    private func octets(_ mail: MailAccount, _ mailbox: String) async throws -> [String] {
        var texts: [String] = []
        for message in try await mail.snapshot(of: mailbox).messages {
            texts.append(String(buffer: try await mail.open(message.uid, in: mailbox).read(0..<Int.max)))
        }
        return texts
    }

    /// The page's text, as it was typed; drafts end with a line's end.
    private func text(_ page: Page) -> String {
        Page.plain(page.match("<textarea[^>]*>\n(.*?)</textarea>")).trimmingCharacters(in: .newlines)
    }

    @Test(
        "When the session is over the page asks to log in, keeps what was typed, and nothing is sent before it is looked over"
    )
    func session() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            let fields = browser.compose(
                try await browser.get("/compose"),
                ["to": "bob@example.test", "subject": "\"><b>", "text": "long <words>\n & more"], action: "send")
            try await browser.logOut()
            let door = try await browser.upload("/compose", fields, files: [("a", "x/y", [1])])
            #expect(door.status == 403 && text(door) == "long <words>\n & more")
            #expect(door.field("to") == "bob@example.test" && door.field("subject") == "&quot;&gt;&lt;b&gt;")
            #expect(door.field("user") == "" && door.text.contains("value=\"ann@example.test\""))
            #expect(door.text.contains("Files have to be chosen again") && door.field("csrf").isEmpty)
            #expect(!door.text.contains("name=\"action\" value=\"send\""))

            // A wrong password, and a proof of another browser: the text stays, whoever it was does not get in.
            func logIn(_ changes: [String: String], from page: Page = door) -> [(String, String)] {
                let form = browser.compose(page, [:], action: "reopen")
                return form + ["user", "password", "proof"].map { ($0, changes[$0] ?? page.field($0)) }
            }
            let wrong = try await browser.upload(
                "/compose", logIn(["user": "ann@example.test", "password": "wrong"]))
            #expect(wrong.status == 401 && text(wrong) == "long <words>\n & more")
            let other = try await server.browser().get("/login").field("proof")
            let foreign = try await browser.upload(
                "/compose", logIn(["user": "ann@example.test", "password": "secret", "proof": other]))
            #expect(foreign.status == 403 && text(foreign) == "long <words>\n & more")
            #expect(browser.cookies.withLock { $0["headwater"] } == nil)

            let opened = try await browser.upload(
                "/compose", logIn(["user": "ann@example.test", "password": "secret"]))
            #expect(opened.status == 200 && text(opened) == "long <words>\n & more")
            #expect(opened.header("Set-Cookie")?.contains("SameSite=Strict") == true)
            #expect(opened.text.contains("Nothing was sent yet") && sent(server) == 0)
            #expect(try await browser.upload("/compose", browser.compose(opened, [:], action: "send")).status == 303)
            #expect(sent(server) == 1)
            let copy = try await octets(server.mail(WebmailHarness.bob), "INBOX")
            #expect(copy.first?.contains("long <words>") == true)
        }
    }

    @Test("Guessing passwords beside a text is stopped as at the door, and another site gets nothing in")
    func guessing() async throws {
        try await withWebmail { server in
            let browser = server.browser()
            let page = try await browser.upload("/compose", [("text", "words"), ("action", "send")])
            #expect(page.status == 403 && text(page) == "words")
            let form = [
                ("text", "words"), ("user", "ann@example.test"), ("password", "guess"), ("proof", page.field("proof")),
            ]
            for _ in 0..<LogInLimiter.perOrigin {
                #expect(try await browser.upload("/compose", form).status == 401)
            }
            let stopped = try await browser.upload("/compose", form)
            #expect(stopped.status == 429 && text(stopped) == "words" && stopped.header("Retry-After") != nil)
            #expect(try await browser.logIn("ann@example.test", "secret").status == 429)
            let site = try await browser.post("/compose", form, headers: [("Origin", "https://evil.test")])
            #expect(site.status == 403 && !site.text.contains("words"))
        }
    }

    @Test(
        "A page of an earlier session is shown again with what was typed; of another's, without what is in their mailbox"
    )
    func stale() async throws {
        try await withWebmail { server in
            let browser = server.browser()
            let proof = try await browser.get("/login").field("proof")
            func logIn(_ user: String) async throws {
                let form = [("user", user), ("password", "secret"), ("proof", proof)]
                #expect(try await browser.post("/login", form).status == 303)
            }
            try await logIn("ann@example.test")
            let draft = try await browser.upload(
                "/compose",
                browser.compose(try await browser.get("/compose"), ["text": "first"], action: "draft"),
                files: [("a.txt", "text/plain", Array("file".utf8))])
            var page = try await browser.get(draft.location)
            let fields =
                browser.compose(page, ["to": "bob@example.test", "text": "second"], action: "send") + [("keep", "2")]
            // In another window.
            try await logIn("ann@example.test")
            page = try await browser.upload("/compose", fields)
            #expect(page.status == 403 && text(page) == "second" && page.text.contains("a.txt"))
            #expect(sent(server) == 0)
            let again = browser.compose(page, [:], action: "send") + [("keep", "2")]
            #expect(try await browser.upload("/compose", again).status == 303)
            #expect(sent(server) == 1)
            #expect(try await server.mail().status(of: "Drafts").messages == 0)

            try await logIn("bob@example.test")
            page = try await browser.upload("/compose", fields)
            #expect(page.status == 403 && text(page) == "second" && !page.text.contains("a.txt"))
            #expect(page.field("draft").isEmpty && page.field("base-uid").isEmpty)
            #expect(page.text.contains("This was written by ann@example.test; now bob@example.test is logged in."))
        }
    }

    @Test("Of what is too large the rest becomes a draft; a text that is too long comes back")
    func large() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            let mail = try await server.mail()
            let file = [UInt8](repeating: 7, count: 25_500_000)
            for content in [file, file + file] {
                let fields = browser.compose(
                    try await browser.get("/compose"), ["to": "bob@example.test", "text": "words"], action: "send")
                let small = (name: "small.txt", type: "text/plain", content: Array("x".utf8))
                let page = try await browser.upload("/compose", fields, files: [small, ("a", "x/y", content)])
                #expect(page.status == 303 && page.location.hasPrefix("/compose?draft="))
                let draft = try await browser.get(page.location)
                #expect(draft.text.contains("25.0 MB of files; what was more is left out"))
                #expect(text(draft) == "words" && draft.text.contains("small.txt"))
                #expect(sent(server) == 0)
                _ = try await browser.upload("/compose", browser.compose(draft, [:], action: "discard"))
            }
            let long = String(repeating: "long ", count: 250_000) + "end"
            let fields = browser.compose(try await browser.get("/compose"), ["text": long], action: "send")
            let page = try await browser.upload("/compose", fields)
            #expect(page.status == 413 && text(page) == long)
            #expect(try await mail.status(of: "Drafts").messages == 0)
        }
    }

    @Test("A draft that was saved anew elsewhere, and files that are gone, lose nobody's text")
    func gone() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            let mail = try await server.mail()
            let saved = try await browser.upload(
                "/compose",
                browser.compose(try await browser.get("/compose"), ["text": "first"], action: "draft"),
                files: [("a.txt", "text/plain", Array("file".utf8))])
            let old = try await browser.get(saved.location)
            let newer = try await browser.upload(
                "/compose", browser.compose(old, ["text": "newer"], action: "draft") + [("keep", "2")])
            // Back leads to what is there now.
            #expect(try await browser.get(saved.location).location == newer.location)
            // From the older window.
            let late = browser.compose(old, ["to": "bob@example.test", "text": "late"], action: "send")
            let kept = try await browser.upload("/compose", late + [("keep", "2")])
            #expect(kept.status == 303 && sent(server) == 0)
            let page = try await browser.get(kept.location)
            #expect(text(page) == "late" && page.text.contains("Not sent. Some files are no longer where they were"))
            #expect(try await octets(mail, "Drafts").count == 2)
            let done = try await browser.upload("/compose", browser.compose(page, [:], action: "send"))
            #expect(done.status == 303 && sent(server) == 1)
            #expect(try await browser.get(kept.location).location == "/mail")
            let unknown = try await browser.get("/compose?draft=99")
            #expect(unknown.status == 404 && unknown.text.contains("href=\"/mail?folder=Drafts\""))

            // The message that is passed on was moved meanwhile.
            try await server.deliver(
                "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nt\r\n--b\r\n"
                    + "Content-Disposition: attachment; filename=f.txt\r\n\r\nfile\r\n--b--\r\n")
            let forward = try await browser.get("/compose?do=forward&folder=INBOX&uid=1")
            _ = try await mail.move([1], from: "INBOX", to: "Trash")
            let passed = try await browser.upload(
                "/compose",
                browser.compose(forward, ["to": "bob@example.test", "text": "see"], action: "send") + [("keep", "2")])
            #expect(try await text(browser.get(passed.location)) == "see")
            #expect(sent(server) == 1)
        }
    }

    @Test("An answer names what it answers even if that was moved meanwhile")
    func moved() async throws {
        try await withWebmail { server in
            try await server.deliver("From: bob@example.test\r\nMessage-ID: <1@x.test>\r\nSubject: x\r\n\r\nt\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/compose?do=reply&folder=INBOX&uid=1")
            _ = try await server.mail().move([1], from: "INBOX", to: "Archive")
            #expect(
                try await browser.upload("/compose", browser.compose(page, [:], action: "send")).location == "/mail")
            let answer = try await octets(server.mail(WebmailHarness.bob), "INBOX")
            #expect(answer.first?.contains("\r\nIn-Reply-To: <1@x.test>\r\n") == true)
        }
    }

    @Test("While two forms with files are under way, a third gets its text back")
    func busy() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            let fields = browser.compose(try await browser.get("/compose"), ["text": "third"], action: "draft")
            let cookie = browser.cookies.withLock { "headwater=\($0["headwater"] ?? "")" }
            let port = Int(server.url.split(separator: ":").last ?? "") ?? 0
            let head = """
                POST /compose HTTP/1.1
                Host: 127.0.0.1:\(port)
                Cookie: \(cookie)
                Content-Type: multipart/form-data; boundary=b
                Content-Length: 1000

                --b
                """.replacing("\n", with: "\r\n")
            var slow: [any Channel] = []
            for _ in 0..<2 {
                let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: port).get()
                try await channel.writeAndFlush(ByteBuffer(string: head))
                slow.append(channel)
            }
            // Until both have been seen.
            var page = try await browser.upload("/compose", fields, files: [("a", "x/y", [1])])
            while page.status == 303 {
                page = try await browser.upload("/compose", fields, files: [("a", "x/y", [1])])
            }
            #expect(page.status == 503 && text(page) == "third" && page.header("Retry-After") != nil)
            #expect(page.text.contains("Files have to be chosen again"))
            for channel in slow { try await channel.close() }
        }
    }

    @Test("A form that comes twice is done once, and both lead to the same place")
    func twice() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/compose")
            let fields = browser.compose(page, ["to": "bob@example.test", "text": "once"], action: "send")
            async let first = browser.upload("/compose", fields)
            async let second = browser.upload("/compose", fields)
            let pages = try await [first, second]
            #expect(pages.map(\.status) == [303, 303] && pages.map(\.location) == ["/mail", "/mail"])
            #expect(sent(server) == 1)
            #expect(try await server.mail().status(of: "Sent").messages == 1)
            #expect(try await browser.get("/mail").text.contains("Sent."))
            _ = try await browser.upload("/compose", fields)
            #expect(try await browser.get("/mail").text.contains("it is not done twice"))
            #expect(sent(server) == 1)

            // The browser went back, and something else was written: that is asked for.
            let changed = browser.compose(page, ["to": "bob@example.test", "text": "another"], action: "send")
            let asked = try await browser.upload("/compose", changed)
            #expect(asked.status == 409 && text(asked) == "another" && sent(server) == 1)
            #expect(try await browser.upload("/compose", browser.compose(asked, [:], action: "send")).status == 303)
            #expect(sent(server) == 2)

            // What failed may be tried again.
            server.sent.fails.withLock { $0 = true }
            let late = browser.compose(
                try await browser.get("/compose"), ["to": "bob@example.test", "text": "late"], action: "send")
            let refused = try await browser.upload("/compose", late)
            server.sent.fails.withLock { $0 = false }
            let draft = try await browser.get(refused.location)
            #expect(draft.text.contains("Not sent."))
            _ = try await browser.upload("/compose", browser.compose(draft, [:], action: "send"))
            #expect(sent(server) == 3)
            // A draft twice is one.
            let twin = browser.compose(try await browser.get("/compose"), ["text": "twin"], action: "draft")
            async let one = browser.upload("/compose", twin)
            async let two = browser.upload("/compose", twin)
            #expect(try await one.location == two.location)
            #expect(try await server.mail().status(of: "Drafts").messages == 1)
        }
    }

    @Test("What is thrown away goes to the trash, and back to what was answered")
    func discard() async throws {
        try await withWebmail { server in
            try await server.deliver("From: bob@example.test\r\nSubject: x\r\n\r\nt\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            let mail = try await server.mail()
            let page = try await browser.get("/compose?do=reply&folder=INBOX&uid=1")
            let saved = try await browser.upload("/compose", browser.compose(page, ["text": "one"], action: "draft"))
            let draft = try await browser.get(saved.location)
            let gone = try await browser.upload("/compose", browser.compose(draft, ["text": "two"], action: "discard"))
            #expect(gone.location == "/message?folder=INBOX&uid=1")
            #expect(try await browser.get(gone.location).text.contains("Moved to Trash"))
            #expect(try await mail.status(of: "Drafts").messages == 0)
            let trash = try await octets(mail, "Trash")
            #expect(trash.count == 1 && trash[0].contains("two"))
            #expect(try await mail.snapshot(of: "Trash").messages[0].flags.system.contains(.draft))
            #expect(try await browser.get("/mail?folder=Trash").text.contains("<option value=\"Drafts\">"))
            let empty = browser.compose(try await browser.get("/compose"), [:], action: "discard")
            #expect(try await browser.upload("/compose", empty).location == "/mail")
            #expect(try await octets(mail, "Trash").count == 1)
        }
    }
}

@Suite("Webmail: what is counted and remembered")
struct WebmailMemoryTests {
    @Test("A session remembers its last hundred forms")
    func forms() {
        var forms = TakenForms()
        let digest = FormData().digest
        let outcome = Task { FormOutcome.done(location: "/mail", isSent: true) }
        for number in 0..<150 {
            forms.append(
                TakenForms.Entry(number: "\(number)", digest: digest, draft: UInt32(number), outcome: outcome))
        }
        #expect(forms.entry("49", digest) == nil && forms.entry("50", digest) != nil)
        #expect(forms.entry(draft: 149)?.number == "149" && forms.entry(draft: 3) == nil)
        forms.remove("149", digest)
        #expect(forms.entry("149", digest) == nil)
    }

    @Test("Seats are given to each, and in all, as far as there are some")
    func seats() {
        var seats = Seats<String>(total: 3, perKey: 2)
        var taken: [Bool] = []
        for key in ["a", "a", "a", "b", "c"] { taken.append(seats.take(key)) }
        seats.leave("nobody")
        taken.append(seats.take("c"))
        seats.leave("a")
        for key in ["c", "a"] { taken.append(seats.take(key)) }
        #expect(taken == [true, true, false, true, false, false, true, false])
    }
}
