import Adaptation
import Client
import Presentation
import QoE
import Testing

/// A session and what a driver knows of it: requests under way, records, when it is to be woken.
struct Dialogue {
    private(set) var session: Session
    private(set) var requests: [SegmentRequest] = []
    private(set) var cancelled: [Int] = []
    private(set) var records: [TraceEvent] = []
    /// When the session wants to be woken; nil for never.
    var wake: Double? { session.wakeTime.isFinite ? session.wakeTime : nil }
    var outcome: SessionOutcome? { session.outcome }
    /// Every URL that was asked for, in order.
    private(set) var urls: [String] = []

    init(
        _ presentation: Presentation, rule: String = "fixed", _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = SessionConfiguration(rule: try RuleSpecification(rule))
        change(&configuration)
        session = try Session(presentation: presentation, configuration: configuration)
    }

    mutating func send(_ event: SessionEvent, at time: Double) {
        let output = session.handle(event, at: time)
        for command in output.commands {
            switch command {
            case .request(let request):
                requests.append(request)
                urls.append(session.url(of: request))
            case .cancel(let id):
                cancelled.append(id)
                requests.removeAll { $0.id == id }
            }
        }
        records += output.records
    }

    mutating func start() { send(.start, at: 0) }

    /// What is being fetched, by the path that names it.
    var active: [String] { requests.map { String(session.url(of: $0).dropFirst("http://a/".count)) } }

    private mutating func take(_ kind: MediaKind) throws -> SegmentRequest {
        let index = try #require(requests.firstIndex { $0.kind == kind }, "no request for \(kind)")
        return requests.remove(at: index)
    }

    /// Answers the request of a medium: the response begins at `begin`, and is whole at `end`.
    mutating func answer(_ kind: MediaKind = .video, bytes: Int = 100_000, from begin: Double? = nil, at end: Double)
        throws
    {
        let request = try take(kind)
        send(.responseBegan(id: request.id, ResponseFacts(status: 200)), at: begin ?? end)
        send(.received(id: request.id, bytes: bytes), at: end)
        send(.completed(id: request.id), at: end)
    }

    mutating func fail(_ failure: RequestFailure, at time: Double) throws { try fail(.video, failure, at: time) }

    mutating func fail(_ kind: MediaKind, _ failure: RequestFailure, at time: Double) throws {
        let request = try take(kind)
        send(.failed(id: request.id, failure), at: time)
    }

    /// Answers everything at the moment it is asked for, and wakes the session when it wants, until it ends.
    mutating func finish(from time: Double = 0) throws {
        var time = time
        for _ in 0..<100_000 where outcome == nil {
            if let request = requests.first {
                try answer(request.kind, at: time)
            } else {
                time = max(time, try #require(wake, "nothing is awaited"))
                send(.timer, at: time)
            }
        }
        try #require(outcome != nil)
    }

    /// Records of a kind.
    var requestRecords: [RequestRecord] {
        records.compactMap { if case .request(let record) = $0 { record } else { nil } }
    }
    var decisions: [DecisionRecord] {
        records.compactMap { if case .decision(let record) = $0 { record } else { nil } }
    }
    var buffers: [BufferRecord] {
        records.compactMap { if case .buffer(let record) = $0 { record } else { nil } }
    }
    var switches: [SwitchRecord] {
        records.compactMap { if case .versionSwitch(let record) = $0 { record } else { nil } }
    }
    /// Start-up, stalls and end, in order.
    var milestones: [TraceEvent] {
        records.filter {
            switch $0 {
            case .startup, .stallBegan, .stallEnded, .end: true
            default: false
            }
        }
    }
}
