import Foundation
import Subprocess
import SystemPackage

/// What a finished command left.
struct CommandOutput: Sendable {
    /// The exit code; a signal that ended the command as its negative number.
    var status: Int32
    var standardOutput: String
    var standardError: String
}

/// The executable that the build put beside the tests.
let headwaterExecutable: String = {
    // Inside a test bundle the main bundle is the runner's, so look for the build folder that holds the test binary.
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path() != "/" {
        let candidate = folder.appending(component: "headwater")
        if FileManager.default.isExecutableFile(atPath: candidate.path(percentEncoded: false)) {
            return candidate.path(percentEncoded: false)
        }
        folder.deleteLastPathComponent()
    }
    return "headwater"
}()

/// Runs `headwater` to its end.
func headwater(_ arguments: String..., environment: [String: String] = [:]) async throws -> CommandOutput {
    try await command(headwaterExecutable, arguments, environment: environment)
}

/// Runs a command, by name or path, to its end.
///
/// Throws when it cannot be started: a third party that a test needs and nobody installed fails the test.
func command(
    _ name: String, _ arguments: [String], environment: [String: String] = [:]
) async throws -> CommandOutput {
    let executable: Executable = name.contains("/") ? .path(.init(name)) : .name(name)
    var variables: [Environment.Key: String?] = [:]
    for (key, value) in environment { variables[Environment.Key(rawValue: key)!] = value }
    let result = try await run(
        executable, arguments: Arguments(arguments), environment: .inherit.updating(variables),
        output: .string(limit: 16 << 20), error: .string(limit: 16 << 20))
    return CommandOutput(
        status: result.terminationStatus.code, standardOutput: result.standardOutput,
        standardError: result.standardError)
}

extension TerminationStatus {
    /// As ``CommandOutput/status``.
    var code: Int32 {
        switch self {
        case .exited(let code): Int32(code)
        case .signaled(let signal): -Int32(signal)
        }
    }
}
