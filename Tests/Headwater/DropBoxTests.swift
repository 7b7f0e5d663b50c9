import Testing

@Suite("headwater ftp serve --library")
struct DropBoxTests {
    /// Each is a function of the script, which says what it proves.
    @Test("makes presentations of uploads and tells of them", arguments: ["outcome", "partial", "killed"])
    func session(scenario: String) async throws {
        let script = packageRoot + "Tests/Headwater/Scripts/dropbox.py"
        let result = try await command("python3", [script, headwaterExecutable, scenario])
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
    }

    @Test("says in one line what does not fit together")
    func usage() async throws {
        try await withTemporaryDirectory { folder in
            for (arguments, status, complaint) in [
                (["--origin", "http://a"], 64, "--library"),
                (["--library", folder, "--origin", "film"], 64, "--origin needs a URL"),
                (["--library", folder, "--jobs", "0"], 64, "--jobs"),
                (["--library", folder, "--ladder", folder + "/none"], 66, "cannot read the ladder"),
                (["--library", folder, "--preset", "warp"], 64, "unknown preset"),
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
