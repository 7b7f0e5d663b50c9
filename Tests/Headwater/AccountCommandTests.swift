import Foundation
import Testing

@Suite("headwater account")
struct AccountCommandTests {
    /// Runs with `input` as standard input.
    private func account(_ arguments: String..., input: String = "") async throws -> CommandOutput {
        try await command(
            "bash",
            ["-c", #"printf '%s' "$1" | "${@:2}""#, "bash", input, headwaterExecutable, "account"] + arguments)
    }

    @Test("adds, lists, changes and removes accounts")
    func life() async throws {
        try await withTemporaryDirectory { folder in
            let data = folder + "/data"
            for name in ["bert@example.test", "Anna@example.test"] {
                let result = try await account("add", name, "--data", data, "--password-stdin", input: "secret\n")
                #expect(result.status == 0, "\(result.standardError)")
                #expect(result.standardOutput.isEmpty)
            }
            let table = try await account("list", "--data", data)
            #expect(table.standardOutput.contains("anna@example.test"))
            let json = try await account("list", "--data", data, "--json")
            let rows = try #require(
                try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8)) as? [[String: String]])
            #expect(rows.map { $0["account"] } == ["anna@example.test", "bert@example.test"])
            #expect(rows.allSatisfy { $0["created"]?.hasSuffix("Z") == true && $0["passwordSet"] != nil })
            #expect(
                try await account("passwd", "bert@example.test", "--data", data, "--password-stdin", input: "other")
                    .status == 0)
            #expect(try await account("remove", "bert@example.test", "--data", data).status == 0)
            #expect(try await !account("list", "--data", data).standardOutput.contains("bert"))
        }
    }

    @Test("says in one line what is wrong")
    func errors() async throws {
        try await withTemporaryDirectory { folder in
            _ = try await account("add", "a@b.test", "--data", folder, "--password-stdin", input: "x\n")
            for (arguments, input, status, complaint) in [
                (["add", "a@b.test", "--data", folder, "--password-stdin"], "x\n", 73, "there is an account a@b.test"),
                (["add", "b@b.test", "--data", folder, "--password-stdin"], "", 64, "no password on standard input"),
                (["add", "b@b.test", "--data", folder], "x\n", 64, "--password-stdin"),
                (["add", "b@b.test", "--data", folder, "--password-stdin"], "a\u{1}\n", 65, "cannot be a password"),
                (["add", "b", "--data", folder, "--password-stdin"], "x\n", 64, "user@domain"),
                (["remove", "b@b.test", "--data", folder], "", 66, "there is no account b@b.test"),
                (
                    ["add", "b@b.test", "--data", "/dev/null/x", "--password-stdin"], "x\n", 74,
                    "cannot use the accounts in /dev/null/x"
                ),
                (["list", "--data", folder + "/none"], "", 66, "there are no accounts in "),
            ] as [([String], String, Int32, String)] {
                let result = try await command(
                    "bash",
                    ["-c", #"printf '%s' "$1" | "${@:2}""#, "bash", input, headwaterExecutable, "account"] + arguments)
                #expect(result.status == status, "\(arguments): \(result.standardError)")
                #expect(result.standardError.contains(complaint), "\(result.standardError)")
                #expect(result.standardError.split(separator: "\n").count == 1)
            }
            // A folder that was mistyped is not made.
            #expect(!FileManager.default.fileExists(atPath: folder + "/none"))
        }
    }
}
