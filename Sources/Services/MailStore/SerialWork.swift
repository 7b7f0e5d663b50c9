internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Work that blocks, one piece after another in the order in which it came, on threads that others use as well.
///
/// However much waits here, it holds one thread at most: who must wait for a lock that another process has, as a
/// mailbox's index may be, takes no threads from other accounts. After each piece the others have their turn.
final class SerialWork: Sendable {
    private struct State {
        var waiting = CircularBuffer<@Sendable () -> Void>()
        var isScheduled = false
    }

    private let threads: NIOThreadPool
    private let state = Mutex(State())

    init(on threads: NIOThreadPool) {
        self.threads = threads
    }

    /// Runs `body` when everything before it is done. It runs even when the task that waits for it is cancelled: what is
    /// half done would be worse.
    ///
    /// - Throws: what `body` throws.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append { continuation.resume(with: Result(catching: body)) }
                defer { state.isScheduled = true }
                return !state.isScheduled
            }
            if isFirst { schedule() }
        }
    }

    private func schedule() {
        // The threads are never stopped, so that work is never refused.
        threads.submit { [self] _ in
            state.withLock { $0.waiting.popFirst() }?()
            let hasMore = state.withLock { state in
                state.isScheduled = !state.waiting.isEmpty
                return state.isScheduled
            }
            if hasMore { schedule() }
        }
    }
}
