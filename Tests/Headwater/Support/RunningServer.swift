import Foundation
import Subprocess
import Synchronization
import SystemPackage
import Testing

/// A `headwater` server that runs while a test talks to it.
struct RunningServer: Sendable {
    /// What it listens on, as announced: `http://127.0.0.1:43211`.
    var url: String
    /// Its administration listener, when it announced one.
    var adminURL: String?
    /// Sends a signal, such as `.kill`, to the server.
    var send: @Sendable (Signal) throws -> Void
}

/// Starts `headwater` with `arguments`, waits for the lines that announce its listeners, runs `body`, then stops the
/// server with SIGTERM and expects it to end with status 0, unless `body` killed it.
///
/// - Parameter openFiles: how many files and sockets it may have open; nil for as many as the tests.
func withServer<Result: Sendable>(
    _ arguments: [String], openFiles: Int? = nil, body: @Sendable (RunningServer) async throws -> Result
) async throws -> Result {
    let announced = arguments.contains("--admin") ? 2 : 1
    let signalled = Mutex(false)
    let launcher = openFiles.map { ["prlimit", "--nofile=\($0):\($0)", headwaterExecutable] }
    let outcome = try await run(
        launcher == nil ? .path(.init(headwaterExecutable)) : .name("prlimit"),
        arguments: Arguments((launcher ?? []).dropFirst() + arguments),
        platformOptions: teardownOptions, input: .none, output: .sequence, error: .currentStandardError
    ) { execution in
        var lines = execution.standardOutput.strings().makeAsyncIterator()
        var urls: [String] = []
        while urls.count < announced {
            guard let line = try await lines.next() else { throw ServerDidNotStart(arguments: arguments) }
            if let range = line.range(of: " on ") {
                urls.append(line[range.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
        let server = RunningServer(url: urls[0], adminURL: announced == 2 ? urls[1] : nil) { signal in
            if signal == .kill { signalled.withLock { $0 = true } }
            try execution.send(signal: signal)
        }
        let result: Result
        do {
            result = try await body(server)
        } catch {
            try? execution.send(signal: .terminate)
            throw error
        }
        if !signalled.withLock({ $0 }) { try execution.send(signal: .terminate) }
        while try await lines.next() != nil {}
        return result
    }
    if !signalled.withLock({ $0 }) {
        #expect(outcome.terminationStatus.code == 0, "headwater \(arguments.joined(separator: " "))")
    }
    return outcome.closureResult
}

/// A test that is cancelled stops its server in order, and by force if that takes long.
private var teardownOptions: PlatformOptions {
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
    return options
}

struct ServerDidNotStart: Error, CustomStringConvertible {
    var arguments: [String]
    var description: String { "headwater \(arguments.joined(separator: " ")) ended before it listened" }
}
