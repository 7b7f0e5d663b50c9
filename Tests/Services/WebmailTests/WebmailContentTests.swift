import Foundation
import Testing

@testable import Webmail

@Suite("Webmail: what messages hold")
struct WebmailContentTests {
    private static let pixel = Data(
        base64Encoded:
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")!

    /// As Exchange and Apple Mail send it.
    private static let related = """
        From: Theatre <theatre@example.net>
        To: ann@example.test
        Subject: Seats
        Content-Type: multipart/related; boundary=r

        --r
        Content-Type: multipart/alternative; boundary=a

        --a
        Content-Type: text/plain; format=flowed

        plain 
        words
        --a
        Content-Type: text/html

        <p>rich words</p><img src="cid:seen@x">
        --a
        Content-Type: text/calendar; charset=utf-8; method=REQUEST

        BEGIN:VCALENDAR
        METHOD:REQUEST
        BEGIN:VEVENT
        SUMMARY:The <b>Tempest</b>
        DTSTART;TZID=Europe/Berlin:20261130T193000
        LOCATION:Stalls
        END:VEVENT
        END:VCALENDAR
        --a--
        --r
        Content-Type: application/pdf
        Content-ID: <doc@x>
        Content-Disposition: attachment; filename=doc.pdf

        PDF
        --r
        Content-Type: image/png; name=seen.png
        Content-ID: <seen@x>
        Content-Transfer-Encoding: base64

        \(pixel.base64EncodedString())
        --r
        Content-Type: image/png; name=unseen.png
        Content-ID: <unseen@x>
        Content-Transfer-Encoding: base64

        \(pixel.base64EncodedString())
        --r--

        """.replacing("\n", with: "\r\n")

    @Test("What lies beside a text is a file, unless the text shows it; an invitation says what it is about")
    func related() async throws {
        try await withWebmail { server in
            try await server.deliver(Self.related)
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/message?uid=1")
            #expect(page.text.contains("3 attachments"))
            for name in ["invite.ics", "doc.pdf", "unseen.png"] { #expect(page.text.contains("download=\"\(name)\"")) }
            #expect(!page.text.contains("seen.png\" download") && !page.text.contains("download=\"seen.png\""))
            #expect(
                page.text.contains("Invitation: The &lt;b&gt;Tempest&lt;/b&gt;\nWhen: 2026-11-30 19:30 Europe/Berlin"))
            #expect(try await browser.get("/part?uid=1&part=1.3").text.hasPrefix("BEGIN:VCALENDAR"))
            let plain = try await browser.get("/message?uid=1&view=text")
            #expect(plain.text.contains("4 attachments") && plain.text.contains("download=\"seen.png\""))
            let forward = try await browser.get("/compose?do=forward&uid=1")
            for name in ["invite.ics", "doc.pdf", "seen.png", "unseen.png"] { #expect(forward.text.contains(name)) }
            #expect(!forward.text.contains("Invitation:"))
            let found = try await browser.get("/mail?folder=INBOX&q=tempest")
            #expect(found.text.contains("Seats"))
        }
    }

    @Test("Paragraphs that were broken into lines are whole when they are read and quoted")
    func flowed() async throws {
        try await withWebmail { server in
            try await server.deliver(
                "From: a@example.net\r\nTo: ann@example.test\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"
                    + "one  \r\ntwo\r\n> three  \r\n> four\r\n")
            let browser = try await server.browser(of: WebmailHarness.ann)
            let page = try await browser.get("/message?uid=1")
            #expect(page.text.contains("one two\n<span class=\"quote quote-1\">&gt; three four"))
            let reply = try await browser.get("/compose?do=reply&uid=1")
            #expect(reply.text.contains("&gt; one two\n&gt;&gt; three four"))
        }
    }

    @Test("The parts of a delivery report have names that tell them apart")
    func report() async throws {
        try await withWebmail { server in
            try await server.deliver(
                "From: MAILER-DAEMON@example.net\r\nTo: ann@example.test\r\n"
                    + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                    + "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
                    + "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n"
                    + "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n--b--\r\n")
            let page = try await server.browser(of: WebmailHarness.ann).get("/message?uid=1")
            #expect(
                page.text.contains("download=\"delivery-status.txt\"") && page.text.contains("download=\"headers.txt\"")
            )
        }
    }
}
