internal import HTTP
internal import HTTPCache
internal import HTTPSemantics
internal import NIOCore
internal import Synchronization

/// A response on its way from an origin, and everyone who waits for it.
///
/// One task produces: ``begin(_:)``, ``append(_:)``, ``finish(whole:)`` or ``fail()``. Any number of clients join, from
/// their own event loops, and read at their own pace: a slow one holds up nobody. As long as the response is to be
/// stored, all of it is held, so a late client gets what is there and follows; its size counts against the cache's
/// memory. Otherwise it is held only within a window behind the slowest reader, which the origin's sending waits for.
final class Fill: Sendable {
    /// How the fill turned out, as far as a client's response head needs it.
    enum Head: Sendable {
        /// The origin's response, whose body follows.
        case arriving(ArrivingResponse)
        /// What was stored, validated by the origin.
        case validated(CachedResponse)
        /// What was stored, because the origin failed: with a status, or by giving no response at all.
        case substitute(CachedResponse, status: Int?)
        /// What was stored, validated by the origin with fields that leave it to the client that began the fill.
        case unshared(CachedResponse)
        /// No origin gave a response: 502 or 504.
        case failed(status: Int)
    }

    private struct Reader {
        var position: Int
        /// Behind the last byte it wants; nil is the body's end.
        var end: Int?
        var wake: (@Sendable () -> Void)?
        /// Too slow for a window that others share.
        var isDropped = false
    }

    private enum Progress {
        case arriving
        case complete
        case failed
    }

    private struct State {
        var head: Head?
        var waiting: [Int: @Sendable (Head) -> Void] = [:]
        var readers: [Int: Reader] = [:]
        var nextID = 0
        /// Clients that have joined and not yet asked for anything.
        var pledges = 0
        var body = GrowingBody<ByteBuffer>()
        var progress = Progress.arriving
        var keepsWhole: Bool
        var space: CheckedContinuation<Void, Never>?

        /// Lets go of what no reader needs; gives the producer's continuation when there is room again.
        mutating func trim(window: Int) -> CheckedContinuation<Void, Never>? {
            guard !keepsWhole else { return nil }
            body.drop(before: readers.values.filter { !$0.isDropped }.map(\.position).min() ?? body.end)
            guard body.count <= window / 2 else { return nil }
            defer { space = nil }
            return space
        }
    }

    let plan: FetchPlan
    private let window: Int
    private let finishBound: Int
    private let state: Mutex<State>

    init(plan: FetchPlan, configuration: EdgeConfiguration) {
        self.plan = plan
        window = configuration.window
        finishBound = configuration.finishBound
        var keepsWhole = true
        if case .pass = plan.purpose { keepsWhole = false }
        state = Mutex(State(keepsWhole: keepsWhole))
    }

    // MARK: Clients

    /// Announces a client that is about to ask for the head, so that the fill is not given up before it does.
    func pledge() { state.withLock { $0.pledges += 1 } }

    /// The client has asked.
    func unpledge() { state.withLock { $0.pledges -= 1 } }

    /// Has `action` called with the head, at once when it is there. Nil then; else a number for ``leave(_:)``.
    func whenHead(_ action: @escaping @Sendable (Head) -> Void) -> Int? {
        let (head, id): (Head?, Int?) = state.withLock { state in
            if let head = state.head { return (head, nil) }
            state.nextID += 1
            state.waiting[state.nextID] = action
            return (nil, state.nextID)
        }
        if let head { action(head) }
        return id
    }

    /// Begins to read the body's bytes `range` (nil: all); nil when the first of them is gone already.
    func stream(_ range: Range<Int>? = nil) -> FillStream? {
        state.withLock { state in
            let start = range?.lowerBound ?? 0
            guard start >= state.body.start else { return nil }
            state.nextID += 1
            state.readers[state.nextID] = Reader(position: start, end: range?.upperBound)
            return FillStream(fill: self, id: state.nextID)
        }
    }

    /// A client is gone.
    func leave(_ id: Int) {
        let space = state.withLock { state in
            state.waiting[id] = nil
            state.readers[id] = nil
            return state.trim(window: window)
        }
        space?.resume()
    }

