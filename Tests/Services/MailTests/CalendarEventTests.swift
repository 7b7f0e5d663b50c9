import Foundation
import TestSupport
import Testing

@testable import Mail

@Suite("Calendar objects")
struct CalendarEventTests {
    /// The events of a part with these lines.
    private func events(_ text: String, charset: String = "utf-8") -> [CalendarEvent] {
        events(Array(text.replacing("\n", with: "\r\n").utf8), charset: charset)
    }

    private func events(_ body: [UInt8], charset: String) -> [CalendarEvent] {
        let octets = Array("Content-Type: text/calendar; charset=\(charset)\r\n\r\n".utf8) + body
        return MIMEParser().parse(octets).events(of: octets, limit: .max)
    }

    @Test("an invitation as Outlook writes it")
    func outlook() throws {
        let found = events(
            """
            BEGIN:VCALENDAR
            METHOD:REQUEST
            PRODID:Microsoft Exchange Server 2010
            VERSION:2.0
            BEGIN:VTIMEZONE
            TZID:W. Europe Standard Time
            BEGIN:STANDARD
            DTSTART:16010101T030000
            END:STANDARD
            END:VTIMEZONE
            BEGIN:VEVENT
            ORGANIZER;CN="Müller, Anna":MAILTO:anna@example.org
            ATTENDEE;ROLE=REQ-PARTICIPANT;CN=bert:mailto:bert@example.org
            DESCRIPTION;LANGUAGE=de-DE:Zahlen\\, Pläne\\nund Kuchen
            RRULE:FREQ=WEEKLY;BYDAY=MO
            SUMMARY;LANGUAGE=de-DE:Quarterly review\\; with a very long name that is fo
             lded
            DTSTART;TZID=W. Europe Standard Time:20261130T140000
            DTEND;TZID=W. Europe Standard Time:20261130T150000
            LOCATION;LANGUAGE=de-DE:Room 5
            STATUS:CONFIRMED
            BEGIN:VALARM
            DESCRIPTION:REMINDER
            SUMMARY:not this
            END:VALARM
            END:VEVENT
            END:VCALENDAR
            """)
        let event = try #require(found.first)
        #expect(found.count == 1)
        #expect(event.method == "REQUEST")
        #expect(event.start == "2026-11-30 14:00 W. Europe Standard Time")
        #expect(event.note == "Zahlen, Pläne\nund Kuchen")
        #expect(
            event.text == """
                Invitation: Quarterly review; with a very long name that is folded
                When: 2026-11-30 14:00 – 15:00 W. Europe Standard Time
                Repeats: weekly
                Where: Room 5
                Organiser: Müller, Anna <anna@example.org>
                """)
        #expect(event.searchableText.contains("Kuchen") && event.searchableText.contains("Room 5"))
    }

    @Test(
        "when it is",
        arguments: [
            ("DTSTART:20261130T140000Z\nDTEND:20261130T150000Z", "2026-11-30 14:00 – 15:00 UTC"),
            ("DTSTART:20261130T140000\nDTEND:20261130T150000", "2026-11-30 14:00 – 15:00"),
            ("DTSTART:20261130T140000Z\nDTEND:20261201T010000Z", "2026-11-30 14:00 UTC – 2026-12-01 01:00 UTC"),
            (
                "DTSTART;TZID=Europe/Berlin:20261130T140000\nDTEND;TZID=Asia/Tokyo:20261130T230000",
                "2026-11-30 14:00 Europe/Berlin – 2026-11-30 23:00 Asia/Tokyo"
            ),
            ("DTSTART;VALUE=DATE:20261130\nDTEND;VALUE=DATE:20261201", "2026-11-30 – 2026-12-01"),
            ("DTSTART:20261130", "2026-11-30"),
            ("DTSTART:20261130T140000Z\nDURATION:PT1H", "2026-11-30 14:00 UTC (PT1H)"),
            ("DTSTART:soon", "soon"), ("DTSTART:2026113", "2026113"), ("DTSTART:20261130T14", "20261130T14"),
            ("dtstart;tzid=\"A;B:C\":20261130T140000\nDTEND:x", "2026-11-30 14:00 A;B:C – x"),
        ])
    func times(lines: String, expected: String) {
        let found = events("BEGIN:VEVENT\nSUMMARY:x\n\(lines)\nEND:VEVENT\n")
        #expect(found.map(\.text) == ["Event: x\nWhen: \(expected)"])
    }

    @Test(
        "what it is for",
        arguments: [
            ("METHOD:REQUEST", "", "Invitation: x"), ("METHOD:cancel", "", "Cancelled: x"),
            ("METHOD:REPLY", "", "Reply to an invitation: x"),
            ("METHOD:PUBLISH", "", "Event: x"), ("X:y", "", "Event: x"),
            ("METHOD:REQUEST", "STATUS:CANCELLED", "Cancelled: x"),
            ("METHOD:COUNTER", "", "Counter-proposal: x"),
        ])
    func methods(method: String, status: String, expected: String) {
        #expect(
            events("BEGIN:VCALENDAR\n\(method)\nBEGIN:VEVENT\nSUMMARY:x\n\(status)\nEND:VEVENT").map(\.text) == [
                expected
            ])
    }

    @Test("broken objects say what they can")
    func broken() {
        #expect(events("").isEmpty)
        #expect(events("BEGIN:VEVENT\nEND:VEVENT").isEmpty)
        #expect(events("BEGIN:VEVENT\nSUMMARY:no end").map(\.summary) == ["no end"])
        #expect(events("SUMMARY:outside\nBEGIN:VJOURNAL\nSUMMARY:diary\nEND:VJOURNAL").isEmpty)
        #expect(
            events("END:VEVENT\nBEGIN:VEVENT\nBEGIN:VEVENT\nSUMMARY:inner\nEND:VEVENT\nSUMMARY:x").map(\.summary) == [
                "x"
            ])
        #expect(events("begin:vevent\nsummary:a\u{7}b\\nc\nend:vevent").map(\.text) == ["Event: a b c"])
        #expect(events("BEGIN:VEVENT\nSUMMARY\nSUMMARY;X\nSUMMARY;X=\"a\n:b\nSUMMARY:x").map(\.summary) == ["x"])
        #expect(events("BEGIN:VEVENT\nSUMMARY:a\\").map(\.summary) == ["a"])
        #expect(events("BEGIN:VEVENT\nSUMMARY:x\nORGANIZER:mailto:a@b").map(\.organizer) == ["a@b"])
        #expect(events("BEGIN:VEVENT\nSUMMARY:x\nORGANIZER;CN=A:urn:x").map(\.organizer) == ["A"])
    }

    @Test("folded in the midst of a character, and in another character set")
    func octets() {
        let name = Array("ä".utf8)
        let body =
            Array("BEGIN:VEVENT\r\nSUMMARY:".utf8) + [name[0]] + Array("\r\n ".utf8) + [name[1]] + Array("\r\n".utf8)
        #expect(events(body, charset: "utf-8").map(\.summary) == ["ä"])
        #expect(
            events(Array("BEGIN:VEVENT\nSUMMARY:\u{41}".utf8) + [0xE4], charset: "iso-8859-1").map(\.summary) == ["Aä"])
    }

    @Test("length costs no more than it is")
    func long() {
        let many = events(String(repeating: "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n", count: 100_000))
        #expect(many.count == CalendarEvent.maximumCount)
        #expect(events(String(repeating: "BEGIN:VEVENT\nEND:VEVENT\n", count: 100_000)).isEmpty)
        #expect(events("BEGIN:VEVENT\n" + String(repeating: "BEGIN:X\n", count: 100_000)).isEmpty)
        let folded = events("BEGIN:VEVENT\nSUMMARY:" + String(repeating: "x\n ", count: 300_000))
        #expect(folded.map(\.summary.count) == [1000])
        let parameters = "BEGIN:VEVENT\nSUMMARY" + String(repeating: ";A=\"b\"", count: 100_000) + ":x"
        #expect(events(parameters).isEmpty)
        #expect(
            events("BEGIN:VEVENT\nSUMMARY;A=\"" + String(repeating: "b", count: 1_000_000) + "\":x").map(\.summary) == [
                "x"
            ])
    }
}

