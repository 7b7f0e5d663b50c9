import NIOCore

/// When each chunk of bytes leaves a shaped link: bytes of several flows wait, flows take turns by chunks (round robin),
/// and a chunk departs when the profile's bandwidth has carried all of it.
///
/// A chunk follows the one before it at that one's departure, however late somebody asked: errors of timers do not add
/// up. When nothing waits, the link idles, and what it could have carried is lost. Times are seconds since the profile
/// began and do not go back. No I/O; ``LinkPacer`` performs what this decides.
struct PacingQueue {
    /// Bytes of a chunk, at most: small beside a segment, so that a transfer's end is exact to some thousandths.
    static let chunkSize = 4096

    let profile: BandwidthProfile

    private struct Flow {
        /// Bytes that wait, those of the chunk on the link not counted.
        var waiting = 0
        /// Whether its receiver takes nothing at present.
        var isBlocked = false
        /// Whether it is in ``turns``.
        var hasTurn = false
    }

    private struct Chunk {
        var flow: Int
        var size: Int
        var departure: Double
    }

    private var flows: [Int: Flow] = [:]
    /// The flows that have something to send, the next one first.
    private var turns = CircularBuffer<Int>()
    /// What the link carries now.
    private var current: Chunk?
    /// What has been carried and not yet been taken by ``popDeparted(at:)``.
    private var departed = CircularBuffer<Chunk>()
    /// When the link finished its latest chunk.
    private var free = 0.0

    init(profile: BandwidthProfile) { self.profile = profile }

    /// When ``popDeparted(at:)`` will return something next; nil if nothing is on its way.
    var nextDeparture: Double? { departed.first?.departure ?? current?.departure }

    /// `count` more bytes wait on `flow`, which exists from its first bytes on.
    mutating func add(_ count: Int, to flow: Int, at now: Double) {
        advance(to: now)
        flows[flow, default: Flow()].waiting += count
        giveTurn(to: flow, at: now)
    }

    /// Whether a flow may send. Chunks that are under way arrive nevertheless.
    mutating func setBlocked(_ isBlocked: Bool, for flow: Int, at now: Double) {
        advance(to: now)
        flows[flow, default: Flow()].isBlocked = isBlocked
        giveTurn(to: flow, at: now)
    }

    /// Forgets a flow and what waits on it. A chunk that is under way keeps its share of the link.
    mutating func remove(_ flow: Int, at now: Double) {
        advance(to: now)
        flows[flow] = nil
        departed.removeAll { $0.flow == flow }
    }

    /// The next chunk that has departed by `now`.
    mutating func popDeparted(at now: Double) -> (flow: Int, size: Int)? {
        advance(to: now)
        return departed.popFirst().map { ($0.flow, $0.size) }
    }

    private mutating func giveTurn(to flow: Int, at now: Double) {
        guard let state = flows[flow], state.waiting > 0, !state.isBlocked, !state.hasTurn else { return }
        flows[flow]?.hasTurn = true
        turns.append(flow)
        if current == nil { startNext(at: max(free, now)) }
    }

    /// Completes chunks up to `now`, each followed at once by the next: whatever waits now has waited since before.
    private mutating func advance(to now: Double) {
        while let chunk = current, chunk.departure <= now {
            if flows[chunk.flow] != nil { departed.append(chunk) }
            free = chunk.departure
            current = nil
            startNext(at: free)
        }
    }

    private mutating func startNext(at time: Double) {
        while let flow = turns.popFirst() {
            guard var state = flows[flow] else { continue }
            state.hasTurn = false
            defer { flows[flow] = state }
            guard state.waiting > 0, !state.isBlocked else { continue }
            let size = min(Self.chunkSize, state.waiting)
            state.waiting -= size
            if state.waiting > 0 {
                state.hasTurn = true
                turns.append(flow)
            }
            current = Chunk(flow: flow, size: size, departure: profile.time(from: time, bits: Double(size) * 8))
            return
        }
    }
}