    /// The next bytes for a reader.
    func read(_ id: Int, wake: @escaping @Sendable () -> Void) -> BodyStreamRead {
        let (result, space): (BodyStreamRead, CheckedContinuation<Void, Never>?) = state.withLock { state in
            guard var reader = state.readers[id], !reader.isDropped else { return (.failed, nil) }
            let left = reader.end.map { $0 - reader.position } ?? Int.max
            if left == 0 { return (.end, nil) }
            guard let (piece, offset) = state.body.piece(at: reader.position) else {
                switch state.progress {
                // A range is checked against the announced length; a body that ends before it is a failure.
                case .complete: return (reader.end == nil ? .end : .failed, nil)
                case .failed: return (.failed, nil)
                case .arriving:
                    state.readers[id]?.wake = wake
                    return (.pending, nil)
                }
            }
            let length = min(piece.readableBytes - offset, left, Self.largestRead)
            guard let bytes = piece.getSlice(at: piece.readerIndex + offset, length: length) else {
                return (.failed, nil)
            }
            reader.position += length
            state.readers[id] = reader
            return (.bytes(bytes), state.trim(window: window))
        }
        space?.resume()
        return result
    }

    /// Bytes handed out at once: a few sockets' buffers, so that a client that left costs little.
    private static let largestRead = 256 << 10

    // MARK: The producer

    /// The head is there: everyone who waits is told, before this returns.
    func begin(_ head: Head) {
        let waiting = state.withLock { state in
            state.head = head
            if case .arriving = head {} else { state.progress = .complete }
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for action in waiting { action(head) }
    }

    /// The response is not to be stored after all: only the window is held from now on.
    func stopKeeping() {
        let space = state.withLock { state in
            state.keepsWhole = false
            return state.trim(window: window)
        }
        space?.resume()
    }

    /// More of the body, at least one byte. Waits while a response that is not kept runs too far ahead.
    ///
    /// - Parameter expected: bytes of the whole body, nil when unknown.
    /// - Returns: false when nobody wants the rest.
    func append(_ bytes: ByteBuffer, expected: Int?) async -> Bool {
        let (wakes, isWanted): ([@Sendable () -> Void], Bool) = state.withLock { state in
            state.body.append(bytes, count: bytes.readableBytes)
            _ = state.trim(window: window)
            let wakes = Self.takeWakes(&state)
            if !state.keepsWhole, state.body.count > window, !wakes.isEmpty { dropLaggards(&state) }
            return (wakes, self.isWanted(state, expected: expected))
        }
        for wake in wakes { wake() }
        guard isWanted else { return false }
        await waitForSpace()
        return true
    }

    /// The body is complete; `whole` takes the place of its pieces when it is stored.
    func finish(whole: ByteBuffer?) {
        end(.complete) { state in
            if let whole, state.keepsWhole { state.body.consolidate(whole) }
        }
    }

    /// The rest of the body will not come.
    func fail() { end(.failed) { _ in } }

    /// The body so far in one piece.
    func wholeBody() -> ByteBuffer {
        let (pieces, count) = state.withLock { ($0.body.pieces, $0.body.count) }
        var whole = ByteBufferAllocator().buffer(capacity: count)
        for piece in pieces { whole.writeImmutableBuffer(piece) }
        return whole
    }

    private func end(_ progress: Progress, _ change: (inout State) -> Void) {
        let wakes = state.withLock { state in
            change(&state)
            state.progress = progress
            return Self.takeWakes(&state)
        }
        for wake in wakes { wake() }
    }

    private static func takeWakes(_ state: inout State) -> [@Sendable () -> Void] {
        var wakes: [@Sendable () -> Void] = []
        for (id, reader) in state.readers {
            guard let wake = reader.wake else { continue }
            wakes.append(wake)
            state.readers[id]?.wake = nil
        }
        return wakes
    }

    /// Others have read everything: those a whole window behind are cut off rather than waited for.
    private func dropLaggards(_ state: inout State) {
        for (id, reader) in state.readers where state.body.end - reader.position > window {
            state.readers[id]?.isDropped = true
        }
        _ = state.trim(window: window)
    }

    /// Whether the rest of the body is of use, to a client or, because little is missing, to the cache.
    ///
    /// - Parameter expected: bytes of the whole body, nil when unknown.
    func isWanted(expected: Int?) -> Bool { state.withLock { isWanted($0, expected: expected) } }

    private func isWanted(_ state: State, expected: Int?) -> Bool {
        if !state.readers.isEmpty || !state.waiting.isEmpty || state.pledges > 0 { return true }
        guard state.keepsWhole else { return false }
        return (expected ?? state.body.end) - state.body.end <= finishBound
    }

    private func waitForSpace() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                let isFull = !state.keepsWhole && state.body.count > window && !state.readers.isEmpty
                if isFull { state.space = continuation }
                return !isFull
            }
            if goesOn { continuation.resume() }
        }
    }
}
