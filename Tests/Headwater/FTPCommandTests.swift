import Foundation
import Testing

@Suite("headwater ftp")
struct FTPCommandTests {
    /// Each is a function of the script, which says what it proves.
    @Test(
        "serves Python's ftplib and curl, and withstands abuse",
        arguments: [
            "plain", "tls", "implicit_tls", "curl", "bounce", "theft", "many_listeners", "traversal", "injection",
            "abort",
            "client_killed", "server_killed", "idle", "limits", "access", "telnet_lines",
        ])
    func session(scenario: String) async throws {
        let script = packageRoot + "Tests/Interoperability/ftp.py"
        let result = try await command("python3", [script, headwaterExecutable, scenario])
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
    }

    @Test("says in one line why it cannot serve")
    func errors() async throws {
        try await withTemporaryDirectory { folder in
            for (arguments, status, complaint) in [
                (["--root", folder + "/none"], 66, "cannot open the folder \(folder)/none"),
                (["--require-tls"], 64, "TLS needs a certificate"),
                (["--tls-certificate", "a"], 64, "belong together"),
                (["--tls-certificate", "/dev/null", "--tls-key", "/dev/null"], 78, "/dev/null"),
                (["--passive-ports", "9-1"], 64, "--passive-ports"),
                (["--listen", "192.0.2.1:0"], 68, "cannot listen on 192.0.2.1:0"),
            ] as [([String], Int32, String)] {
                let result = try await command(
                    headwaterExecutable, ["ftp", "serve", "--listen", "127.0.0.1:0", "--data", folder] + arguments)
                #expect(result.status == status, "\(arguments): \(result.standardError)")
                #expect(result.standardError.contains(complaint), "\(result.standardError)")
                #expect(result.standardError.split(separator: "\n").count == 1)
            }
        }
    }
}
