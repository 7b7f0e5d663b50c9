import Testing

@Suite("headwater mail in sessions")
struct MailSessionTests {
    /// Each is a function of the script, which says what it proves.
    @Test(
        "serves Python's smtplib, and other hosts however they behave",
        arguments: [
            "submission", "persistent", "implicit_tls", "send", "relay", "limits", "rates", "room", "connections",
            "reports", "bounces_end", "queue", "downgrades", "no_tls", "kills", "disk_fails", "stop_in_order",
            "reading",
        ])
    func session(scenario: String) async throws {
        let script = packageRoot + "Tests/Headwater/Scripts/mail-sessions.py"
        let result = try await command("python3", [script, headwaterExecutable, scenario])
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
    }
}
