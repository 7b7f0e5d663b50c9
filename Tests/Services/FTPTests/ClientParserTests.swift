@testable import FTP
import Foundation
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
        let machine = ListingParser.machine("Type=file;Size=6;modify=20260102030405.123;x=; a b.txt")
        #expect(machine?.name == "a b.txt")
        #expect(machine?.status.size == 6)
        #expect(machine?.status.modified == Date(timeIntervalSince1970: 1_767_323_045))
        #expect(ListingParser.machine("type=dir; d")?.status.isDirectory == true)
        for wrong in [
            "type=cdir; .", "type=pdir; ..", "type=OS.unix=symlink; l", "type=file; ../x", "type=file; a/b",
            "type=file;", "",
            "type=file; ..", "type=file;size=-1; x",
        ] {
            #expect(ListingParser.machine(wrong) == nil)
        }
        let long = ListingParser.long("-rw-r--r--   1 ftp      ftp           5000004 Nov 25 08:00 big  file.bin")
        #expect(long?.name == "big  file.bin")
        #expect(long?.status.size == 5_000_004)
        #expect(ListingParser.long("drwxr-xr-x+  2 0 0 4096 Jan  1  2025 dir")?.status.isDirectory == true)
        for wrong in ["total 12", "lrwxrwxrwx 1 a b 3 Jan  1  2025 l -> x", "", "-rw-r--r-- 1 a b 3 Jan  1  2025 ../x"]
        {
            #expect(ListingParser.long(wrong) == nil)
        }
        // What this server prints this client reads.
        let entry = FileEntry(
            name: "x y", status: FileStatus(isDirectory: false, size: 7, modified: Date(), unique: nil))
        #expect(ListingParser.long(LongListing.line(entry))?.status.size == 7)
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
                if let entry = ListingParser.machine(line) ?? ListingParser.long(line) {
                    #expect(!entry.name.contains("/"))
                }
                if let port = HostPort.parse(extendedPassive: line) { #expect((1...65535).contains(port)) }
                _ = HostPort.parse(passive: line)
            }
        }
    }
}
