import ArgumentParser
import UnixSignals

/// Work that SIGINT and SIGTERM end early: what it made until then counts.
enum Interruption {
    /// Runs `body` and cancels it when a signal comes.
    ///
    /// - Returns: the result, and the signal if one came: the process is to end with ``exitCode(_:)``.
    /// - Throws: that exit code when `body` throws after a signal; else what it throws.
    static func catching<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> (Result, UnixSignal?) {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let work = Task { try await body() }
        let received = Task { () -> UnixSignal? in
            for await signal in signals {
                work.cancel()
                return signal
            }
            return nil
        }
        let result = await work.result
        received.cancel()
        let signal = await received.value
        do {
            return (try result.get(), signal)
        } catch {
            if let signal { throw exitCode(signal) }
            throw error
        }
    }

    /// As shells have it of a process that a signal ended.
    static func exitCode(_ signal: UnixSignal) -> ExitCode { ExitCode(128 + signal.rawValue) }
}
