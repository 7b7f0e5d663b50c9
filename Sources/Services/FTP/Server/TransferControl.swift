internal import LineProtocol
internal import Synchronization

/// How a transfer is ended from outside, and how far it has come.
final class TransferControl: Sendable {
    private struct State {
        var isAborted = false
        var end: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let count = Atomic<Int64>(0)

    /// Octets of the file that have been moved.
    var bytes: Int64 { count.load(ordering: .relaxed) }
    var isAborted: Bool { state.withLock(\.isAborted) }

    func moved(_ bytes: Int) { count.add(Int64(bytes), ordering: .relaxed) }

    /// Says how what goes on now is ended from outside; ends it if that has come.
    func whenAborted(_ end: @escaping @Sendable () -> Void) {
        let isAborted = state.withLock { state in
            state.end = end
            return state.isAborted
        }
        if isAborted { end() }
    }

    func abort() {
        let end = state.withLock { state in
            state.isAborted = true
            return state.end
        }
        end?()
    }
}
