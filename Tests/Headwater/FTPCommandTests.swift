import Foundation
import Testing

@Suite("headwater ftp")
struct FTPCommandTests {
    /// Each is a function of the script, which says what it proves.
    @Test(
        "serves Python's ftplib and curl, and withstands abuse",
        arguments: [
            "plain", "ipv6", "paced", "tls", "implicit_tls", "curl", "bounce", "theft", "many_listeners", "traversal",
            "injection", "injection_during_transfer", "truncated", "full", "stopped", "abort", "client_killed",
            "server_killed", "idle", "limits", "access", "telnet_lines",
        ])
    func session(scenario: String) async throws {
        let script = packageRoot + "Tests/Headwater/Scripts/ftp.py"
        let result = try await command("python3", [script, headwaterExecutable, scenario])
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
    }

    /// A server with the account a@b.test, whose files are in a folder, while `body` runs with options of a client.
    private func withFTPServer(
        _ options: String...,
        body: @escaping @Sendable (_ url: String, _ files: String, _ client: [String]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { data in
            let added = try await command(
                "bash",
                ["-c", #"echo x | "$0" account add a@b.test --data "$1" --password-stdin"#, headwaterExecutable, data])
            #expect(added.status == 0)
            let files = data + "/ftp/a@b.test"
            try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
            let client = options.isEmpty ? [] : ["--tls", "--ca", data + "/tls/certificate.pem"]
            try await withServer(["ftp", "serve", "--listen", "127.0.0.1:0", "--data", data] + options) { server in
                try await body(
                    server.url.replacingOccurrences(of: "ftp://", with: "ftp://a%40b.test:x@"), files, client)
            }
        }
    }

    private func ftp(_ arguments: [String]) async throws -> CommandOutput {
        try await command(headwaterExecutable, ["ftp"] + arguments)
    }

    @Test("stores, lists, fetches and mirrors", arguments: [[], ["--self-signed", "--require-tls"]])
    func client(options: [String]) async throws {
        let content = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let body: @Sendable (String, String, [String]) async throws -> Void = { url, files, client in
            try await withTemporaryDirectory { here in
                let source = here + "/source.bin"
                try content.write(to: URL(filePath: source))
                let put = try await ftp(["put", source, url + "/"] + client)
                #expect(put.status == 0, "\(put.standardError)")
                #expect(FileManager.default.contents(atPath: files + "/source.bin") == content)

                // The server has a half, the client has a half: only the others cross.
                try content.prefix(1_000_000).write(to: URL(filePath: files + "/half.bin"))
                #expect(try await ftp(["put", source, url + "/half.bin", "--resume"] + client).status == 0)
                #expect(FileManager.default.contents(atPath: files + "/half.bin") == content)
                let time = Date(timeIntervalSince1970: 1_700_000_000)
                try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: files + "/half.bin")
                try content.prefix(2_000_000).write(to: URL(filePath: here + "/got.bin.headwater-part"))
                try Data("3000000 20231114221320\n".utf8).write(to: URL(filePath: here + "/got.bin.headwater-part-of"))
                let get = try await ftp(["get", url + "/half.bin", here + "/got.bin", "--resume"] + client)
                #expect(get.status == 0, "\(get.standardError)")
                #expect(FileManager.default.contents(atPath: here + "/got.bin") == content)
                #expect(
                    try FileManager.default.contentsOfDirectory(atPath: here).sorted() == ["got.bin", "source.bin"])

                try FileManager.default.createDirectory(atPath: files + "/a/b ü", withIntermediateDirectories: true)
                try Data("deep".utf8).write(to: URL(filePath: files + "/a/b ü/c.txt"))
                try Data().write(to: URL(filePath: files + "/a/empty"))
                let list = try await ftp(["list", url + "/a", "--json"] + client)
                let rows = try #require(
                    try JSONSerialization.jsonObject(with: Data(list.standardOutput.utf8)) as? [[String: Any]])
                #expect(rows.map { $0["name"] as? String } == ["b ü", "empty"])
                #expect(rows.map { $0["isDirectory"] as? Bool } == [true, false])
                for (count, text) in [(1, "4 files fetched\n"), (2, "0 files fetched\n")] {
                    let mirror = try await ftp(["mirror", url + "/", here + "/mirror"] + client)
                    #expect(mirror.standardOutput == text, "\(count): \(mirror.standardError)")
                }
                #expect(FileManager.default.contents(atPath: here + "/mirror/a/b ü/c.txt") == Data("deep".utf8))
                #expect(FileManager.default.contents(atPath: here + "/mirror/a/empty") == Data())

                for (arguments, status) in [
                    (["get", url + "/none", here + "/none"], 66), (["put", here + "/none", url + "/"], 66),
                    (["put", source, url + "/no/folder/x"], 73),
                    (["get", url + "/"], 64), (["get", url + "/half.bin", here + "/no/folder"], 73),
                    (["list", url.replacing("b.test:x", with: "b.test:y")], 77),
                    (["get", "ftp://127.0.0.1:1/x", "--user", "anonymous"], 69), (["get", "http://127.0.0.1/x"], 64),
                    (["put", source, url + "/a%0D%0ADELE%20half.bin"], 64),
                ] as [([String], Int32)] {
                    let result = try await ftp(arguments + client)
                    #expect(result.status == status, "\(arguments): \(result.standardError)")
                    #expect(result.standardError.split(separator: "\n").count == 1)
                }
            }
        }
        if options.isEmpty {
            try await withFTPServer(body: body)
        } else {
            try await withFTPServer("--self-signed", "--require-tls", body: body)
        }
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
