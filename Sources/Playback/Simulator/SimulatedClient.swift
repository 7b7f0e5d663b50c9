import Client
import NetworkEmulation
import Presentation
import QoE

/// One client of a virtual link: a session, its transfers, and when it wants to be woken.
struct SimulatedClient {
    /// Bytes of a response's head, which take the link's time but do not count as media.
    private static let responseHeadBytes = 512

    /// A request on the link.
    private struct Transfer {
        let request: SegmentRequest
        /// On the link.
        let id: Int
        let bytes: Int
        /// When the response begins, in the link's time.
        let start: Double
        var hasBegun = false
        /// Bytes that the session knows of.
        var reported = 0
    }

    private(set) var session: Session
    /// When the session begins, in the link's time; its own time counts from there.
    let start: Double
    /// When something happens next that the link does not tell of: a response begins, or a timer is due. Infinite when
    /// there is nothing.
    private(set) var nextTime: Double
    /// Whether the session is over.
    private(set) var isOver = false

    private let sizes: SegmentSizes
    private let number: Int
    private let bottleneck: Bottleneck
    private var hasStarted = false
    private var transfers: [Transfer] = []
    /// The connections for video and for audio.
    private var connections = (SlowStart(), SlowStart())
    private var output = SessionOutput()
    private var trace: [TraceEvent] = []

    /// - Parameters:
    ///   - plan: what it plays, and how.
    ///   - sizes: what the segments weigh.
    ///   - number: its place among the link's clients, from 0; they start in this order.
    ///   - bottleneck: who shares the link.
    init(_ plan: SessionPlan, _ sizes: SegmentSizes, number: Int, of bottleneck: Bottleneck) {
        session = Session(plan)
        start = Double(number) * bottleneck.stagger
        nextTime = start
        self.sizes = sizes
        self.number = number
        self.bottleneck = bottleneck
        output.commands.reserveCapacity(4)
        transfers.reserveCapacity(2)
    }

    var result: Simulation.Result {
        Simulation.Result(summary: session.result, trace: trace, outcome: session.outcome ?? .stopped)
    }

    /// Does what is due at the link's present time, which is ``nextTime``.
    mutating func proceed(on link: inout VirtualLink) {
        let now = link.now - start
        let wakeTime = session.wakeTime
        if transfers.contains(where: \.hasBegun) { reportProgress(on: link, at: now) }
        if let index = transfers.firstIndex(where: { !$0.hasBegun && $0.start <= link.now }) {
            begin(index, at: now)
        } else if !hasStarted {
            hasStarted = true
            session.handle(.start, at: 0, output: &output)
        } else if session.wakeTime == wakeTime {
            // Else what has arrived was what it wanted to be woken for. The time is exactly its own: a sum and a
            // difference may have left the link's a hair before.
            session.handle(.timer, at: max(now, wakeTime), output: &output)
        }
        perform(on: &link)
    }

    /// A transfer of this client is complete, at the link's present time.
    mutating func complete(_ transfer: Int, on link: inout VirtualLink) {
        let now = link.now - start
        guard let index = transfers.firstIndex(where: { $0.id == transfer }) else { return }
        if !transfers[index].hasBegun { begin(index, at: now) }
        if transfers.count > 1 { reportProgress(on: link, at: now) }
        let ended = transfers.remove(at: index)
        link.remove(transfer)
        if bottleneck.slowStart { withConnection(for: ended.request.kind) { $0.end(at: link.now) } }
        session.handle(
            .completed(id: ended.request.id, bytes: ended.bytes - ended.reported), at: now, output: &output)
        perform(on: &link)
    }

    /// The viewer leaves.
    mutating func stop(on link: inout VirtualLink) {
        session.handle(.stop, at: max(link.now - start, 0), output: &output)
        perform(on: &link)
    }

    /// Tells the session what has arrived since it was last told: its other transfers' throughput depends on it.
    private mutating func reportProgress(on link: VirtualLink, at now: Double) {
        for index in transfers.indices where transfers[index].hasBegun {
            let arrived = max(Int(link.received(transfers[index].id)) - Self.responseHeadBytes, 0)
            let received = min(arrived, transfers[index].bytes)
            let news = received - transfers[index].reported
            guard news > 0 else { continue }
            transfers[index].reported = received
            session.handle(.received(id: transfers[index].request.id, bytes: news), at: now, output: &output)
        }
    }

    private mutating func begin(_ index: Int, at now: Double) {
        transfers[index].hasBegun = true
        let facts = ResponseFacts(length: transfers[index].bytes)
        session.handle(.responseBegan(id: transfers[index].request.id, facts), at: now, output: &output)
    }

    /// Does what the session asks for.
    private mutating func perform(on link: inout VirtualLink) {
        // By index: the array itself would be retained.
        for index in output.commands.indices {
            switch output.commands[index] {
            case .request(let request): send(request, on: &link)
            case .cancel(let id):
                guard let place = transfers.firstIndex(where: { $0.request.id == id }) else { continue }
                _ = link.cancel(transfers[place].id, at: link.now)
                if bottleneck.slowStart { withConnection(for: transfers[place].request.kind) { $0 = SlowStart() } }
                transfers.remove(at: place)
            }
        }
        if !output.records.isEmpty { trace += output.records }
        output.clear()
        isOver = session.isOver
        nextTime = session.wakeTime + start
        for index in transfers.indices where !transfers[index].hasBegun {
            nextTime = min(nextTime, transfers[index].start)
        }
    }

    private mutating func send(_ request: SegmentRequest, on link: inout VirtualLink) {
        let bytes = sizes.bytes(of: request)
        let onLink = Double(bytes + Self.responseHeadBytes)
        let id = request.id * bottleneck.clientCount + number
        let weight = bottleneck.weight(of: number)
        var delay = 0.0
        if bottleneck.slowStart {
            let (bandwidth, roundTrip) = link.offer(weight: weight)
            delay = withConnection(for: request.kind) {
                $0.begin(bytes: onLink, bandwidth: bandwidth, roundTrip: roundTrip, at: link.now)
            }
        }
        let begins = link.begin(id, bytes: onLink, at: link.now, weight: weight, delay: delay)
        transfers.append(Transfer(request: request, id: id, bytes: bytes, start: begins))
    }

    private mutating func withConnection<Value>(for kind: MediaKind, _ body: (inout SlowStart) -> Value) -> Value {
        kind == .video ? body(&connections.0) : body(&connections.1)
    }
}
