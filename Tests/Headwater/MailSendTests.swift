import Testing

@Suite("headwater mail send")
struct MailSendTests {
    /// Each is a function of the script, which says what it proves.
    @Test(
        "sends to all or tells who is left out, and sends what others can read",
        arguments: ["composed", "piped", "outcomes", "attached"])
    func session(scenario: String) async throws {
        let script = packageRoot + "Tests/Headwater/Scripts/mailsend.py"
        let result = try await command("python3", [script, headwaterExecutable, scenario])
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
    }

    @Test("says in plain words that a certificate is not trusted, and what to do", arguments: ["mail", "ftp"])
    func untrusted(service: String) async throws {
        try await withTemporaryDirectory { data in
            let listen =
                service == "ftp"
                ? ["--listen", "127.0.0.1:0"]
                : ["--domain", "example.org", "--submissions-listen", "127.0.0.1:0"]
            try await withServer([service, "serve", "--data", data, "--self-signed"] + listen) { server in
                let port = String(server.url.split(separator: ":").last ?? "")
                let client =
                    service == "ftp"
                    ? ["list", "ftp://127.0.0.1:\(port)/", "--tls"]
                    : [
                        "send", "--server", "127.0.0.1:\(port)", "--tls", "implicit", "--from", "a@x.test", "--to",
                        "b@x.test", "--text", "t",
                    ]
                let result = try await command(headwaterExecutable, [service] + client)
                #expect(result.status == 77)
                #expect(
                    result.standardError
                        == "headwater: error: the certificate of 127.0.0.1 is not trusted (it vouches for itself); "
                        + "--ca names an authority\n")
            }
        }
    }
}
