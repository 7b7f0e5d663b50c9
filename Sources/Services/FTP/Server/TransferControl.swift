internal import LineProtocol
internal import Synchronization

/// How a transfer is ended from outside, and how far it has come.
final class TransferControl: Sendable {
    private struct State {
        var isAborted = false
        var keepsUpload: Bool
        var end: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>
    private let count = Atomic<Int64>(0)

    /// - Parameter keepsUpload: whether what came of an upload may be continued when it breaks off.
    init(keepsUpload: Bool) { state = Mutex(State(keepsUpload: keepsUpload)) }

    /// Octets of the file that have been moved.
    var bytes: Int64 { count.load(ordering: .relaxed) }
    var isAborted: Bool { state.withLock(\.isAborted) }
    /// Whether what came of an upload may be continued.
    var keepsUpload: Bool { state.withLock(\.keepsUpload) }

    func moved(_ bytes: Int) { count.add(Int64(bytes), ordering: .relaxed) }

    /// Says how what goes on now is ended from outside; ends it if that has come.
    func whenAborted(_ end: @escaping @Sendable () -> Void) {
        let isAborted = state.withLock { state in
            state.end = end
            return state.isAborted
        }
        if isAborted { end() }
    }

    /// - Parameter isWanted: whether the client wants the end, and nothing of what came.
    func abort(isWanted: Bool) {
        let end = state.withLock { state in
            if isWanted { state.keepsUpload = false }
            state.isAborted = true
            return state.end
        }
        end?()
    }
}
