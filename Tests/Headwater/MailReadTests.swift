import Foundation
import Testing

/// Reading mail of the server of this package, by both protocols.
@Suite("headwater mail read")
struct MailReadTests {
    private static let messages = [
        """
        From: =?utf-8?q?=C3=84nne?= <aenne@example.net>
        To: alice@example.org
        Subject: first
        Date: Mon, 5 Feb 2024 12:00:00 +0100
        Message-ID: <1@example.net>

        The first text.
        """,
        """
        From: bob@example.net
        Subject: =?utf-8?q?evil_=1B]0;title=07_=E2=80=AEend?=
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: multipart/alternative; boundary=c

        --c
        Content-Type: text/html; charset=utf-8

        <p>Look <a href="https://example.net/">here</a><p>\u{1B}[31mred
        --c--
        --b
        Content-Type: application/octet-stream; name="../../etc/.hidden \u{1B}[2J.txt"
        Content-Disposition: attachment
        Content-Transfer-Encoding: base64

        AAEC/w==
        --b
        Content-Type: text/plain
        Content-Disposition: attachment; filename=notes.txt

        notes
        --b--
        """,
        "From: carol@example.net\nSubject: invoice 7\n\nPlease pay.",
    ].map { ($0 + "\n").replacing("\n", with: "\r\n") }

    private func deliver(_ text: String, _ number: Int, in data: String) throws {
        let folder = data + "/mail/example.org/alice"
        for name in ["new", "cur", "tmp"] {
            try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
        }
        let name = "170713\(1000 + number).M1P1Q\(number).test"
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/tmp/\(name)"))
        try FileManager.default.moveItem(atPath: "\(folder)/tmp/\(name)", toPath: "\(folder)/new/\(name)")
    }

    /// A server for alice with three messages, while `body` runs a client with its URL.
    private func withMailbox(
        _ service: String, body: @escaping @Sendable (_ data: String, _ read: Reader) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { data in
            let added = try await command(
                "bash",
                [
                    "-c", #"echo secret | "$0" account add alice@example.org --data "$1" --password-stdin"#,
                    headwaterExecutable, data,
                ])
            #expect(added.status == 0)
            for (index, message) in Self.messages.enumerated() { try deliver(message, index, in: data) }
            try await withServer([
                "mail", "serve", "--data", data, "--domain", "example.org", "--\(service)-listen", "127.0.0.1:0",
                "--self-signed",
            ]) { server in
                let place = server.url.replacingOccurrences(of: "127.0.0.1", with: "localhost")
                try await body(data, Reader(url: place, certificate: data + "/tls/certificate.pem"))
            }
        }
    }

    /// Runs `headwater mail read`.
    private struct Reader: Sendable {
        var url: String
        var certificate: String
        var password = "secret"

        func run(_ options: [String]) async throws -> CommandOutput {
            try await command(
                "bash",
                [
                    "-c", #"printf '%s\n' "$1" | "${@:2}""#, "bash", password, headwaterExecutable, "mail", "read", url,
                    "--user", "alice@example.org", "--password-stdin", "--ca", certificate,
                ] + options)
        }

        func callAsFunction(_ options: String...) async throws -> CommandOutput { try await run(options) }

