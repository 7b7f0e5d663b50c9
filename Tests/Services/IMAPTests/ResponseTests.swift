import NIOCore
import TestSupport
import Testing

@testable import IMAP

/// What a client makes of what servers send.
@Suite("IMAP responses")
struct ResponseTests {
    /// The responses in `text`, or the fault or error that ends them.
    static func responses(_ text: String, inPieces size: Int = .max, maximumSize: Int = 1 << 20) -> [String] {
        var framer = ResponseFramer(maximumSize: maximumSize)
        var buffer = ByteBuffer()
        var told: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let element = framer.next(in: &buffer) {
                switch element {
                case .response(let text):
                    do { told.append(describe(try ResponseParser.parse(text))) } catch { told.append("error \(error)") }
                case .literal: framer.accept(.kept)
                case .octets, .octetsEnd: told.append("streamed")
                case .fault(let fault): return told + ["fault \(fault)"]
                }
            }
        }
        return told
    }

    private static func describe(_ response: IMAPResponse) -> String {
        switch response {
        case .status(let tag, let status):
            "\(tag ?? "*") \(status.kind.rawValue) [\(status.code ?? "-") \(status.argument)] \(status.text)"
        case .continuation(let text): "+ \(text)"
        case .capabilities(let names): "capabilities \(names)"
        case .list(let mailbox):
            "list \(mailbox.name) \(mailbox.separator.map(String.init) ?? "-") \(mailbox.attributes)"
        case .flags(let flags): "flags \(flags)"
        case .search(let numbers): "search \(numbers)"
        case .exists(let count): "exists \(count)"
        case .expunge(let number): "expunge \(number)"
        case .fetch(let message):
            "fetch \(message.number)"
                + (message.uid.map { " uid \($0)" } ?? "") + (message.flags.map { " flags \($0)" } ?? "")
                + (message.size.map { " size \($0)" } ?? "") + (message.internalDate.map { " date \($0)" } ?? "")
                + message.sections.sorted { $0.key < $1.key }.map { " \($0)=<\(String(decoding: $1, as: UTF8.self))>" }
                .joined()
        case .other(let name): "other \(name)"
        }
    }

    private static let cases: [(String, [String])] = [
        ("* OK ready", ["* OK [- ] ready"]), ("* OK", ["* OK [- ] "]), ("* ok [alert] x", ["* OK [ALERT ] x"]),
        (
            "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot ready.",
            ["* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot ready."]
        ),
        ("* PREAUTH hello", ["* PREAUTH [- ] hello"]), ("* BYE gone", ["* BYE [- ] gone"]),
        ("* OK [UIDVALIDITY 3857529045] ", ["* OK [UIDVALIDITY 3857529045] "]),
        ("* OK [PERMANENTFLAGS (\\Seen \\*)] ok", ["* OK [PERMANENTFLAGS (\\Seen \\*)] ok"]),
        ("* OK [never ends", ["* OK [- ] [never ends"]),
        ("a1 OK [READ-WRITE] done", ["a1 OK [READ-WRITE ] done"]), ("a1 NO no", ["a1 NO [- ] no"]),
        ("a1 BAD", ["a1 BAD [- ] "]),
        // Braces that people wrote announce nothing.
        ("* OK welcome {5}", ["* OK [- ] welcome {5}"]), ("a1 NO {5}", ["a1 NO [- ] {5}"]), ("+ {5}", ["+ {5}"]),
        ("+", ["+ "]), ("+ ", ["+ "]), ("+ dGVzdA==", ["+ dGVzdA=="]), ("+idling", ["+ idling"]),
        ("* CAPABILITY IMAP4rev1  IDLE", ["capabilities [\"IMAP4rev1\", \"IDLE\"]"]),
        ("* FLAGS (\\Seen $Junk)", ["flags [\"\\\\Seen\", \"$Junk\"]"]), ("* FLAGS ()", ["flags []"]),
        (
            "* LIST (\\HasNoChildren \\Sent) \".\" INBOX.Sent",
            ["list INBOX.Sent . [\"\\\\HasNoChildren\", \"\\\\Sent\"]"]
        ),
        ("* LIST () NIL inbox", ["list INBOX - []"]), ("* LIST () \"/\" NIL", ["list NIL / []"]),
        ("* LIST () \"\\\\\" \"a \\\"b\\\"\"", ["list a \"b\" \\ []"]),
        ("* LIST () \"/\" {5}\r\na\r\nbc", ["list a\r\nbc / []"]),
        ("* LIST () \"/\" \"&ANw-bung\"", ["list Übung / []"]), ("* LIST () \"/\" \"Übung\"", ["list Übung / []"]),
        ("* LIST () \"/\" a (\"CHILDINFO\" (\"SUBSCRIBED\"))", ["list a / []"]),
        ("* LSUB () \"/\" a", ["list a / []"]), ("* LIST", ["error \"(\" is missing"]),
        ("* SEARCH", ["search []"]), ("* SEARCH 2 84 882", ["search [2, 84, 882]"]),
        ("* SEARCH 2 (MODSEQ 9)", ["search [2]"]),
        ("* ESEARCH (TAG \"a1\") UID ALL 1:3,7 COUNT 4", ["search [1, 2, 3, 7]"]),
        ("* ESEARCH (TAG \"a\") UID", ["search []"]),
        ("* ESEARCH", ["search []"]),
        ("* ESEARCH ALL 1:4294967295", ["error a set has more numbers than a mailbox has messages"]),
        ("* ESEARCH ALL x", ["error a set of numbers has what is none"]),
        ("* 18 EXISTS", ["exists 18"]), ("* 0 EXISTS", ["exists 0"]), ("* 1 RECENT", ["other RECENT"]),
        ("* 44 expunge", ["expunge 44"]),
        ("* 4294967296 EXISTS", ["other 4294967296"]), ("* STATUS INBOX (MESSAGES 2)", ["other STATUS"]),
        ("* XYZ", ["other XYZ"]),
        ("* 1 FETCH ()", ["fetch 1"]), ("* 1 FETCH", ["error \"(\" is missing"]),
        ("* 1 FETCH (UID 7", ["error \")\" is missing"]),
        (
            "* 12 FETCH (FLAGS (\\Seen) UID 4827313 RFC822.SIZE 44827)",
            ["fetch 12 uid 4827313 flags [\"\\\\Seen\"] size 44827"]
        ),
        ("* 1 FETCH (INTERNALDATE \" 7-Jul-1996 02:44:25 -0700\")", ["fetch 1 date 836732665"]),
        ("* 1 FETCH (INTERNALDATE \"nonsense\" UID 2)", ["fetch 1 uid 2"]), ("* 1 FETCH (RFC822.SIZE -1)", ["fetch 1"]),
        ("* 1 FETCH (BODY[] {5}\r\na\r\nb) UID 1)".replacing(" UID 1)", with: ""), ["error \")\" is missing"]),
        ("* 1 FETCH (BODY[] {4}\r\na\r\nb UID 3)", ["fetch 1 uid 3 BODY[]=<a\r\nb>"]),
        ("* 1 FETCH (BODY[] \"quoted \\\\ \\\"\" UID 3)", ["fetch 1 uid 3 BODY[]=<quoted \\ \">"]),
        ("* 1 FETCH (BODY[] NIL)", ["fetch 1"]), ("* 1 FETCH (BODY[]<0> \"x\")", ["fetch 1 BODY[]=<x>"]),
        ("* 1 FETCH (BODY[] {0}\r\n)", ["fetch 1 BODY[]=<>"]),
        ("* 1 FETCH (body[] ~{1}\r\nx)", ["fetch 1 BODY[]=<x>"]),
        (
            "* 1 FETCH (BODY[HEADER.FIELDS (DATE \"FROM\" {2}\r\nTo)] {6}\r\nTo: x\n UID 9)",
            ["fetch 1 uid 9 BODY[HEADER.FIELDS=<To: x\n>"]
        ),
        (
            "* 1 FETCH (MODSEQ (65402) BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 1)(\"a\" \"b\") \"mixed\") X-GM-LABELS (\"\\\\Sent\") UID 1)",
            ["fetch 1 uid 1"]
        ),
        ("* 1 FETCH (ENVELOPE (NIL {2}\r\n() ((\"a\" NIL \"b\" \"c\"))) UID 1)", ["fetch 1 uid 1"]),
        ("* 1 FETCH (X \(String(repeating: "(", count: 100))", ["error lists are nested too deeply"]),
        ("* 1 FETCH ( UID 1)", ["error a fetched item has no name"]),
        ("* 1 FETCH (UID)", ["error \"space\" is missing"]),
        ("* 1 FETCH (FLAGS (\\Seen", ["error a list of flags does not end"]),
        ("* 1 FETCH (BODY[", ["error \"space\" is missing"]),
        ("* 1 FETCH (X \"abc", ["error a quoted string does not end"]),
        ("", ["error a response has one word only"]), ("*", ["error a response has one word only"]), ("* ", ["other "]),
        ("nonsense", ["error a response has one word only"]),
        ("HTTP/1.1 400 Bad Request", ["error a command is answered with 400"]),
    ]

    @Test("are read, of whatever server, in whatever pieces", arguments: cases.indices)
    func table(_ index: Int) {
        let (text, expected) = Self.cases[index]
        #expect(Self.responses(text + "\r\n") == expected, "\(text)")
        #expect(Self.responses(text + "\r\n", inPieces: 1) == expected, "\(text)")
    }

    @Test("end the session when they are no lines, or have no end")
    func faults() {
        #expect(Self.responses("* OK a\n") == ["fault an LF without CR"])
        #expect(Self.responses("* OK a\0\r\n") == ["fault an octet of value zero"])
        #expect(
            Self.responses("* OK \(String(repeating: "x", count: 200))", maximumSize: 100) == [
                "fault a line that is too long"
            ])
        let literals = "* 1 FETCH (" + String(repeating: "X {9}\r\n123456789 ", count: 20)
        #expect(Self.responses(literals, maximumSize: 100) == ["fault a response that is too long"])
    }

    @Test("commands are quoted, and what cannot be is sent as literals")
    func commands() {
        func parts(_ command: ClientCommand, free: Bool) -> [String] {
            command.parts(tag: "a1") { _ in free }.map { String(decoding: $0, as: UTF8.self) }
        }
        let login = ClientCommand("LOGIN").string("a\"b\\c").string("")
        #expect(parts(login, free: false) == ["a1 LOGIN \"a\\\"b\\\\c\" \"\"\r\n"])
        let search = ClientCommand("UID SEARCH").word("CHARSET UTF-8").word("TEXT").string("Übung").word("UNSEEN")
        #expect(parts(search, free: false) == ["a1 UID SEARCH CHARSET UTF-8 TEXT {6}\r\n", "Übung UNSEEN\r\n"])
        #expect(parts(search, free: true) == ["a1 UID SEARCH CHARSET UTF-8 TEXT {6+}\r\nÜbung UNSEEN\r\n"])
        let smuggled = ClientCommand("LOGIN").string("x\r\na2 LOGOUT").string("y")
        #expect(parts(smuggled, free: false) == ["a1 LOGIN {12}\r\n", "x\r\na2 LOGOUT \"y\"\r\n"])
        #expect(
            parts(ClientCommand("SELECT").mailbox("Über & unter"), free: false) == [
                "a1 SELECT \"&ANw-ber &- unter\"\r\n"
            ])
    }
}

@Suite("Randomised IMAP responses")
struct RandomisedResponseTests {
    @Test("whatever comes, in whatever pieces, is the same, and nothing traps")
    func anything() {
        let pieces = [
            "* ", "1 ", "FETCH ", "(", ")", "UID ", "FLAGS ", "BODY[", "]", "BODY[] ", "{3}\r\n", "{0}\r\n", "abc",
            "\r\n", "\"",
            "\\", "NIL", " ", "OK ", "[", "LIST ", "\"/\" ", "a1 ", "SEARCH ", "ESEARCH ", "ALL ", "1:3,5", "+ ",
            "~{1}\r\n",
            "BYE ", "EXISTS", "ä", "{99999999999999}\r\n", "\r\n* ", "&ANw-", "<0>",
        ]
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<fuzzRounds(default: 3000) {
            let count = Int.random(in: 0..<25, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let whole = ResponseTests.responses(text, maximumSize: 10_000)
            let size = Int.random(in: 1...4, using: &generator)
            #expect(ResponseTests.responses(text, inPieces: size, maximumSize: 10_000) == whole, "\(text)")
        }
    }
}
