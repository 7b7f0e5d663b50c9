@testable import FTP
import Foundation
import NIOCore
import TestSupport
import Testing

@Suite("What FTP servers say")
struct ClientParserTests {
    private func replies(_ lines: [String]) throws -> [FTPReply] {
        var parser = FTPReplyParser()
        return try lines.compactMap { try parser.receive($0) }
    }

    @Test("Replies have one line or many")
    func replies() throws {
        #expect(
            try replies([
                "220 ready", "211-Features:", " EPSV", "211-again", "212 not the end", "211", "230", "150-a", "150 b",
            ]) == [
                FTPReply(220, "ready"), FTPReply(211, lines: ["Features:", " EPSV", "again", "212 not the end", ""]),
                FTPReply(230, ""), FTPReply(150, lines: ["a", "b"]),
            ])
        for wrong in ["", "22", "abc", "600 x", "099 x", "220x", "SSH-2.0-OpenSSH", "２２０ x"] {
            #expect(throws: FTPClientError.self) { try replies([wrong]) }
        }
        #expect(throws: FTPClientError.self) {
            try replies(["211-"] + [String](repeating: "x", count: 20_000))
        }
    }

    @Test("Lines of listings")
    func listings() throws {
        #expect(
            ListingParser.machine("Type=file;Size=6;modify=20260102030405.123;x=; a b.txt")
                == .entry(
                    FTPListing.Entry(
                        name: "a b.txt", isDirectory: false, size: 6,
                        modified: Date(timeIntervalSince1970: 1_767_323_045))))
        #expect(
            ListingParser.machine("type=dir;size=4096; d") == .entry(FTPListing.Entry(name: "d", isDirectory: true)))
        #expect(ListingParser.machine("type=file; x") == .entry(FTPListing.Entry(name: "x", isDirectory: false)))
        for line in [
            "type=cdir; .", "type=pdir; ..", "type=dir; ..", "type=dir; .", "type=OS.unix=slink:/etc; l", "",
        ] {
            #expect(ListingParser.machine(line) == .other, "\(line)")
        }
        for line in [
            "type=file; ../x", "type=file; a/b", "type=file; /abs", "type=file;", "type=file; ", "type=file;size=-1; x",
            "size=1; x", "-rw-r--r-- 1 a b 3 Jan 1 2025 x", "nonsense", "type=file; a\u{1B}[31mb",
            "type=file; a\u{9B}b",
            "type=file;size=99999999999999999999; x",
        ] {
            #expect(ListingParser.machine(line) == .refused, "\(line)")
        }
        #expect(
            ListingParser.long("-rw-r--r--   1 ftp      ftp           5000004 Nov 25 08:00 big  file.bin")
                == .entry(FTPListing.Entry(name: "big  file.bin", isDirectory: false, size: 5_000_004)))
        #expect(
            ListingParser.long("drwxr-xr-x+  2 0 0 4096 Jan  1  2025 dir")
                == .entry(FTPListing.Entry(name: "dir", isDirectory: true)))
        for line in [
            "total 12", "insgesamt 0", "lrwxrwxrwx 1 a b 3 Jan  1  2025 l -> x",
            "brw-rw---- 1 a b 8, 0 Jan  1 2025 sda",
            "", "drwxr-xr-x 2 0 0 4096 Jan 1 2025 ..",
        ] {
            #expect(ListingParser.long(line) == .other, "\(line)")
        }
        for line in [
            "-rw-r--r-- 1 a b 3 Jan  1  2025 ../x", "-rw-r--r-- 1 a b 3 Jan 1 2025", "-rw-r--r-- 1 a b c Jan 1 2025 x",
            "11-30-26  02:34AM       <DIR>          windows", "ls: cannot open directory",
        ] {
            #expect(ListingParser.long(line) == .refused, "\(line)")
        }
        // What this server prints this client reads.
        let entry = FileEntry(
            name: "x y", status: FileStatus(isDirectory: false, size: 7, modified: Date(), unique: nil))
        #expect(
            ListingParser.long(LongListing.line(entry))
                == .entry(FTPListing.Entry(name: "x y", isDirectory: false, size: 7)))
    }

    @Test("Lines of a listing end with CR LF or LF, the last one with either or nothing, wherever it is cut")
    func lines() throws {
        let text = Array("one\r\ntwo\n\nthr ee\r\nlast".utf8)
        for cut in 0...text.count {
            var lines = ListingLines()
            var found = try lines.receive(ByteBuffer(bytes: text[..<cut]))
            found += try lines.receive(ByteBuffer(bytes: text[cut...]))
            if let last = try lines.finish() { found.append(last) }
            #expect(found.map { String(buffer: $0) } == ["one", "two", "", "thr ee", "last"])
            #expect(try lines.finish() == nil)
        }
        var ended = ListingLines()
        #expect(try ended.receive(ByteBuffer(string: "a\r\n")).count == 1)
        #expect(try ended.finish() == nil)
    }

    @Test("A damaged listing is none", arguments: ["a\r\nb\0c\r\nd", "a\rb\n", "a\0", "a\r\r\n"])
    func damagedLines(text: String) {
        for cut in 0...text.utf8.count {
            let octets = Array(text.utf8)
            #expect(throws: FTPClientError.self) {
                var lines = ListingLines()
                _ = try lines.receive(ByteBuffer(bytes: octets[..<cut]))
                _ = try lines.receive(ByteBuffer(bytes: octets[cut...]))
                _ = try lines.finish()
            }
        }
    }

    @Test("A line of a listing has an end")
    func endlessLine() throws {
        var lines = ListingLines()
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 10_000)
        #expect(try lines.receive(piece).isEmpty)
        #expect(throws: FTPClientError.self) { try lines.receive(piece) }
    }

    @Test(
        "URLs name a server, a user and a path",
        arguments: [
            ("ftp://h/a/b", "ftp://h:21/a/b", "a/b"), ("ftps://[::1]:99/", "ftps://[::1]:99/", ""),
            ("ftp://u%40d:p@h//etc/x", "ftp://h:21//etc/x", "/etc/x"), ("ftp://h", "ftp://h:21/", ""),
            ("ftp://h/a%20b/", "ftp://h:21/a b", "a b"), ("ftp://h/a%0Ab", nil, nil), ("http://h/", nil, nil),
            ("h/a", nil, nil),
        ] as [(String, String?, String?)])
    func locations(text: String, description: String?, path: String?) {
        let location = FTPLocation(text)
        #expect(location?.description == description)
        #expect(location?.path == path)
        if text.contains("u%40d") { #expect(location?.user == "u@d" && location?.password == "p") }
    }
}

@Suite("Randomised FTP replies")
struct RandomisedReplyTests {
    @Test("Whatever a server sends is a reply, waits for more, or is an error")
    func lines() {
        var generator = SeededGenerator(seed: 3659)
        let pieces = [
            "2", "20", "220", " ", "-", "é", "|||", "(", ")", "1,2,3,4,5,6", "type=file;", "; ", "x", "\u{0}",
            "99999999999999",
        ]
        for _ in 0..<fuzzRounds(default: 2000) {
            var parser = FTPReplyParser()
            for _ in 0..<5 {
                let line = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    pieces.randomElement(using: &generator) ?? ""
                }.joined()
                if let reply = try? parser.receive(line) {
                    #expect((100..<600).contains(reply.code))
                    #expect(!reply.lines.isEmpty)
                }
                for case .entry(let entry) in [ListingParser.machine(line), ListingParser.long(line)] {
                    #expect(!entry.name.contains("/") && !entry.name.contains("\0"))
                    #expect(entry.size ?? 0 >= 0)
                }
                if let port = HostPort.parse(extendedPassive: line) { #expect((1...65535).contains(port)) }
                _ = HostPort.parse(passive: line)
            }
        }
    }
}