        func json(_ options: [String]) async throws -> Any {
            let output = try await run(options + ["--json"])
            #expect(output.status == 0, "\(output.standardError)")
            return try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8))
        }

        func subjects(_ options: String...) async throws -> [String] {
            let rows = try await json(options) as? [[String: Any]]
            return (rows ?? []).map { $0["subject"] as? String ?? "" }
        }
    }

    @Test("lists the newest messages as a table and as JSON", arguments: ["imap", "imaps", "pop3", "pop3s"])
    func lists(service: String) async throws {
        try await withMailbox(service) { _, read in
            let table = try await read()
            #expect(table.status == 0, "\(table.standardError)")
            let lines = table.standardOutput.split(separator: "\n")
            #expect(lines.count == 5)
            #expect(lines[2].contains("carol@example.net") && lines[2].contains("invoice 7"))
            #expect(lines[4].contains("2024-02-05T11:00:00Z") && lines[4].contains("Änne"))
            #expect(!table.standardOutput.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
            #expect(try await read.subjects("--limit", "2") == ["invoice 7", "evil ]0;title end"])
            #expect(try await read.subjects("--search", "INVOICE") == ["invoice 7"])
            #expect(try await read.subjects("--search", "nowhere").isEmpty)
            let rows = try #require(try await read.json([]) as? [[String: Any]])
            let first = try #require(rows.last)
            #expect(first["from"] as? String == "Änne" && first["fromAddress"] as? String == "aenne@example.net")
            #expect(first["messageID"] as? String == "1@example.net")
            #expect(first["size"] as? Int == Self.messages[0].utf8.count)
            #expect(first[service.hasPrefix("imap") ? "uid" : "number"] as? Int == 1)
        }
    }

    @Test("shows a message as a person reads it, or octet by octet", arguments: ["imap", "pop3"])
    func shows(service: String) async throws {
        try await withMailbox(service) { _, read in
            let latest = try await read("--message", "latest")
            #expect(
                latest.standardOutput == "From: carol@example.net\nSubject: invoice 7\n\nPlease pay.\n",
                "\(latest.standardError)")
            let evil = try await read("--message", "2")
            #expect(
                evil.standardOutput.hasPrefix(
                    "From: bob@example.net\nSubject: evil ]0;title end\n\nLook here <https://example.net/>"))
            #expect(!evil.standardOutput.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            #expect(evil.standardOutput.contains("application/octet-stream"))
            let document = try #require(try await read.json(["--message", "2"]) as? [String: Any])
            let files = try #require(document["attachments"] as? [[String: Any]])
            #expect(files.map { $0["size"] as? Int } == [4, 5])
            #expect(files.map { $0["part"] as? String } == ["2", "3"])
            #expect(try await read.run(["--message", "2", "--raw"]).standardOutput == Self.messages[1])
            let missing = try await read("--message", "9")
            #expect(missing.status == 66 && missing.standardError.split(separator: "\n").count == 1)
        }
    }

    @Test("commands no terminal, even with a message as it is")
    func terminal() async throws {
        try await withMailbox("imap") { _, read in
            let script = """
                import os, pty, sys
                out = b""
                def take(fd):
                    global out
                    data = os.read(fd, 9999)
                    out += data
                    return data
                status = pty.spawn(sys.argv[1:], take, lambda fd: b"")
                assert status == 0, out
                assert b"Please pay" in out or b"red" in out, out
                assert b"\\x1b" not in out and b"\\x07" not in out, out
                """
            for options in [["--message", "2"], ["--message", "2", "--raw"], []] {
                let arguments = [
                    read.url.replacingOccurrences(of: "imap://", with: "imap://alice%40example.org:secret@")
                ]
                let result = try await command(
                    "python3",
                    ["-c", script, headwaterExecutable, "mail", "read"] + arguments
                        + ["--ca", read.certificate] + options)
                #expect(result.status == 0 || options.isEmpty, "\(result.standardOutput)\(result.standardError)")
            }
        }
    }

    @Test("saves attachments under safe names and overwrites nothing")
    func saves() async throws {
        try await withMailbox("imap") { data, read in
            let folder = data + "/saved"
            for _ in 0..<2 {
                let result = try await read("--message", "2", "--save", folder)
                #expect(result.status == 0, "\(result.standardError)")
                #expect(result.standardOutput.contains(folder + "/notes"))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["_hidden [2J (2).txt", "_hidden [2J.txt", "notes (2).txt", "notes.txt"])
            #expect(FileManager.default.contents(atPath: folder + "/_hidden [2J.txt") == Data([0, 1, 2, 0xFF]))
            #expect(FileManager.default.contents(atPath: folder + "/notes (2).txt") == Data("notes".utf8))
            let refused = try await read("--message", "2", "--save", "/dev/null/x")
            #expect(refused.status == 73)
        }
    }

    @Test("tells what an invitation is about, and saves it with all that lies beside the text")
    func invitation() async throws {
        try await withMailbox("imap") { data, read in
            try deliver(
                """
                From: dora@example.net
                Subject: tea
                Content-Type: multipart/related; boundary=r

                --r
                Content-Type: multipart/alternative; boundary=a

                --a
                Content-Type: text/plain; format=flowed

                Come \u{20}
                for tea.
                --a
                Content-Type: text/html

                <p>Come for tea.<img src="cid:p@x">
                --a
                Content-Type: text/calendar; method=REQUEST

                BEGIN:VCALENDAR
                METHOD:REQUEST
                BEGIN:VEVENT
                SUMMARY:Tea\u{1B}[31m
                DTSTART:20261130T150000Z
                DTEND:20261130T160000Z
                END:VEVENT
                END:VCALENDAR
                --a--
                --r
                Content-Type: image/png
                Content-ID: <p@x>

                PNG
                --r--

                """.replacing("\n", with: "\r\n"), 9, in: data)
            let folder = data + "/saved"
            let result = try await read("--message", "latest", "--save", folder)
            #expect(
                result.standardOutput.contains(
                    "\n\nInvitation: Tea [31m\nWhen: 2026-11-30 15:00 – 16:00 UTC\n\nCome  for tea.\n"),
                "\(result.standardOutput)\(result.standardError)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["invite.ics", "part-2.png"])
            let document = try #require(try await read.json(["--message", "latest"]) as? [String: Any])
            let events = try #require(document["events"] as? [[String: Any]])
            #expect(events.first?["start"] as? String == "2026-11-30 15:00 UTC")
            #expect(events.first?["method"] as? String == "REQUEST")
            #expect(try await read.subjects("--search", "tea") == ["tea"])
        }
    }

    @Test("leaves messages as they are, unless it is told to mark or to remove them")
    func changes() async throws {
        try await withMailbox("imap") { _, read in
            _ = try await read("--message", "1")
            #expect(try await read.subjects("--unseen").count == 3)
            #expect(try await read.run(["--message", "latest", "--unseen", "--mark-seen"]).status == 0)
            #expect(try await read.subjects("--unseen") == ["evil ]0;title end", "first"])
            #expect(try await read.run(["--message", "2", "--delete"]).status == 0)
            #expect(try await read.subjects() == ["invoice 7", "first"])
            let nowhere = try await read("--mailbox", "Nowhere")
            #expect(nowhere.status == 66, "\(nowhere.standardError)")
            #expect(try await read.subjects("--mailbox", "inbox").count == 2)
            // What cannot be written is not removed.
            let full = try await command(
                "bash",
                [
                    "-c",
                    #"echo secret | "$0" mail read "$1" --user alice@example.org --password-stdin --ca "$2" --message 1 --delete >/dev/full"#,
                    headwaterExecutable, read.url, read.certificate,
                ])
            #expect(full.status == 74)
            #expect(try await read.subjects().count == 2)
        }
        try await withMailbox("pop3") { (_: String, read: Reader) async throws -> Void in
            #expect(try await read.run(["--message", "2", "--delete"]).status == 0)
            #expect(try await read.subjects() == ["invoice 7", "first"])
        }
    }

    @Test("waits for a message, and not for ever", arguments: ["imap", "pop3"])
    func waits(service: String) async throws {
        try await withMailbox(service) { data, read in
            let late = try await read("--wait", "1ms")
            #expect(late.status == 75, "\(late.standardOutput)\(late.standardError)")
            async let waiting = read("--wait", "10m", "--search", "special", "--message", "latest")
            try deliver("From: d@example.net\r\nSubject: special\r\n\r\nIt came.\r\n", 9, in: data)
            let result = try await waiting
            #expect(result.standardOutput.hasSuffix("It came.\n"), "\(result.standardError)")
        }
    }

    @Test("says in one line what is wrong")
    func wrong() async throws {
        try await withMailbox("imap") { _, read in
            var stranger = read
            stranger.password = "wrong"
            let refused = try await stranger()
            #expect(refused.status == 77 && refused.standardError.contains("refuses"), "\(refused.standardError)")
            var distrusting = read
            distrusting.certificate = "/nowhere"
            let distrusted = try await distrusting()
            #expect(distrusted.status == 77)
            let plain = try await read("--tls", "none")
            #expect(plain.status == 0, "SCRAM needs no TLS: \(plain.standardError)")
        }
    }

    @Test(
        "refuses what makes no sense",
        arguments: [
            (["http://localhost"], 64, "url"), (["imap://localhost"], 64, "who reads"),
            (["pop3://localhost/INBOX"], 64, "url"),
            (["pop3://a@localhost", "--unseen"], 64, "IMAP"), (["imap://a@localhost", "--raw"], 64, "--message"),
            (["imap://a@localhost", "--message", "first"], 64, "first"),
            (["imaps://a@localhost", "--tls", "none"], 64, "TLS"),
            (["imap://a@localhost", "--message", "1", "--raw", "--json"], 64, "exclude"),
            (["imap://a:b@127.0.0.1:1"], 69, "cannot connect"),
        ] as [([String], Int32, String)])
    func usage(_ arguments: [String], _ status: Int32, _ complaint: String) async throws {
        let result = try await command(headwaterExecutable, ["mail", "read"] + arguments)
        #expect(result.status == status, "\(result.standardError)")
        #expect(result.standardError.lowercased().contains(complaint.lowercased()), "\(result.standardError)")
        #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
    }
}
