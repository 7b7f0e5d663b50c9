import MailStore
import NIOCore
import Testing

@testable import IMAP

/// A command as a client writes it, literals included; `\n` stands for CR LF.
func commandText(_ command: String) -> LiteralText? {
    var framer = CommandFramer()
    var buffer = ByteBuffer(string: command.replacing("\n", with: "\r\n") + "\r\n")
    while let element = framer.next(in: &buffer) {
        switch element {
        case .literal: framer.accept(.kept)
        case .command(let text): return text
        default: return nil
        }
    }
    return nil
}

func parse(_ command: String, acceptsUTF8: Bool = false) throws -> IMAPCommand {
    try CommandParser.parse(try #require(commandText(command), "\(command)"), acceptsUTF8: acceptsUTF8).command
}

@Suite("IMAP commands")
struct CommandParserTests {
    typealias Case = (String, IMAPCommand)

    @Test(
        "what is well formed is understood",
        arguments: [
            ("a CAPABILITY", .capability), ("a noop", .noop), ("A.1]x Logout", .logout),
            ("a ID NIL", .id([:])), (#"a ID ("name" "mutt" "os" NIL)"#, .id(["name": "mutt"])),
            ("a AUTHENTICATE plain", .authenticate(mechanism: "PLAIN", initial: nil)),
            ("a AUTHENTICATE PLAIN AGEAYQ==", .authenticate(mechanism: "PLAIN", initial: "AGEAYQ==")),
            ("a AUTHENTICATE EXTERNAL =", .authenticate(mechanism: "EXTERNAL", initial: "=")),
            (#"a LOGIN fred@example.test "a \"b\" \\c""#, .login(user: "fred@example.test", password: #"a "b" \c"#)),
            ("a LOGIN {4}\nfred {4+}\na\nb", .login(user: "fred", password: "a\r\nb")),
            ("a ENABLE IMAP4rev2 utf8=accept", .enable(["IMAP4REV2", "UTF8=ACCEPT"])),
            ("a SELECT inbox", .select(mailbox: "INBOX", readOnly: false)),
            (#"a EXAMINE "Entw&APw-rfe""#, .select(mailbox: "Entwürfe", readOnly: true)),
            ("a CREATE a/b/", .create(mailbox: "a/b/", use: [])),
            (#"a CREATE MyDrafts (USE (\drafts))"#, .create(mailbox: "MyDrafts", use: ["\\drafts"])),
            ("a RENAME x {3}\ny z", .rename(from: "x", to: "y z")),
            ("a LSUB \"\" %", .lsub(reference: "", pattern: "%")),
            ("a STATUS x (messages SIZE)", .status(mailbox: "x", items: [.messages, .size])),
            (
                "a APPEND x (\\seen work) \"17-Jul-1996 02:44:25 -0700\" {3}\nabc",
                .append(
                    AppendRequest(
                        mailbox: "x", flags: ["\\Seen", "work"],
                        internalDate: InternalDate(seconds: 837_596_665, offsetMinutes: -420), size: 3))
            ),
            ("a EXPUNGE", .expunge(uids: nil)),
            ("a UID EXPUNGE 3:5", .expunge(uids: set((.number(3), .number(5))))),
            ("a FETCH 1,3:* FLAGS", .fetch(set((.number(1), .number(1)), (.number(3), .last)), [.flags], uid: false)),
            ("a UID FETCH 7 FAST", .fetch(set((.number(7), .number(7))), [.flags, .internalDate, .size], uid: true)),
            (
                "a FETCH $ (BODY BODYSTRUCTURE UID RFC822.SIZE RFC822)",
                .fetch(.saved, [.body, .bodyStructure, .uid, .size, .rfc822(.whole)], uid: false)
            ),
            (
                "a FETCH * (BODY[] BODY.PEEK[1.2.MIME]<0.100> BODY[HEADER.FIELDS (Date \"From\")] BODY[3.TEXT])",
                .fetch(
                    set((.last, .last)),
                    [
                        .section(BodySection(), partial: nil, peeks: false),
                        .section(
                            BodySection(part: [1, 2], text: .mime), partial: PartialRange(first: 0, count: 100),
                            peeks: true),
                        .section(BodySection(text: .headerFields(["Date", "From"])), partial: nil, peeks: false),
                        .section(BodySection(part: [3], text: .text), partial: nil, peeks: false),
                    ], uid: false)
            ),
            (
                "a FETCH 1 (BINARY.PEEK[2] BINARY.SIZE[1.1])",
                .fetch(
                    set((.number(1), .number(1))),
                    [.binary([2], partial: nil, peeks: true), .binarySize([1, 1])], uid: false)
            ),
            (
                #"a STORE 2 +FLAGS.SILENT (\deleted)"#,
                .store(
                    set((.number(2), .number(2))),
                    StoreRequest(action: .add, isSilent: true, flags: ["\\Deleted"]), uid: false)
            ),
            (
                #"a UID STORE 2 FLAGS \Seen work"#,
                .store(
                    set((.number(2), .number(2))),
                    StoreRequest(action: .replace, isSilent: false, flags: ["\\Seen", "work"]), uid: true)
            ),
            ("a MOVE 1 INBOX", .move(set((.number(1), .number(1))), mailbox: "INBOX", uid: false)),
            ("a UID COPY 1 \"\"", .copy(set((.number(1), .number(1))), mailbox: "", uid: true)),
        ] as [Case])
    func understood(_ line: String, _ expected: IMAPCommand) throws {
        #expect(try parse(line) == expected)
    }

    private static func set(_ spans: (NumberSet.Bound, NumberSet.Bound)...) -> NumberSet {
        NumberSet(spans: spans.map { NumberSet.Span(first: $0.0, last: $0.1) })
    }

    @Test(
        "searches are understood",
        arguments: [
            ("a SEARCH ALL", SearchRequest(results: nil, charset: nil, key: .all)),
            (
                "a SEARCH CHARSET utf-8 SUBJECT {7}\nEntwürf",
                SearchRequest(results: nil, charset: "UTF-8", key: .header("SUBJECT", "Entwür"))
            ),
            (
                "a SEARCH RETURN () UNSEEN 1:2",
                SearchRequest(
                    results: [.all], charset: nil,
                    key: .every([
                        .lacksFlag("\\Seen"),
                        .numbers(NumberSet(spans: [NumberSet.Span(first: .number(1), last: .number(2))])),
                    ]))
            ),
            (
                "a SEARCH RETURN (MIN COUNT SAVE) OR FROM ann NOT (SINCE 1-Feb-1994 LARGER 10)",
                SearchRequest(
                    results: [.min, .count, .save], charset: nil,
                    key: .either(
                        .header("FROM", "ann"),
                        .not(.every([.since(IMAPDate(year: 1994, month: 2, day: 1) ?? day), .larger(10)]))))
            ),
        ])
    func searches(_ line: String, _ expected: SearchRequest) throws {
        let line = line.replacing("{7}\nEntwürf", with: "{7}\nEntwür")
        #expect(try parse(line) == .search(expected, uid: false))
    }

    private static let day = IMAPDate(seconds: 0)

    @Test(
        "what is not well formed is refused with a reason",
        arguments: [
            "", "a", "a ", "+ NOOP", "a NOOP ", "a FROBNICATE", "a FROBNICATE x", "a LOGIN x", "a LOGIN x y z",
            "a LOGIN \"x y", #"a LOGIN "\x" y"#, "a SELECT", "a SELECT a b", "a SELECT \"&AGE-\"", "a SELECT &x",
            "a FETCH 0 FLAGS", "a FETCH 1 ()", "a FETCH 1 (FLAGS", "a FETCH 1 BODY[0]", "a FETCH 1 BODY[MIME]",
            "a FETCH 1 BODY[1.]", "a FETCH 1 BODY[]<0.0>", "a FETCH 4294967296 FLAGS", "a FETCH 1:,2 FLAGS",
            "a FETCH 1 FULL FAST", "a STORE 1 FLAG x", "a STORE 1 FLAGS", "a STATUS x ()", "a STATUS x (NONE)",
            "a SEARCH", "a SEARCH ()", "a SEARCH SINCE 31-Feb-1994", "a SEARCH NOT", "a SEARCH OR ALL",
            "a LIST (RECURSIVEMATCH) \"\" *", "a LIST \"\" * RETURN (X)", "a ID (\"a\")", "a UID NOOP", "a APPEND x y",
            "a AUTHENTICATE PLAIN ", "a ENABLE", "a CREATE \"a\u{1}b\"",
        ])
    func refused(_ line: String) throws {
        let text = try #require(commandText(line), "\(line)")
        #expect(throws: IMAPSyntaxError.self) { try CommandParser.parse(text) }
    }

    @Test("nesting has an end")
    func nesting() throws {
        let deep = "a SEARCH " + String(repeating: "NOT ", count: 30) + "ALL"
        #expect(throws: Never.self) { try parse(deep) }
        for deeper in [
            "a SEARCH " + String(repeating: "NOT ", count: 10_000) + "ALL",
            "a SEARCH " + String(repeating: "(", count: 10_000) + "ALL" + String(repeating: ")", count: 10_000),
            "a FETCH 1 BODY[" + Array(repeating: "1", count: 10_000).joined(separator: ".") + "]",
        ] {
            #expect(throws: IMAPSyntaxError.self) { try parse(deeper) }
        }
    }

    @Test("the message of APPEND is told apart from a literal that names its mailbox")
    func append() throws {
        func request(_ prefix: String, _ literals: [[UInt8]] = []) -> AppendRequest? {
            CommandParser.append(
                upTo: LiteralText(bytes: Array(prefix.utf8), literals: literals), size: 9, acceptsUTF8: false)
        }
        #expect(request("a APPEND ") == nil)
        #expect(request("a APPEND \0 ", [Array("x y".utf8)]) == AppendRequest(mailbox: "x y", size: 9))
        #expect(request("a append INBOX (\\Seen) ") == AppendRequest(mailbox: "INBOX", flags: ["\\Seen"], size: 9))
        #expect(request("a LOGIN x ") == nil)
    }
}

@Suite("Names, sets and dates of IMAP")
struct IMAPValueTests {
    @Test(
        "mailbox names come back from modified UTF-7",
        arguments: [
            ("INBOX", "INBOX"), ("Tom & Jerry", "Tom &- Jerry"), ("Entwürfe", "Entw&APw-rfe"),
            ("台北", "&U,BTFw-"), ("日本語", "&ZeVnLIqe-"), ("a😀b", "a&2D3eAA-b"), ("&", "&-"),
            ("~peter/mail", "~peter/mail"),
        ])
    func names(_ name: String, _ encoded: String) {
        #expect(ModifiedUTF7.encoded(name) == encoded)
        #expect(ModifiedUTF7.decoded(Array(encoded.utf8)) == name)
    }

    @Test(
        "a name that is encoded in another way than the one there is has no meaning",
        arguments: ["&", "&AGE-", "&U,BTFw", "&U,BTF-", "&AOk-&AOk-", "&2D0-", "ü", "\u{7F}"])
    func badNames(_ encoded: String) {
        #expect(ModifiedUTF7.decoded(Array(encoded.utf8)) == nil)
    }

    @Test("sets name numbers in any order, more than once, and up to the last")
    func sets() throws {
        guard case .fetch(let set, _, _) = try parse("a FETCH 7,3:5,4:6,*,12:10 FLAGS") else { return }
        #expect(set.ranges(last: 20) == [3...7, 10...12, 20...20])
        #expect(set.ranges(last: 0) == [3...7, 10...12])
        guard case .fetch(let open, _, _) = try parse("a FETCH 9:* FLAGS") else { return }
        #expect(open.ranges(last: 4) == [4...9])
        #expect(open.ranges(last: .max) == [9...UInt32.max])
        #expect(NumberSet.text([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10")
        #expect(NumberSet.text([]) == "")
    }

    @Test(
        "moments come back",
        arguments: ["17-Jul-1996 02:44:25 -0700", " 1-Jan-1970 00:00:00 +0000", "29-Feb-2024 23:59:59 +1245"])
    func dates(_ text: String) throws {
        #expect(try #require(InternalDate(text)).text == text)
    }

    @Test("days are those of the calendar", arguments: [-719_162, -1, 0, 59, 11_016, 19_782, 50_000])
    func days(_ day: Int) throws {
        let date = IMAPDate(seconds: day * 86_400 + 86_399)
        #expect(date.seconds == day * 86_400)
        #expect(IMAPDate(year: date.year, month: date.month, day: date.day) == date)
    }

    @Test(
        "what is no moment is none",
        arguments: [
            "", "30-Feb-2024 00:00:00 +0000", "1-Jan-2024 24:00:00 +0000", "1-Jan-2024 00:00 +0000",
            "1-Jan-2024 00:00:00 0000", "1-Jan-24 00:00:00 +0000",
        ])
    func badDates(_ text: String) {
        #expect(InternalDate(text) == nil)
    }
}
