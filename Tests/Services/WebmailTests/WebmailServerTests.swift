import Accounts
import Foundation
import MailStore
import NIOHTTP1
import Synchronization
import Testing

@testable import Webmail

@Suite("Webmail: sessions")
struct WebmailSessionTests {
    private let harmless = "Subject: hello\r\nFrom: Bob <bob@example.test>\r\n\r\ntext\r\n"

    @Test("Somebody logs in, sees the inbox, and logs out; pages say how they are to be kept")
    func session() async throws {
        try await withWebmail { server in
            try await server.deliver(harmless)
            let browser = server.browser()
            let door = try await browser.get("/mail")
            #expect(door.status == 303 && door.location == "/login")
            let welcome = try await browser.logIn("Ann@Example.test", "secret")
            #expect(welcome.status == 303 && welcome.location == "/mail")
            let cookie = try #require(welcome.header("Set-Cookie"))
            #expect(cookie.hasPrefix("headwater=") && cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
            let list = try await browser.get("/mail")
            #expect(list.status == 200)
            #expect(list.text.contains(">hello</bdi>") && list.text.contains(">Bob</bdi>"))
            #expect(list.header("Cache-Control") == "no-store")
            #expect(list.header("X-Content-Type-Options") == "nosniff")
            #expect(list.header("Referrer-Policy") == "same-origin")
            #expect(
                list.header("Content-Security-Policy")
                    == "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-src 'self'; "
                    + "frame-ancestors 'none'; base-uri 'none'")
            let former = browser.cookies.withLock { $0 }
            let farewell = try await browser.post("/logout", [("csrf", list.field("csrf"))])
            #expect(farewell.status == 303 && farewell.location == "/login")
            #expect(browser.cookies.withLock { $0["headwater"] } == nil)
            // The session is over on the server as well.
            browser.cookies.withLock { $0 = former }
            #expect(try await browser.get("/mail").location == "/login")
        }
    }

    @Test("An unknown user and a wrong password get the same answer; a new session gets a new number")
    func wrong() async throws {
        try await withWebmail { server in
            let browser = server.browser()
            let wrong = try await browser.logIn("ann@example.test", "wrong")
            let unknown = try await browser.logIn("nobody@example.test", "wrong")
            let neither = try await browser.logIn("no address", "")
            #expect([wrong.status, unknown.status, neither.status] == [401, 401, 401])
            #expect(
                wrong.text.replacing("ann@example.test", with: "-")
                    == unknown.text.replacing("nobody@example.test", with: "-"))
            #expect(browser.cookies.withLock { $0["headwater"] } == nil)
            #expect(try await browser.logIn("ann@example.test", "secret").status == 303)
            let first = browser.cookies.withLock { $0["headwater"] }
            // Whoever has logged in does not get the door, but may still have it open in another window.
            #expect(try await browser.get("/login").location == "/mail")
            let again = [("user", "ann@example.test"), ("password", "secret"), ("proof", wrong.field("proof"))]
            #expect(try await browser.post("/login", again).status == 303)
            let second = browser.cookies.withLock { $0["headwater"] }
            #expect(first != second)
            // The former one is over.
            let other = server.browser()
            other.cookies.withLock { $0["headwater"] = first }
            #expect(try await other.get("/mail").status == 303)
        }
    }

    @Test("A log-in form that did not come from here does nothing")
    func foreignLogIn() async throws {
        try await withWebmail { server in
            let browser = server.browser()
            let page = try await browser.get("/login")
            let fields = [("user", "ann@example.test"), ("password", "secret"), ("proof", page.field("proof"))]
            let foreign = try await browser.post("/login", fields, headers: [("Origin", "https://evil.test")])
            #expect(foreign.status == 403)
            let hidden = try await browser.post("/login", fields, headers: [("Origin", "null")])
            #expect(hidden.status == 403)
            // Somebody else's proof does not fit this browser's cookie.
            let other = try await server.browser().get("/login").field("proof")
            let fixed = try await browser.post(
                "/login", [("user", "ann@example.test"), ("password", "secret"), ("proof", other)])
            #expect(fixed.status == 403)
            #expect(browser.cookies.withLock { $0["headwater"] } == nil)
            #expect(try await browser.post("/login", fields).status == 303)
        }
    }

    @Test("Guessing is stopped, whatever the password then is")
    func guessing() async throws {
        try await withWebmail { server in
            let browser = server.browser()
            for _ in 0..<LogInLimiter.perOrigin {
                #expect(try await browser.logIn("ann@example.test", "guess").status == 401)
            }
            let stopped = try await browser.logIn("ann@example.test", "secret")
            #expect(stopped.status == 429)
            #expect(stopped.header("Retry-After").flatMap { Int($0) } ?? 0 > 500)
            #expect(browser.cookies.withLock { $0["headwater"] } == nil)
        }
    }

    @Test("Another password ends the sessions that began with the former one, and so does the account's end")
    func password() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            #expect(try await browser.get("/mail").status == 200)
            try await server.accounts.setPassword(WebmailHarness.ann, password: "another")
            #expect(try await browser.get("/mail").location == "/login")
            let other = try await server.browser(of: WebmailHarness.bob)
            try await server.accounts.remove(WebmailHarness.bob)
            #expect(try await other.get("/mail").location == "/login")
        }
    }

    @Test("A form without the session's number, or from another site, does nothing")
    func forgery() async throws {
        try await withWebmail { server in
            try await server.deliver(harmless)
            let browser = try await server.browser(of: WebmailHarness.ann)
            let token = try await browser.token()
            let foreign = try await server.browser(of: WebmailHarness.bob).token()
            let form = [("folder", "INBOX"), ("uid", "1"), ("action", "delete")]
            for wrong in ["", "x" + token.dropFirst(), foreign] {
                #expect(try await browser.post("/mail", form + [("csrf", wrong)]).status == 403)
            }
            #expect(try await browser.post("/mail", form).status == 403)
            let good = form + [("csrf", token)]
            for headers in [
                [("Origin", "https://evil.test")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
                [("Sec-Fetch-Site", "same-site")], [("Origin", server.url + ".evil.test")],
            ] {
                #expect(try await browser.post("/mail", good, headers: headers).status == 403)
            }
            #expect(
                try await browser.upload("/compose", [("action", "send"), ("to", "bob@example.test")]).status == 403)
            #expect(try await browser.post("/folders", [("action", "create"), ("name", "x")]).status == 403)
            #expect(try await browser.post("/logout", []).status == 403)
            #expect(try await server.mail().status(of: "INBOX").messages == 1)
            #expect(server.sent.messages.withLock { $0.isEmpty })
            #expect(try await browser.post("/mail", good).status == 303)
            #expect(try await server.mail().status(of: "INBOX").messages == 0)
        }
    }

    @Test("What is not there, or is too much, is said so")
    func faults() async throws {
        try await withWebmail { server in
            let browser = try await server.browser(of: WebmailHarness.ann)
            for path in [
                "/nothing", "/mail?folder=none", "/message?folder=INBOX&uid=7", "/message", "/message?uid=-1",
                "/body?folder=INBOX&uid=1&text=0", "/part?folder=INBOX&uid=1&part=1", "/part?uid=1&part=../x",
                "/thread?id=99",
                "/compose?draft=9", "/compose?do=reply&uid=4",
            ] {
                #expect(try await browser.get(path).status == 404, "\(path)")
            }
            #expect(try await browser.send(.DELETE, "/mail").status == 405)
            #expect(try await browser.send(.HEAD, "/mail").octets.isEmpty)
            let token = try await browser.token()
            let json = try await browser.send(
                .POST, "/mail", headers: [("Content-Type", "application/json")] + browser.ownHeaders,
                body: Array("{}".utf8))
            #expect(json.status == 415)
            let large = try await browser.post(
                "/mail", [("csrf", token), ("x", String(repeating: "x", count: 300 << 10))])
            #expect(large.status == 413)
            let unknown = try await browser.post("/mail", [("csrf", token), ("uid", "1"), ("action", "explode")])
            #expect(unknown.status == 400)
            #expect(try await browser.get("/picture?key=x&uid=1&part=1").status == 403)
        }
    }

    @Test("Words of others mean themselves wherever they stand on a page")
    func escaping() async throws {
        try await withWebmail { server in
            let evil = "\"\u{301}><script>alert(1)</script><x y='"
            let encoded = Data(evil.utf8).base64EncodedString()
            try await server.deliver(
                "Subject: =?utf-8?b?\(encoded)?=\r\nFrom: =?utf-8?b?\(encoded)?= <a@b.test>\r\nTo: \"<b>\" <c@d.test>\r\n"
                    + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n<i>text</i>\r\n--x\r\n"
                    + "Content-Disposition: attachment; filename=\"<u>.txt\"\r\n\r\nfile\r\n--x--\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            try await server.mail().create("<b>\"folder\"")
            for path in [
                "/mail", "/message?uid=1", "/compose?do=reply&uid=1", "/compose?do=forward&uid=1", "/folders",
                "/mail?q=%22%3E%3Cscript%3E",
                "/compose?to=%22%3E%3Cscript%3E&subject=%27%22%3E&body=%3C/textarea%3E%3Cscript%3E",
            ] {
                let page = try await browser.get(path)
                #expect(page.status == 200, "\(path)")
                for markup in ["<script", "<b>\"", "<i>text", "<u>.txt", "</textarea><", "\"\u{301}>"] {
                    #expect(!page.text.unicodeScalars.contains(markup.unicodeScalars), "\(markup) on \(path)")
                }
            }
        }
    }
}

extension Collection where Element: Equatable {
    /// Whether another collection's elements stand in this one, in their order.
    fileprivate func contains(_ other: some Collection<Element>) -> Bool { firstRange(of: other) != nil }
}
