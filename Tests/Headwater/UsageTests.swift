import Testing

@Suite("The command line")
struct UsageTests {
    @Test("says what it can do")
    func help() async throws {
        let result = try await headwater("--help")
        #expect(result.status == 0)
        #expect(result.standardOutput.contains("SUBCOMMANDS") || result.standardOutput.contains("USAGE"))
    }

    @Test("answers a wrong argument with status 64")
    func wrongArgument() async throws {
        let result = try await headwater("no-such-subcommand")
        #expect(result.status == 64)
        #expect(result.standardOutput.isEmpty)
        #expect(result.standardError.contains("no-such-subcommand"))
    }
}
