import Adaptation
import Client
import Presentation
import QoE
import TestSupport
import Testing

/// Decides, abandons and replaces at random, and wants what there is not now and then.
private struct CapriciousRule: RateDetermination {
    var top: Int
    var generator: SeededGenerator

    mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        RateDecision(
            index: Int.random(in: -1...top + 1, using: &generator),
            wait: Double.random(in: -1...1, using: &generator), reason: .fixed)
    }

    mutating func reconsider(_ progress: TransferProgress) -> Int? {
        Int.random(in: 0..<4, using: &generator) == 0 ? Int.random(in: -1...top, using: &generator) : nil
    }

    mutating func replacement(_ input: RateDecisionInput, buffered: [BufferedSegment]) -> SegmentReplacement? {
        guard let segment = buffered.randomElement(using: &generator)?.segment, Bool.random(using: &generator) else {
            return nil
        }
        return SegmentReplacement(
            segment: segment + Int.random(in: 0..<20, using: &generator) / 19,
            index: Int.random(in: -1...top + 1, using: &generator))
    }

    var reconsiders: Bool { true }
    var replaces: Bool { true }
}

/// Whatever a driver tells a session, and however wrongly, the session's promises hold.
@Suite("Randomised sessions")
struct RandomisedSessionTests {
    private static func presentation(_ generator: inout SeededGenerator) -> Presentation {
        let locations = Int.random(in: 0...3, using: &generator)
        let baseURLs = ["http://a/", "http://b/", "http://c/"].prefix(locations)
        func set(_ kind: MediaKind) -> SwitchingSet {
            var lengths: [Int64] = []
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                lengths.append(Int64.random(in: 1...6000, using: &generator))
            }
            let tracks = (0..<Int.random(in: 1...4, using: &generator)).map { index in
                Track.made(
                    "\(kind.rawValue)\(index)", kind, kilobits: 100 + 200 * index,
                    milliseconds: lengths.dropLast(Int.random(in: 0...4, using: &generator) / 4 * (lengths.count / 2)),
                    initialization: Bool.random(using: &generator), baseURLs: Array(baseURLs))
            }
            return SwitchingSet(kind: kind, tracks: tracks)
        }
        let kinds = [[MediaKind.video], [.audio], [.video, .audio], [.video, .audio]].randomElement(using: &generator)
        return Presentation(
            duration: 0, minBufferTime: Double.random(in: 0...8, using: &generator),
            switchingSets: (kinds ?? []).map { set($0) })
    }

    private static func configuration(_ generator: inout SeededGenerator) throws -> SessionConfiguration {
        var configuration = SessionConfiguration(
            rule: try RuleSpecification(RuleCatalogue.all.randomElement(using: &generator)?.name ?? "fixed"))
        if Int.random(in: 0..<3, using: &generator) == 0 {
            let seed = generator.next()
            configuration.rule = RuleSpecification(description: "capricious") {
                CapriciousRule(top: $0.top, generator: SeededGenerator(seed: seed))
            }
        }
        configuration.maxBuffer = Double.random(in: 0.1...40, using: &generator)
        if Bool.random(using: &generator) { configuration.duration = Double.random(in: 0.1...30, using: &generator) }
        if Bool.random(using: &generator) {
            let thresholds = [0, 1, 5, 100, Double.infinity, .nan]
            configuration.startupThreshold = thresholds.randomElement(using: &generator)
            configuration.rebufferThreshold = thresholds.randomElement(using: &generator)
        }
        configuration.stallTimeout = Double.random(in: 0.5...20, using: &generator)
        configuration.patience = Double.random(in: 0.5...30, using: &generator)
        return configuration
    }

    /// A driver that keeps account, and checks each command against it.
    private struct Driver {
        var session: Session
        var active: [Int: MediaKind] = [:]
        var everyID: Set<Int> = []
        var records: [TraceEvent] = []
        /// When the session wants to be woken; nil for never.
        var wake: Double? { session.wakeTime.isFinite ? session.wakeTime : nil }
        /// The latest time that the session was told.
        var now = 0.0

        init(_ session: Session) { self.session = session }

        mutating func send(_ event: SessionEvent, at time: Double) throws {
            if time.isFinite { now = max(now, time) }
            var ended: Int?
            switch event {
            case .completed(let id, _), .failed(let id, _):
                ended = id
                active[id] = nil
            default: break
            }
            let wasOver = session.isOver
            let output = session.handle(event, at: time)
            if wasOver { try #require(output == SessionOutput(), "an event after the end") }
            for command in output.commands {
                switch command {
                case .request(let request):
                    try #require(!active.values.contains(request.kind), "two requests for \(request.kind)")
                    try #require(everyID.insert(request.id).inserted, "an id was used twice")
                    try #require(session.resource(of: request) != nil)
                    try #require(!session.url(of: request).isEmpty)
                    active[request.id] = request.kind
                case .cancel(let id):  // Playback may end at a moment before a request did that this event is about.
                    try #require(active.removeValue(forKey: id) != nil || id == ended, "nothing to cancel")
                }
            }
            records += output.records
            try #require(!session.wakeTime.isNaN)
            if event == .timer { try #require(session.wakeTime >= now, "woken at \(session.wakeTime), now \(now)") }
            let status = session.status(at: now)
            try #require(status.buffer >= 0 && status.buffer.isFinite)
            try #require(status.position >= 0 && status.position <= session.end + 1e-9)
            try #require(session.isOver == (session.outcome != nil))
            if session.isOver { try #require(active.isEmpty && session.wakeTime == .infinity) }
        }

        /// What must hold of the whole trace.
        func check() throws {
            var previous = 0.0
            var isStalled = false
            for (index, event) in records.enumerated() {
                switch event {
                case .buffer(let record):
                    try #require((record.video ?? 0) >= 0 && (record.audio ?? 0) >= 0)
                    try #require(record.time >= previous)
                    previous = record.time
                case .stallBegan(let time):
                    try #require(!isStalled && time >= previous - 1e-9)
                    isStalled = true
                case .stallEnded(_, let duration):
                    try #require(isStalled && duration >= 0)
                    isStalled = false
                case .end: try #require(index == records.count - 1 && !isStalled)
                default: break
                }
                _ = try event.line()
            }
            let (summary, result) = (PlaybackSummary(of: records), session.result)
            try #require(summary == result, "the trace says \(summary), the session \(result)")
        }
    }

    private static func failure(_ generator: inout SeededGenerator) -> RequestFailure {
        [.status(404), .status(503), .connection("x"), .timeout, .truncated, .damaged("x"), .status(410)]
            .randomElement(using: &generator) ?? .timeout
    }

    @Test("no sequence of events, ids and times breaks a promise")
    func nonsense() throws {
        for seed in 0..<UInt64(fuzzRounds(default: 300)) {
            var generator = SeededGenerator(seed: seed)
            var driver = Driver(
                try Session(
                    presentation: Self.presentation(&generator), configuration: try Self.configuration(&generator)))
            try driver.send(.start, at: 0)
            for _ in 0..<200 {
                let known = driver.active.keys.sorted().randomElement(using: &generator)
                let id =
                    Int.random(in: 0..<5, using: &generator) == 0
                    ? Int.random(in: -2...40, using: &generator) : known ?? 0
                let time: Double =
                    switch Int.random(in: 0..<10, using: &generator) {
                    case 0: driver.now - Double.random(in: 0...50, using: &generator)
                    case 1: [.nan, .infinity, -.infinity, 0].randomElement(using: &generator) ?? 0
                    case 2: driver.wake ?? driver.now
                    case 3: driver.now
                    default: driver.now + Double.random(in: 0...2, using: &generator)
                    }
                let event: SessionEvent =
                    switch Int.random(in: 0..<16, using: &generator) {
                    case 0: .start
                    case 1...3: .timer
                    case 4...6: .responseBegan(id: id, ResponseFacts(status: 200))
                    case 7...10: .received(id: id, bytes: Int.random(in: -100...1_000_000, using: &generator))
                    case 11...13: .completed(id: id, bytes: Int.random(in: -100...1_000_000, using: &generator))
                    default:
                        Int.random(in: 0..<30, using: &generator) == 0
                            ? .stop : .failed(id: id, Self.failure(&generator))
                    }
                try driver.send(event, at: time)
            }
            if driver.session.outcome == nil { try driver.send(.stop, at: driver.now + 1) }
            try driver.check()
        }
    }

    @Test("a session comes to an end when each request is answered, fails or falls silent", arguments: [0, 5, 50, 100])
    func ends(_ failures: Int) throws {
        for seed in 0..<UInt64(fuzzRounds(default: 300)) {
            var generator = SeededGenerator(seed: seed)
            let presentation = Self.presentation(&generator)
            var configuration = try Self.configuration(&generator)
            if failures == 0 { configuration.stallTimeout = 1000 }
            var driver = Driver(try Session(presentation: presentation, configuration: configuration))
            try driver.send(.start, at: 0)
            for _ in 0..<20_000 where driver.session.outcome == nil {
                let id = driver.active.keys.sorted().randomElement(using: &generator)
                let isSilent = Int.random(in: 0..<100, using: &generator) < failures / 5
                let wait = Double.random(in: 0...3, using: &generator)
                if let id, !isSilent, driver.now + wait < driver.wake ?? .infinity {
                    let time = driver.now + wait
                    if Int.random(in: 0..<100, using: &generator) < failures {
                        try driver.send(.failed(id: id, Self.failure(&generator)), at: time)
                    } else {
                        try driver.send(.responseBegan(id: id, ResponseFacts()), at: driver.now)
                        try driver.send(.received(id: id, bytes: 50_000), at: time)
                        try driver.send(.completed(id: id), at: time)
                    }
                } else {
                    try driver.send(.timer, at: try #require(driver.wake, "nothing is awaited, seed \(seed)"))
                }
            }
            try #require(driver.session.outcome != nil, "seed \(seed)")
            if failures == 0 {
                #expect(driver.session.outcome == .completed, "seed \(seed)")
                #expect(driver.session.result.played == driver.session.end, "seed \(seed)")
            }
            try driver.check()
        }
    }

    @Test("progressive playback keeps its promises too")
    func progressive() throws {
        for seed in 0..<UInt64(fuzzRounds(default: 300)) {
            var generator = SeededGenerator(seed: seed)
            let bytes = Int.random(in: 1...1_000_000, using: &generator)
            let duration = Double.random(in: 0.01...60, using: &generator)
            var session = ProgressiveSession(
                bytes: bytes, duration: duration, threshold: Double.random(in: 0...80, using: &generator))
            var records: [TraceEvent] = []
            var time = 0.0
            for _ in 0..<10_000 where session.outcome == nil {
                time =
                    Bool.random(using: &generator)
                    ? session.nextStop ?? time : time + Double.random(in: -1...3, using: &generator)
                if Bool.random(using: &generator) {
                    session.receive(
                        Int.random(in: -9...max(bytes / 9, 9), using: &generator), at: time, records: &records)
                } else {
                    session.advance(to: time, records: &records)
                }
                let status = session.status(at: time)
                try #require(status.buffer >= 0 && status.position <= duration)
            }
            #expect(session.outcome == .completed, "seed \(seed)")
            #expect(abs(session.result.played - duration) < 1e-9)
            #expect(PlaybackSummary(of: records).stallDuration == session.result.stallDuration)
        }
    }
}
