import Client
import QoE

/// What comes in from the tasks of a progressive player.
enum ProgressiveInput: Sendable {
    case download(ProgressiveDownload.Event, at: Double)
    /// A wake-up, as asked for.
    case wake
    /// A tenth of a second has gone by.
    case tick
    case stop
}

/// Brings together a download and the session that it feeds. Lives in one task.
struct ProgressiveDriver {
    let clock = SessionClock()
    private let url: String
    private let file: ProgressiveFile
    private let sender: AsyncStream<ProgressiveInput>.Continuation
    private let onTrace: @Sendable (TraceEvent) -> Void

    private var session: ProgressiveSession
    private var timer = WakeTimer()
    private var records: [TraceEvent] = []
    private var request: RequestRecord?
    private var latestSample = -Double.infinity
    private var latestFailure: RequestFailure?

    /// Seconds between two samples of the buffer in the trace.
    private static let sampleInterval = 0.5

    init(
        url: String, file: ProgressiveFile, threshold: Double, limit: Double?,
        sender: AsyncStream<ProgressiveInput>.Continuation, onTrace: @escaping @Sendable (TraceEvent) -> Void
    ) {
        self.url = url
        self.file = file
        self.sender = sender
        self.onTrace = onTrace
        session = ProgressiveSession(bytes: file.bytes, duration: file.duration, threshold: threshold, limit: limit)
    }

    var outcome: SessionOutcome? { session.outcome }
    var status: SessionStatus { session.status(at: clock.now) }

    /// What the session came to.
    var result: PlayerResult {
        PlayerResult(
            outcome: session.outcome ?? .stopped, summary: session.result,
            failure: session.outcome.isFailure ? latestFailure : nil)
    }

    mutating func handle(_ input: ProgressiveInput) {
        switch input {
        case .download(let event, let time): take(event, at: time)
        case .wake:
            _ = timer.fired(at: clock.now)
            session.advance(to: clock.now, records: &records)
        case .tick:
            session.advance(to: clock.now, records: &records)
        case .stop:
            session.advance(to: clock.now, records: &records)
            session.finish(.stopped, records: &records)
        }
        closeOpenRequest()
        let status = status
        if session.outcome == nil, status.time - latestSample >= Self.sampleInterval {
            latestSample = status.time
            records.append(session.bufferRecord)
        }
        for record in records { onTrace(record) }
        records.removeAll(keepingCapacity: true)
        rearm()
    }

    /// Ends what still runs.
    mutating func finish() {
        sender.finish()
        timer.cancel()
    }

    private mutating func take(_ event: ProgressiveDownload.Event, at time: Double) {
        session.advance(to: time, records: &records)
        guard session.outcome == nil else { return }
        switch event {
        case .sent:
            request = RequestRecord(
                time: time, media: "video", track: "file", segment: nil, duration: file.duration,
                bitRate: Int((Double(file.bytes) * 8 / file.duration).rounded()), url: url, bytes: 0, firstByte: nil,
                lastByte: nil, status: nil, cacheStatus: nil, outcome: RequestRecord.complete)
        case .responseBegan(let facts):
            request?.firstByte = time
            request?.status = facts.status
            request?.cacheStatus = facts.fields[.cacheStatus]
        case .received(let count):
            request?.bytes += count
            session.receive(count, at: time, records: &records)
        case .ended(let failure):
            if failure == nil { request?.lastByte = time }
            closeRequest(failure?.description ?? RequestRecord.complete)
            latestFailure = failure ?? latestFailure
        case .gaveUp(let failure):
            latestFailure = failure
            session.finish(.failed("\(url): \(failure)"), records: &records)
        }
    }

    private mutating func closeRequest(_ outcome: String) {
        guard var record = request else { return }
        request = nil
        record.outcome = outcome
        records.append(.request(record))
    }

    /// What is still under way when the session ends is cancelled; its record goes before the end's, which is the last.
    private mutating func closeOpenRequest() {
        guard session.outcome != nil, request != nil, let end = records.popLast() else { return }
        closeRequest("cancelled")
        records.append(end)
    }

    private mutating func rearm() {
        guard session.outcome == nil, let stop = session.nextStop else { return }
        timer.wanted = stop
        timer.arm(clock, at: clock.now) { [sender] in sender.yield(.wake) }
    }
}
