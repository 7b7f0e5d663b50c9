import Foundation
@testable import Mail
import TestSupport
import Testing

@Suite("Header fields")
struct HeaderTests {
    @Test("fields are found, unfolded and decoded; lines that are none are passed over")
    func fields() {
        let header = Header(
            parsing: Array(
                "From mbox line\r\nSubject: =?utf-8?q?a?=\r\n =?utf-8?q?b?= c\r\nTo : x@y.org\nno field\r\nX-Empty:\r\n\t\r\nLast: 1\r\n\r\nBody: 2\r\n"
                    .utf8))
        #expect(header.fields.map(\.name) == ["Subject", "To", "X-Empty", "Last"])
        #expect(header["SUBJECT"]?.text == "ab c")
        #expect(header["to"]?.value == "x@y.org")
        #expect(header["X-Empty"]?.rawValue == [])
    }

    @Test(
        "encoded words are read",
        arguments: [
            ("=?iso-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen"), ("=?utf-8?B?w6TDtsO8?=", "äöü"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"), ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("a =?utf-8?q?b?=", "a b"),
            ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"), ("=?utf-8*en?q?x?=", "x"), ("=?utf-8?x?y?=", "=?utf-8?x?y?="),
            ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"), ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
            ("=??q?x?=", "=??q?x?="),
            ("=?nonsense?q?x=C3=A4?=", "xä"), ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
            ("no=?words?here", "no=?words?here"),
        ])
    func decoding(text: String, expected: String) { #expect(EncodedWord.decode(text) == expected) }

    @Test(
        "what is beyond ASCII is written as words of 75 octets and read again",
        arguments: ["Grüße", String(repeating: "日本語 mixed ", count: 30), "=?utf-8?q?x?=", "plain", "a\u{1F600}b", ""])
    func encoding(text: String) {
        let encoded = EncodedWord.encode(text)
        #expect(encoded.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        #expect(encoded == text || encoded.split(separator: " ").allSatisfy { $0.utf8.count <= 75 })
        #expect(EncodedWord.decode(encoded) == text)
    }

    @Test(
        "parameters, with continuations and character sets",
        arguments: [
            ("text/plain; charset=us-ascii (Plain text)", "text/plain", "charset", "us-ascii"),
            ("Text/HTML;charset=\"utf-8\";format=flowed", "text/html", "charset", "utf-8"),
            (
                "a/b; title*0*=us-ascii'en'This%20is%20; title*1*=%2A%2A%2Afun; title*2=\" it!\"", "a/b", "title",
                "This is ***fun it!"
            ),
            ("attachment; filename*=iso-8859-1''%E4.txt; filename=a.txt", "attachment", "filename", "ä.txt"),
            ("attachment; filename==?utf-8?q?=C3=A4?=", "attachment", "filename", "ä"),
            ("attachment; filename=my file.txt", "attachment", "filename", "my file.txt"),
            ("a/b;;; x=1", "a/b", "x", "1"), ("a / b; x=1", "a/b", "x", "1"), ("a/b x=1; y=2", "a/b", "y", "2"),
            ("a/b; x*1=b; x*0=a", "a/b", "x", "ab"), ("a/b; =; x=\"a;b\"", "a/b", "x", "a;b"),
        ])
    func parameters(text: String, value: String, name: String, expected: String) {
        let field = FieldParameters(text)
        #expect(field.value == value)
        #expect(field[name] == expected)
    }

    @Test(
        "dates, the old ways of writing them included",
        arguments: [
            ("Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706, -21600), ("21 Nov 97 09:55 GMT", 880_106_100, 0),
            ("Thu,\r\n 13\r\n  Feb\r\n  1969\r\n 23:32\r\n -0330 (Newfoundland Time)", -27_723_480, -12600),
            ("1 Jan 1970 00:00:00 EST", 18000, -18000), ("29 Feb 2024 12:00:00 +0000", 1_709_208_000, 0),
            ("Wed, 01 January 2020 00:00:60 +0100", 1_577_833_260, 3600),
        ])
    func dates(text: String, seconds: Int, offset: Int) throws {
        let (date, zone) = try #require(MailDate.parse(text))
        #expect(Int(date.timeIntervalSince1970) == seconds)
        #expect(zone == offset)
        let again = try #require(MailDate.parse(MailDate.format(date, offset: zone)))
        #expect(again.date == date)
        #expect(again.offset == zone)
    }

    @Test(
        "what is no date is refused",
        arguments: [
            "", "yesterday", "30 Feb 2024 00:00", "1 Foo 2024 00:00", "1 Jan 2024", "1 Jan 2024 25:00",
            "99999999999 Jan 2024 0:0",
        ])
    func noDates(text: String) { #expect(MailDate.parse(text) == nil) }

    @Test("the day of the week is right")
    func weekday() {
        #expect(
            MailDate.format(Date(timeIntervalSince1970: 880_127_706), offset: -21600)
                == "Fri, 21 Nov 1997 09:55:06 -0600")
        #expect(MailDate.format(Date(timeIntervalSince1970: -86400)) == "Wed, 31 Dec 1969 00:00:00 +0000")
    }

    @Test("fields are folded, and no value begins another field")
    func writing() {
        var writer = HeaderWriter()
        writer.write(text: String(repeating: "word ", count: 40) + "\r\nBcc: evil@x.org", "Subject")
        writer.write(addresses: [NamedAddress(name: "Jörg, \"J\"", MailAddress(localPart: "j", domain: "x.org"))], "To")
        writer.write("Content-Disposition", "attachment", parameters: [("filename", String(repeating: "ä", count: 60))])
        let text = String(decoding: writer.octets, as: UTF8.self)
        #expect(text.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        let header = Header(parsing: writer.octets)
        #expect(header.fields.map(\.name) == ["Subject", "To", "Content-Disposition"])
        #expect(header.addresses("To").mailboxes.first?.name == "Jörg, \"J\"")
        #expect(FieldParameters(header.fields[2].value)["filename"] == String(repeating: "ä", count: 60))
    }

    @Test("identifiers of messages")
    func identifiers() {
        #expect(Header.messageIDs("<a@b> junk <c@d>\r\n <e@f") == ["<a@b>", "<c@d>"])
        #expect(Header.messageIDs("none") == [])
    }
}

@Suite("Randomised header fields")
struct RandomisedHeaderTests {
    @Test("any octets can be read, and any text survives being written")
    func anything() {
        var generator = SeededGenerator(seed: 12)
        let pieces = [
            "=?", "?=", "utf-8", "?q?", "?b?", "=C3", "w6Q=", ";", "*0*=", "name", "=", "'", "%", "\"", " ", "\r\n ",
            "ä", "日", "(", ")", "/", "\\",
        ]
        for _ in 0..<fuzzRounds(default: 3000) {
            let text = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            _ = EncodedWord.decode(text)
            _ = FieldParameters(text)
            _ = MailDate.parse(text)
            _ = Header(parsing: Array(text.utf8))
            var writer = HeaderWriter()
            writer.write(text: text, "Subject")
            writer.write("Content-Type", "a/b", parameters: [("name", text)])
            let clean = text.replacing("\r\n", with: "  ")
            let header = Header(parsing: writer.octets)
            #expect(header.fields.count == 2)
            #expect(header.fields[0].text.filter { $0 != " " } == clean.filter { $0 != " " })
            #expect(FieldParameters(header.fields[1].value)["name"]?.filter { $0 != " " } == clean.filter { $0 != " " })
        }
    }
}
