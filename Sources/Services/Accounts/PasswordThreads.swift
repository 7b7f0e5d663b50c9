internal import Foundation
internal import Synchronization

/// Threads on which passwords are stretched, a few at a time, so that no flood of log-ins takes all cores.
final class PasswordThreads: Sendable {
    private let queue: OperationQueue
    private let waiting = Mutex(0)
    private let limit: Int

    init(count: Int, waiting: Int) {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = count
        queue.qualityOfService = .userInitiated
        limit = count + waiting
    }

    /// Runs `body` when a thread is free.
    ///
    /// - Throws: ``AccountError`` with ``AccountError/Code/busy`` when too many wait; what `body` throws.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard
            waiting.withLock({ waiting in
                guard waiting < limit else { return false }
                waiting += 1
                return true
            })
        else { throw AccountError(.busy, "too many passwords wait to be checked; try again later") }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: body)) }
        }
    }
}
