internal import Foundation
internal import Synchronization

/// Threads that wait for the processes that parse HTML, a few at a time: other work that blocks has threads of its own, and
/// messages that take long delay only each other.
final class ParserThreads: Sendable {
    private let queue: OperationQueue
    private let waiting = Mutex(0)
    private let limit: Int

    /// - Parameters:
    ///   - count: documents at once.
    ///   - waiting: how many more may wait.
    init(count: Int, waiting: Int) {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = count
        limit = count + waiting
    }

    /// Runs `body` when a thread is free.
    ///
    /// - Throws: ``HTMLParsingError/unavailable`` when too many wait; what `body` throws.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < limit else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { throw HTMLParsingError.unavailable }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: body)) }
        }
    }
}
