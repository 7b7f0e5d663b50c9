import Foundation
import Subprocess
import SystemPackage

/// Runs this executable's own subcommands as processes of their own, as a person at a terminal would.
struct ChildProcesses: Sendable {
    /// This executable.
    private let executable: FilePath

    init() throws {
        guard let path = Bundle.main.executablePath else {
            throw CommandError(.osError, "cannot find the path of the running executable")
        }
        executable = FilePath(path)
    }

    /// Runs a subcommand to its end with the terminal as its own.
    func run(_ arguments: [String]) async throws {
        let result = try await Subprocess.run(
            .path(executable), arguments: Arguments(arguments), platformOptions: options, input: .none,
            output: .currentStandardOutput, error: .currentStandardError)
        try check(result.terminationStatus, of: arguments)
    }

    /// Runs a subcommand to its end and gives what it wrote to standard output, `limit` bytes at the most.
    func output(of arguments: [String], limit: Int = 64 << 20) async throws -> String {
        let result = try await Subprocess.run(
            .path(executable), arguments: Arguments(arguments), platformOptions: options, input: .none,
            output: .string(limit: limit), error: .currentStandardError)
        try check(result.terminationStatus, of: arguments)
        return result.standardOutput
    }

    /// Runs a server while `body` runs, and stops it in order afterwards.
    func withServer<Result: Sendable>(
        _ arguments: [String], body: @Sendable (ChildServer) async throws -> Result
    ) async throws -> Result {
        let announced = arguments.contains("--admin") ? 2 : 1
        return try await Subprocess.run(
            .path(executable), arguments: Arguments(arguments), platformOptions: options, input: .none,
            output: .sequence, error: .currentStandardError
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            var urls: [String] = []
            while urls.count < announced {
                guard let line = try await lines.next() else {
                    throw CommandError(.unavailable, "headwater \(arguments.joined(separator: " ")) did not start")
                }
                guard let range = line.range(of: " on ") else { continue }
                urls.append(line[range.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines))
            }
            let server = ChildServer(url: urls[0], adminURL: urls.last ?? urls[0]) { try execution.send(signal: .kill) }
            do {
                let result = try await body(server)
                try? execution.send(signal: .terminate)
                return result
            } catch {
                try? execution.send(signal: .terminate)
                throw error
            }
        }.closureResult
    }

    /// A step that failed has said why; its status becomes this command's.
    private func check(_ status: TerminationStatus, of arguments: [String]) throws {
        let command = "headwater \(arguments.joined(separator: " "))"
        switch status {
        case .exited(0): return
        case .exited(let code):
            throw CommandError(SystemExit(rawValue: Int32(code)) ?? .software, "\(command) failed with status \(code)")
        case .signaled(let signal): throw CommandError(.software, "\(command) was ended by signal \(signal)")
        }
    }

    /// A cancelled child is asked to stop before it is killed.
    private var options: PlatformOptions {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
        return options
    }
}

/// A server that runs as a child.
struct ChildServer: Sendable {
    /// What it serves on: `http://127.0.0.1:43211`.
    var url: String
    /// Its administration listener; the same as ``url`` when it has none.
    var adminURL: String
    /// Ends it at once, as a power cut would (SIGKILL).
    var kill: @Sendable () throws -> Void
}
