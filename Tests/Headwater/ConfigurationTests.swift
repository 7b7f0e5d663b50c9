import Foundation
import Testing

@Suite("Options from elsewhere than the command line")
struct ConfigurationTests {
    @Test("come from the environment, by the subcommand's name or for all, unless the command line has them")
    func environment() async throws {
        for variable in ["HEADWATER_INGEST_JOBS", "HEADWATER_JOBS"] {
            let result = try await headwater("ingest", "film.mp4", environment: [variable: "several"])
            #expect(result.status == 64 && result.standardError.contains("several"), "\(result.standardError)")
        }
        let result = try await headwater(
            "ingest", "film.mp4", "--jobs", "many", environment: ["HEADWATER_JOBS": "several"])
        #expect(result.status == 64 && result.standardError.contains("'many'"), "\(result.standardError)")
    }

    private func rules(_ environment: [String: String]) async throws -> CommandOutput {
        try await headwater("rules", environment: environment)
    }

    @Test("need no value to be switched on or off")
    func flags() async throws {
        #expect(try await rules(["HEADWATER_RULES_JSON": "true"]).standardOutput.hasPrefix("["))
        #expect(try await !rules(["HEADWATER_RULES_JSON": "false"]).standardOutput.hasPrefix("["))
        let result = try await rules(["HEADWATER_RULES_JSON": "perhaps"])
        #expect(result.status == 64 && result.standardError.contains("--json"), "\(result.standardError)")
        // One that is on unless it is switched off.
        let off = try await headwater(
            "resolve", "example.test", "--server", "127.0.0.1:1", environment: ["HEADWATER_MINIMISE": "perhaps"])
        #expect(off.status == 64 && off.standardError.contains("--minimise"), "\(off.standardError)")
    }

    @Test("come from a file, under the environment")
    func file() async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/headwater.yaml"
            try Data("rules:\n  json: true\n".utf8).write(to: URL(filePath: path))
            #expect(try await rules(["HEADWATER_CONFIG": path]).standardOutput.hasPrefix("["))
            let both = ["HEADWATER_CONFIG": path, "HEADWATER_RULES_JSON": "false"]
            #expect(try await !rules(both).standardOutput.hasPrefix("["))
            let missing = try await rules(["HEADWATER_CONFIG": path + "x"])
            #expect(missing.status == 78 && missing.standardError.contains("headwater.yamlx"))
        }
    }
}
