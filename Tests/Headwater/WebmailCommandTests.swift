import Foundation
import Subprocess
import Testing

/// Mail in a browser, served by the executable.
@Suite("headwater mail serve --webmail-listen")
struct WebmailCommandTests {
    @Test("Over TLS somebody logs in, writes to another account through the queue, and that one reads it")
    func exchange() async throws {
        try await withTemporaryDirectory { data in
            for name in ["alice", "bob"] {
                let made = try await command(
                    "bash",
                    [
                        "-c", #"printf 'secret\n' | "$0" account add "$1@example.org" --data "$2" --password-stdin"#,
                        headwaterExecutable, name, data,
                    ])
                #expect(made.status == 0, "\(made.standardError)")
            }
            try await withServer([
                "mail", "serve", "--data", data, "--domain", "example.org", "--webmail-listen", "127.0.0.1:0",
                "--self-signed",
            ]) { server in
                #expect(server.url.hasPrefix("https://127.0.0.1:"))
                let python = try await command(
                    "python3", ["-c", Self.script, server.url, data + "/tls/certificate.pem"])
                #expect(python.status == 0, "\(python.standardError)")
                // Whoever speaks HTTP in the clear is not answered.
                let clear = try await command(
                    "curl", ["-sS", "-m", "10", server.url.replacing("https:", with: "http:") + "/login"])
                #expect(clear.status != 0 && clear.standardOutput.isEmpty)
            }
        }
    }

    @Test("Browsers are told to come over TLS only where they trust the certificate")
    func strict() async throws {
        try await withTemporaryDirectory { data in
            let arguments = [
                "mail", "serve", "--data", data, "--domain", "example.org", "--webmail-listen", "127.0.0.1:0",
            ]
            let tls = data + "/tls"
            for (identity, expected) in [
                (["--self-signed"], false),
                (["--tls-certificate", tls + "/certificate.pem", "--tls-key", tls + "/key.pem"], true),
            ] {
                try await withServer(arguments + identity) { server in
                    let head = try await command("curl", ["-ksSI", "-m", "60", server.url + "/login"])
                    #expect(head.standardOutput.hasPrefix("HTTP/1.1 200"), "\(head.standardError)")
                    let isStrict = head.standardOutput.lowercased().contains(
                        "strict-transport-security: max-age=31536000\r\n")
                    #expect(isStrict == expected)
                }
            }
        }
    }

    private static let script = #"""
        import http.cookiejar, re, ssl, sys, time, urllib.parse, urllib.request
        url = sys.argv[1]
        context = ssl.create_default_context(cafile=sys.argv[2])

        class Browser:
            def __init__(self, user):
                self.jar = http.cookiejar.CookieJar()
                self.opener = urllib.request.build_opener(
                    urllib.request.HTTPSHandler(context=context), urllib.request.HTTPCookieProcessor(self.jar))
                proof = self.field(self.get("/login"), "proof")
                inbox = self.post("/login", {"user": user, "password": "secret", "proof": proof})
                assert "<bdi>Inbox</bdi>" in inbox, inbox
                self.token = self.field(inbox, "csrf")
                cookie = [c for c in self.jar if c.name == "__Host-headwater"][0]
                assert cookie.secure and cookie.path == "/" and cookie.has_nonstandard_attr("HttpOnly")

            def get(self, path):
                return self.opener.open(url + path).read().decode()

            def post(self, path, fields):
                request = urllib.request.Request(url + path, urllib.parse.urlencode(fields).encode(), {"Origin": url})
                return self.opener.open(request).read().decode()

            def upload(self, path, fields):
                body = "".join(f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
                headers = {"Content-Type": "multipart/form-data; boundary=b", "Origin": url}
                return self.opener.open(
                    urllib.request.Request(url + path, (body + "--b--\r\n").encode(), headers)).read().decode()

            def field(self, page, name):
                return re.search(f'name="{name}" value="([^"]*)"', page)[1]

        alice, bob = Browser("alice@example.org"), Browser("bob@example.org")
        page = alice.upload("/compose", {
            "csrf": alice.token, "action": "send", "to": "Bob <bob@example.org>", "subject": "Grüße", "text": "hello"})
        assert "Sent." in page, page
        for _ in range(600):
            inbox = bob.get("/mail")
            if "Grüße" in inbox: break
            time.sleep(0.1)
        message = bob.get(re.search(r'href="(/message[^"]*)"', inbox)[1].replace("&amp;", "&"))
        assert "hello" in message and "alice@example.org" in message, message
        assert "Grüße" in alice.get("/mail?folder=Sent")
        """#

    @Test(
        "does not let passwords cross a network in the clear",
        arguments: [
            ["--webmail-listen", "127.0.0.1:0"], ["--webmail-listen", "0.0.0.0:0", "--allow-plaintext-on-loopback"],
            ["--webmail-listen", "192.0.2.1:0", "--allow-plaintext-on-loopback"],
        ])
    func clear(_ arguments: [String]) async throws {
        let result = try await command(
            headwaterExecutable, ["mail", "serve", "--data", "x", "--domain", "example.org"] + arguments)
        #expect(result.status == 64)
        #expect(result.standardError.contains("would cross the network in the clear"))
        #expect(result.standardError.split(separator: "\n").count == 1)
    }

    @Test("says in one line why it cannot listen")
    func listening() async throws {
        try await withTemporaryDirectory { data in
            let arguments = [
                "mail", "serve", "--data", data, "--domain", "example.org", "--allow-plaintext-on-loopback",
                "--webmail-listen",
            ]
            try await withServer(arguments + ["127.0.0.1:0"]) { server in
                let port = server.url.split(separator: ":").last ?? ""
                var other = arguments + ["127.0.0.1:\(port)"]
                other[3] = data + "/other"
                let result = try await command(headwaterExecutable, other)
                #expect(result.status == 69, "\(result.standardError)")
                #expect(result.standardError.contains("the port is in use"), "\(result.standardError)")
            }
            let unknown = try await command(headwaterExecutable, arguments + ["no..host:0", "--self-signed"])
            #expect(unknown.status == 68, "\(unknown.standardError)")
            #expect(unknown.standardError.contains("no..host:0: the host is unknown"), "\(unknown.standardError)")
        }
    }
}