@Suite("Randomised calendar objects")
struct RandomisedCalendarEventTests {
    @Test("whatever it is, what is read of it is short, on its lines, and without control characters")
    func anything() {
        let pieces = [
            "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "SUMMARY:", "DTSTART;TZID=", "DTEND:",
            "ORGANIZER;CN=\"",
            "RRULE:FREQ=", "DESCRIPTION:", "20261130", "T140000", "Z", "\r\n", "\n", " ", "\t", "\\n", "\\", ":", ";",
            "=", "\"",
            "x", "é", "\u{0}", "\u{1B}", "METHOD:CANCEL", "mailto:",
        ]
        var generator = SeededGenerator(seed: 43)
        for _ in 0..<fuzzRounds(default: 5000) {
            let text =
                "BEGIN:VEVENT\n"
                + (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    (pieces.randomElement(using: &generator) ?? "")
                        + (Int.random(in: 0..<3, using: &generator) == 0 ? "\n" : "")
                }.joined()
            let octets = Array("Content-Type: text/calendar\n\n\(text)".utf8)
            for event in MIMEParser().parse(octets).events(of: octets, limit: .max) {
                let lines = event.text.split(separator: "\n", omittingEmptySubsequences: false)
                #expect((1...5).contains(lines.count), "\(text.debugDescription)")
                #expect(
                    !event.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "\(text.debugDescription)")
            }
        }
    }
}
