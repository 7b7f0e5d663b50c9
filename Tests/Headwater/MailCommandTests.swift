import Foundation
import Subprocess
import Testing

/// The mail server and its tools, and third parties that talk to it.
@Suite("headwater mail")
struct MailCommandTests {
    /// Runs with `input` as standard input.
    private func headwater(_ arguments: [String], input: String = "") async throws -> CommandOutput {
        try await command(
            "bash", ["-c", #"printf '%s' "$1" | "${@:2}""#, "bash", input, headwaterExecutable] + arguments)
    }

    private func makeAccounts(_ data: String) async throws {
        for name in ["alice", "bob"] {
            let result = try await headwater(
                ["account", "add", "\(name)@example.org", "--data", data, "--password-stdin"], input: "secret\n")
            #expect(result.status == 0, "\(result.standardError)")
        }
    }

    /// The port of `smtp://127.0.0.1:43211`.
    private func port(_ server: RunningServer) -> String { String(server.url.split(separator: ":").last ?? "") }

    /// Messages in a user's inbox, when there are as many as expected or more.
    private func inbox(
        _ data: String, _ user: String, of domain: String = "example.org", expecting count: Int
    ) async throws -> [String] {
        let folder = "\(data)/mail/\(domain)/\(user)/new"
        // The queue delivers after it has acknowledged.
        for _ in 0..<600 {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            if names.count >= count {
                return names.map { name in
                    String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
                }
            }
            _ = try await command("sleep", ["0.1"])
        }
        Issue.record("\(user) did not get \(count) messages")
        return []
    }

    @Test("takes mail from Python's smtplib and from curl, and delivers it")
    func thirdParties() async throws {
        try await withTemporaryDirectory { data in
            try await makeAccounts(data)
            try await withServer([
                "mail", "serve", "--data", data, "--domain", "example.org", "--smtp-listen", "127.0.0.1:0",
                "--self-signed",
            ]) { server in
                let script = """
                    import smtplib, ssl, sys
                    client = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
                    client.starttls(context=ssl.create_default_context(cafile=sys.argv[2]))
                    client.login("alice@example.org", "secret")
                    client.sendmail("alice@example.org", ["bob@example.org"], "Subject: python\\r\\n\\r\\n.dot\\r\\n")
                    try:
                        client.sendmail("alice@example.org", ["nobody@example.org"], "Subject: x\\r\\n\\r\\n")
                        sys.exit("nobody got it")
                    except smtplib.SMTPRecipientsRefused as error:
                        assert error.recipients["nobody@example.org"][0] == 550
                    client.quit()
                    """
                let python = try await command(
                    "python3", ["-c", script, port(server), data + "/tls/certificate.pem"])
                #expect(python.status == 0, "\(python.standardError)")
                let message = data + "/message"
                try Data("Subject: curl\r\n\r\nhello\r\n".utf8).write(to: URL(filePath: message))
                let curl = try await command(
                    "curl",
                    [
                        "-sS", server.url, "--ssl-reqd", "--cacert", data + "/tls/certificate.pem", "--mail-from",
                        "carol@example.net", "--mail-rcpt", "bob@example.org", "--upload-file", message,
                    ])
                #expect(curl.status == 0, "\(curl.standardError)")
                let messages = try await inbox(data, "bob", expecting: 2)
                let first = messages.first { $0.contains("Subject: python") } ?? ""
                #expect(
                    first.hasPrefix(
                        "Return-Path: <alice@example.org>\r\nDelivered-To: bob@example.org\r\nReceived: from "))
                #expect(first.contains(" with ESMTPSA id ") && first.hasSuffix("\r\n\r\n.dot\r\n"))
                #expect(messages.contains { $0.contains("Subject: curl") && $0.contains(" with ESMTPS id ") })
            }
        }
    }

    @Test("relays from one server to another, which gets what was sent, and brings back what cannot be delivered")
    func relay() async throws {
        try await withTemporaryDirectory { data in
            let other = data + "/other"
            try await makeAccounts(data)
            let result = try await headwater(
                ["account", "add", "dave@example.com", "--data", other, "--password-stdin"], input: "secret\n")
            #expect(result.status == 0, "\(result.standardError)")
            try await withServer([
                "mail", "serve", "--data", other, "--domain", "example.com", "--smtp-listen", "127.0.0.1:0",
                "--self-signed",
            ]) { remote in
                try await withServer([
                    "mail", "serve", "--data", data, "--domain", "example.org", "--submission-listen", "127.0.0.1:0",
                    "--self-signed", "--mx-map", "example.com=127.0.0.1:\(port(remote))",
                ]) { server in
                    let sent = try await headwater(
                        [
                            "mail", "send", "--server", "127.0.0.1:\(port(server))", "--from", "alice@example.org",
                            "--to",
                            "dave@example.com", "--to", "nobody@example.com", "--subject", "Grüße", "--text", "hello",
                            "--user", "alice@example.org", "--password-stdin", "--ca", data + "/tls/certificate.pem",
                        ], input: "secret\n")
                    #expect(sent.status == 0, "\(sent.standardError)")
                    let bounce = try await inbox(data, "alice", expecting: 1).first ?? ""
                    #expect(bounce.contains("Content-Type: multipart/report; report-type=delivery-status"))
                    #expect(
                        bounce.contains(
                            "Final-Recipient: rfc822; nobody@example.com\r\nAction: failed\r\nStatus: 5.1.1"))
                    #expect(bounce.hasPrefix("Return-Path: <>\r\n"))
                    let message = try await inbox(other, "dave", of: "example.com", expecting: 1).first ?? ""
                    #expect(message.contains("Subject: =?utf-8?") && message.contains("\r\nDate: "))
                    #expect(message.contains("Message-ID: <"))
                    // A message leaves the queue after it has arrived.
                    var waiting = ""
                    for _ in 0..<600 where waiting != "[]" {
                        let list = try await headwater(["mail", "queue", "list", "--data", data, "--json"])
                        waiting = list.standardOutput.filter { !$0.isWhitespace }
                    }
                    #expect(waiting == "[]")
                }
            }
        }
    }

