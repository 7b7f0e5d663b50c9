import Accounts
import Foundation
import MailStore
import NIOHTTP1
import Testing

@testable import Webmail

/// What pages show, to whom, and in which order.
@Suite("Webmail: pages")
struct WebmailPagesTests {
    @Test("Nobody turns the order of a name, a subject or a file's name")
    func direction() async throws {
        try await withWebmail { server in
            let turned = Data("Bank\u{202E}gnp.\u{2066}x\u{1B}".utf8).base64EncodedString()
            let word = "=?utf-8?b?\(turned)?="
            try await server.deliver(
                """
                From: \(word) <evil@example.net>
                Reply-To: \(word) <other@example.net>
                To: \(word) <ann@example.test>, \(word) <c@d.test>
                Subject: \(word)
                Message-ID: <1@x.test>
                Content-Type: multipart/mixed; boundary=x

                --x

                text
                --x
                Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9%20%E2%80%AEgpj.exe

                file
                --x--

                """.replacing("\n", with: "\r\n"))
            try await server.deliver(
                "From: \(word) <evil@example.net>\r\nIn-Reply-To: <1@x.test>\r\nSubject: Re: \(word)\r\n\r\nt\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            let message = try await browser.get("/message?uid=1")
            let thread = message.match("href=\"(/thread[^\"]*)\"")
            for path in [
                "/mail", "/message?uid=1", thread, "/compose?do=reply-all&uid=1", "/compose?do=forward&uid=1",
                "/compose?do=forward-file&uid=1",
            ] {
                let page = try await browser.get(path)
                #expect(page.status == 200 && page.text.contains("Bankgnp.x"), "\(path)")
                #expect(page.text.unicodeScalars.allSatisfy { !(0x202A...0x202E).contains($0.value) }, "\(path)")
                #expect(page.text.unicodeScalars.allSatisfy { !(0x2066...0x2069).contains($0.value) }, "\(path)")
            }
            #expect(message.text.contains("<bdi class=\"name\">Bankgnp.x</bdi>"))
            #expect(message.text.contains("&lt;<bdi>evil@example.net</bdi>&gt;"))
            #expect(message.text.contains("<bdi>résumé gpj.exe</bdi>"))
            let file = try await browser.get(message.match("<a href=\"(/part[^\"]*)\" download"))
            #expect(file.header("Content-Disposition")?.contains("r%C3%A9sum%C3%A9%20gpj.exe") == true)
            #expect(file.header("Content-Length") == "4")
        }
    }

    @Test("An answer to all is offered when it goes to more people")
    func replyAll() async throws {
        try await withWebmail { server in
            for (field, value) in [
                ("To", "list@example.net"), ("To", "ann@example.test"), ("To", "undisclosed-recipients:;"),
                ("Cc", "ann@example.test, eve@example.net"),
            ] {
                try await server.deliver("From: bob@example.test\r\n\(field): \(value)\r\nSubject: x\r\n\r\nt\r\n")
            }
            let browser = try await server.browser(of: WebmailHarness.ann)
            var offered: [Bool] = []
            for uid in 1...4 {
                offered.append(try await browser.get("/message?uid=\(uid)").text.contains("do=reply-all"))
            }
            #expect(offered == [true, false, false, true])
            let page = try await browser.get("/compose?do=reply-all&uid=1")
            #expect(page.field("to") == "bob@example.test" && page.field("cc") == "list@example.net")
        }
    }

    @Test("A conversation says who wrote, what is unread and not shown, and answers from where it is")
    func thread() async throws {
        try await withWebmail { server in
            let picture = "<p>words</p><img src=https://tracker.test/a.gif>"
            for (id, parent) in [("1", nil), ("2", "1"), ("3", "2")] {
                let reference = parent.map { "In-Reply-To: <\($0)@x.test>\r\n" } ?? ""
                try await server.deliver(
                    "Message-ID: <\(id)@x.test>\r\n\(reference)From: A\(id) <a@x.test>\r\nTo: list@x.test\r\nSubject: Talk\r\n"
                        + "Content-Type: text/html\r\n\r\n\(picture)\r\n")
            }
            let browser = try await server.browser(of: WebmailHarness.ann)
            #expect(try await browser.get("/mail").text.contains("<span class=\"unseen\">Unread: </span><bdi>A3</bdi>"))
            let link = try await browser.get("/message?uid=1").match("href=\"(/thread[^\"]*)\"")
            var page = try await browser.get(link)
            #expect(page.text.contains("<span class=\"unseen\">Unread: </span><bdi>A2</bdi>"))
            // One was read before: it is closed, and what is not shown is said nevertheless.
            #expect(page.text.components(separatedBy: "<details id=").count == 4)
            #expect(page.text.components(separatedBy: " open>").count == 3)
            #expect(page.text.components(separatedBy: "1 picture on another host is not shown").count == 3)
            #expect(page.text.components(separatedBy: "Pictures on other hosts are not shown").count == 2)
            for action in ["do=reply\"", "do=reply-all\"", "do=forward\"", "value=\"delete\""] {
                #expect(page.text.components(separatedBy: action).count == 4, "\(action)")
            }
            let shown = try await browser.get(
                page.match("href=\"(/thread[^\"]*images=2[^\"]*)#m2\""))
            #expect(shown.text.components(separatedBy: "&amp;images=1\" sandbox").count == 2)
            let delete = [
                ("csrf", page.field("csrf")), ("folder", "INBOX"), ("uid", "2"), ("action", "delete"),
                ("back", page.match("name=\"back\" value=\"(/thread[^\"]*)\"")),
            ]
            let back = try await browser.post("/mail", delete).location
            page = try await browser.get(back)
            #expect(back == link && page.text.contains("Moved to Trash") && page.text.contains("2 messages"))
        }
    }

    @Test("A message in HTML has a page of its own, with who wrote it to whom")
    func alone() async throws {
        try await withWebmail { server in
            try await server.deliver(
                "From: Eve <eve@x.test>\r\nTo: ann@example.test\r\nSubject: A <b>\r\nContent-Type: text/html\r\n\r\n<p>short</p>\r\n"
            )
            let browser = try await server.browser(of: WebmailHarness.ann)
            let message = try await browser.get("/message?uid=1")
            #expect(message.text.contains("<iframe class=\"body short\""))
            for (html, height) in [
                ("<img src=https://x.test/a.png>", "body short\""),
                (String(repeating: "<p>x</p>", count: 15), "body medium\""),
                (String(repeating: "<p>x</p>", count: 60), "body\""),
                ("<img src=data:image/png;base64,iVBORw0KGgo=>", "body\""),
            ] {
                try await server.deliver("Content-Type: text/html\r\n\r\n\(html)\r\n")
                let uid = try await server.mail().snapshot(of: "INBOX").messages.map(\.uid).max() ?? 0
                let other = try await browser.get("/message?uid=\(uid)")
                #expect(other.text.contains("<iframe class=\"\(height)"), "\(html)")
            }
            let page = try await browser.get(message.match("href=\"(/body[^\"]*)\""))
            #expect(page.text.contains("<title>A &lt;b&gt;</title>") && page.text.contains("Eve &lt;eve@x.test&gt;"))
            #expect(page.text.contains("<body dir=\"auto\">") && page.text.contains("<p>short</p>"))
            #expect(page.header("Content-Security-Policy")?.contains("sandbox allow-popups") == true)
            let frame = try await browser.get(message.match("<iframe[^>]* src=\"([^\"]*)\""))
            #expect(!frame.text.contains("eve@x.test"))
            // Addresses lead to a new message.
            #expect(message.text.contains("href=\"/compose?to=Eve%20%3Ceve%40x.test%3E\""))
        }
    }

    @Test("Whoever logs in gets what was asked for, on this server; a link in a message comes back with the cookie")
    func target() async throws {
        try await withWebmail { server in
            let browser = server.browser()
            let asked = try await browser.get("/compose?to=bob%40example.test")
            #expect(asked.location == "/login?next=%2Fcompose%3Fto%3Dbob%2540example.test")
            let page = try await browser.get(asked.location)
            #expect(page.field("next") == "/compose?to=bob%40example.test")
            func logIn(_ password: String, _ next: String) async throws -> Page {
                try await browser.post(
                    "/login",
                    [
                        ("user", "ann@example.test"), ("password", password), ("proof", page.field("proof")),
                        ("next", next),
                    ])
            }
            #expect(try await logIn("wrong", page.field("next")).field("next") == page.field("next"))
            for evil in ["https://evil.test/", "//evil.test/mail", "/login", "/mail\r\nX: y"] {
                #expect(try await logIn("secret", evil).location == "/mail")
            }
            #expect(try await logIn("secret", page.field("next")).location == "/compose?to=bob%40example.test")
            #expect(try await browser.get(asked.location).location == "/compose?to=bob%40example.test")
            // From the frame of a message browsers leave the cookie away.
            let outside = [
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
            ]
            let stranger = server.browser()
            let detour = try await stranger.send(.GET, "/compose?to=%3Cx%3E&subject=%22", headers: outside)
            #expect(detour.status == 200)
            #expect(
                detour.text.contains(
                    "<meta http-equiv=\"refresh\" content=\"0;url=/compose?to=%3Cx%3E&amp;subject=%22\">"))
            #expect(try await stranger.send(.GET, "/message?uid=1", headers: outside).status == 303)
        }
    }

    @Test("Folders get no names that mean something else, and moving needs a folder")
    func folders() async throws {
        try await withWebmail { server in
            try await server.deliver("Subject: 1\r\n\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            let token = try await browser.token()
            let before = try await server.mail().mailboxes().count
            for name in ["../x", ".", "..", "a/../b", "a//b", "/a", "a/", "a/ b", "x\u{202E}y"] {
                _ = try await browser.post("/folders", [("csrf", token), ("action", "create"), ("name", name)])
                #expect(try await browser.get("/folders").text.contains("cannot be done"), "\(name)")
            }
            #expect(try await server.mail().mailboxes().count == before)
            #expect(try await browser.get("/mail").text.contains("<option value=\"\">Move to…</option>"))
            _ = try await browser.post(
                "/mail", [("csrf", token), ("folder", "INBOX"), ("uid", "1"), ("action", "move"), ("target", "")])
            #expect(try await browser.get("/mail").text.contains("Please choose a folder first."))
        }
    }
}
