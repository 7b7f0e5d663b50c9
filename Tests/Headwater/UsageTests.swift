import Testing

@Suite("The command line")
struct UsageTests {
    @Test("says what it can do")
    func help() async throws {
        let result = try await headwater("--help")
        #expect(result.status == 0)
        #expect(result.standardOutput.contains("SUBCOMMANDS") || result.standardOutput.contains("USAGE"))
    }

    @Test(
        "answers wrong arguments with one line and status 64",
        arguments: [
            (["no-such-subcommand"], "no-such-subcommand"), (["ingest"], "'<file>' (see 'headwater ingest --help')"),
            (["ingest", "a", "--jobs", "many"], "'many'"), (["rules", "--no-such-option"], "--no-such-option"),
        ])
    func wrongArgument(arguments: [String], complaint: String) async throws {
        let result = try await command(headwaterExecutable, arguments)
        #expect(result.status == 64)
        #expect(result.standardOutput.isEmpty)
        #expect(result.standardError.hasPrefix("headwater: error: "))
        #expect(result.standardError.contains(complaint), "\(result.standardError)")
        #expect(result.standardError.split(separator: "\n").count == 1)
    }

    @Test("fails when a result cannot be written", arguments: [["rules"], ["rules", "--json"], ["profiles", "list"]])
    func fullOutput(arguments: [String]) async throws {
        let result = try await command(
            "bash", ["-c", #"exec "$@" >/dev/full"#, "bash", headwaterExecutable] + arguments)
        #expect(result.status == 74)
        #expect(result.standardError == "headwater: error: cannot write to standard output: No space left on device\n")
    }
}