    @Test("keeps what nobody takes, shows it, and tries again or drops it when asked")
    func queue() async throws {
        try await withTemporaryDirectory { data in
            try await makeAccounts(data)
            try await withServer([
                "mail", "serve", "--data", data, "--domain", "example.org", "--submission-listen", "127.0.0.1:0",
                "--allow-plaintext-on-loopback", "--mx-map", "*=127.0.0.1:1",
            ]) { server in
                for name in ["dave", "erin"] {
                    let sent = try await headwater(
                        [
                            "mail", "send", "--server", "127.0.0.1:\(port(server))", "--from", "alice@example.org",
                            "--to",
                            "\(name)@example.com", "--user", "alice@example.org", "--password-stdin", "--tls", "none",
                        ], input: "secret\nSubject: raw\r\n\r\nhello\r\n")
                    #expect(sent.status == 0, "\(sent.standardError)")
                }
                // Waits in the queue of a server that runs.
                let list = try await headwater(["mail", "queue", "list", "--data", data])
                #expect(list.standardOutput.contains("dave@example.com") && list.standardOutput.contains("waiting"))
                #expect(try await headwater(["mail", "queue", "retry", "--all", "--data", data]).status == 0)
            }
            let list = try await headwater(["mail", "queue", "list", "--data", data, "--json"])
            let rows = try #require(
                try JSONSerialization.jsonObject(with: Data(list.standardOutput.utf8)) as? [[String: Any]])
            #expect(rows.count == 2)
            let name = try #require(rows.first?["message"] as? String)
            #expect(try await headwater(["mail", "queue", "retry", name, "--data", data]).status == 0)
            #expect(try await headwater(["mail", "queue", "drop", name, "--data", data]).status == 0)
            let unknown = try await headwater(["mail", "queue", "drop", name, "--data", data])
            #expect(unknown.status == 66)
            #expect(unknown.standardError.contains("there is no message \(name)"))
            #expect(try await headwater(["mail", "queue", "drop", "--all", "--data", data]).status == 0)
            let rest = try await headwater(["mail", "queue", "list", "--data", data, "--json"])
            #expect(rest.standardOutput.filter { !$0.isWhitespace } == "[]")
        }
    }

    @Test("gives abuse no chance on the wire")
    func abuse() async throws {
        try await withTemporaryDirectory { data in
            try await makeAccounts(data)
            try await withServer([
                "mail", "serve", "--data", data, "--domain", "example.org", "--smtp-listen", "127.0.0.1:0",
                "--self-signed", "--greeting-delay", "0.5",
            ]) { server in
                let script = #"""
                    import socket, ssl, sys
                    def talk(*parts, early=False):
                        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                        if not early: assert s.recv(999).startswith(b"220 "), "no greeting"
                        out = b""
                        for part in parts:
                            s.sendall(part)
                            if part is not parts[-1]: out = s.recv(9999)
                        while True:
                            more = s.recv(9999)
                            if not more: return out + more
                            out += more
                    assert talk(b"EHLO a\r\n", early=True).startswith(b"554 5.5.1 ")
                    assert talk(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"421 4.7.0 ")
                    envelope = b"MAIL FROM:<c@example.net>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
                    for end in [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r"]:
                        text = b"Subject: a\r\n\r\nb" + end + envelope + b"smuggled\r\n.\r\nQUIT\r\n"
                        reply = talk(b"EHLO a\r\n", envelope, text)
                        assert b"550 5.5.2 " in reply and b"250 2.0.0 taken" not in reply, (end, reply)
                    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                    s.recv(999)
                    s.sendall(b"EHLO a\r\n")
                    s.recv(9999)
                    s.sendall(b"STARTTLS\r\nEHLO injected\r\n" + envelope)
                    reply = s.recv(999)
                    assert reply.startswith(b"220 ") and reply.count(b"\n") == 1, reply
                    t = ssl.create_default_context(cafile=sys.argv[2]).wrap_socket(s, server_hostname="localhost")
                    t.sendall(b"RCPT TO:<bob@example.org>\r\n")
                    reply = t.recv(999)
                    assert reply.startswith(b"503 "), reply
                    """#
                let result = try await command(
                    "python3", ["-c", script, port(server), data + "/tls/certificate.pem"])
                #expect(result.status == 0, "\(result.standardError)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: data + "/queue/messages").isEmpty)
            #expect(!FileManager.default.fileExists(atPath: data + "/mail/example.org/bob/new"))
        }
    }

    @Test(
        "says in one line what is wrong",
        arguments: [
            (["serve", "--data", "x", "--domain", "example.org"], 64, "nothing to do"),
            (["serve", "--data", "x", "--domain", "a b", "--smtp-listen", "127.0.0.1:0"], 64, "no domain"),
            (["serve", "--data", "x", "--domain", "a", "--submissions-listen", "127.0.0.1:0"], 64, "--self-signed"),
            (["serve", "--data", "x", "--domain", "a", "--smtp-listen", "127.0.0.1:0", "--mx-map", "x"], 64, "mx-map"),
            (["serve", "--data", "/dev/null/x", "--domain", "a", "--smtp-listen", "127.0.0.1:0"], 74, "/dev/null/x"),
            (["send", "--server", "127.0.0.1:1", "--from", "x", "--to", "a@b.test", "--text", "x"], 64, "no address"),
            (
                ["send", "--server", "127.0.0.1:1", "--from", "a@b.test", "--to", "a@b.test", "--text", "x"], 69,
                "cannot connect"
            ),
            (["queue", "list", "--data", "/nowhere"], 66, "there is no folder /nowhere"),
            (["queue", "drop", "--data", "/nowhere"], 64, "name messages"),
        ] as [([String], Int32, String)])
    func errors(_ arguments: [String], _ status: Int32, _ complaint: String) async throws {
        let result = try await headwater(["mail"] + arguments)
        #expect(result.status == status, "\(result.standardError)")
        #expect(result.standardError.contains(complaint), "\(result.standardError)")
        #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
    }
}
