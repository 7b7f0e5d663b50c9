import Client
import ISOBMFF
import Logging
import Presentation
import QoE

/// What comes in from the tasks of a player.
enum PlayerInput: Sendable {
    /// The response to a request began, at a time.
    case responseBegan(id: Int, ResponseFacts, at: Double)
    /// Bytes of it arrived.
    case received(id: Int, bytes: Int, at: Double)
    /// It is whole and sound.
    case completed(id: Int, at: Double)
    /// It was the initialization segment of a version, and says this.
    case initialized(id: Int, SegmentRequest, InitializationInfo, at: Double)
    case failed(id: Int, RequestFailure, at: Double)
    /// A wake-up, as asked for.
    case wake
    /// The display is to be brought up to date.
    case tick
    case stop
}

/// Carries out a session's commands. Lives in one task; requests run in tasks of their own, since each may have to be
/// cancelled alone, and none outlives ``finish()``.
struct PlayerDriver {
    private(set) var session: Session
    private let transfer: SegmentTransfer
    private let sender: AsyncStream<PlayerInput>.Continuation
    private let logger: Logger
    private let onTrace: @Sendable (TraceEvent) -> Void

    private let clock = SessionClock()
    private var output = SessionOutput()
    private var transfers: [Int: Task<Void, Never>] = [:]
    private var cancelled: [Task<Void, Never>] = []
    private var timer = WakeTimer()
    private var initializations: [Version: InitializationInfo] = [:]

    private var latestFailure: RequestFailure?
    /// How many stalls there had been when the latest request was sent.
    private var reportedStalls = 0

    /// One version of one medium.
    private struct Version: Hashable {
        var kind: MediaKind
        var period: Int
        var track: Int

        init(of request: SegmentRequest) {
            kind = request.kind
            period = request.period
            track = request.track
        }
    }

    init(
        session: Session, transfer: SegmentTransfer, sender: AsyncStream<PlayerInput>.Continuation, logger: Logger,
        onTrace: @escaping @Sendable (TraceEvent) -> Void
    ) {
        self.session = session
        self.transfer = transfer
        self.sender = sender
        self.logger = logger
        self.onTrace = onTrace
    }

    /// What the session came to.
    var result: PlayerResult {
        PlayerResult(
            outcome: session.outcome ?? .stopped, summary: session.result,
            failure: session.outcome.isFailure ? latestFailure : nil)
    }

    var status: SessionStatus { session.status(at: clock.now) }

    mutating func start() { pass(.start, at: clock.now) }

    mutating func handle(_ input: PlayerInput) {
        switch input {
        case .responseBegan(let id, let facts, let time): pass(.responseBegan(id: id, facts), at: time)
        case .received(let id, let bytes, let time): pass(.received(id: id, bytes: bytes), at: time)
        case .completed(let id, let time):
            transfers[id] = nil
            pass(.completed(id: id), at: time)
        case .initialized(let id, let request, let info, let time):
            transfers[id] = nil
            initializations[Version(of: request)] = info
            pass(.completed(id: id), at: time)
        case .failed(let id, let failure, let time):
            if transfers.removeValue(forKey: id) != nil {
                logger.info("request failed: \(failure)")
                latestFailure = failure
            }
            pass(.failed(id: id, failure), at: time)
        case .wake:
            if timer.fired(at: clock.now) { pass(.timer, at: clock.now) }
            rearm()
        case .stop: pass(.stop, at: clock.now)
        case .tick: break
        }
    }

    /// Ends everything that still runs, and waits for it.
    mutating func finish() async {
        sender.finish()
        timer.cancel()
        for task in transfers.values { task.cancel() }
        for task in transfers.values { await task.value }
        for task in cancelled { await task.value }
        transfers = [:]
        cancelled = []
    }

    private mutating func pass(_ event: SessionEvent, at time: Double) {
        output.clear()
        session.handle(event, at: time, output: &output)
        for command in output.commands {
            switch command {
            case .request(let request): send(request)
            case .cancel(let id): cancel(id)
            }
        }
        for record in output.records { onTrace(record) }
        timer.wanted = session.wakeTime.isFinite ? session.wakeTime : nil
        rearm()
    }

    private mutating func cancel(_ id: Int) {
        guard let task = transfers.removeValue(forKey: id) else { return }
        task.cancel()
        cancelled.append(task)
        // They end soon; enough that no more than a few wait for the end of the session to be forgotten.
        if cancelled.count > 16 { cancelled.removeFirst() }
    }

    private mutating func rearm() {
        timer.arm(clock, at: clock.now) { [sender] in sender.yield(.wake) }
    }

    private mutating func send(_ request: SegmentRequest) {
        guard let track = session.track(of: request), let resource = session.resource(of: request) else { return }
        let url = session.url(of: request)
        let initialization = initializations[Version(of: request)]
        let validator = SegmentValidator(track: track)
        let data = clientData(for: request)
        let (clock, sender, transfer) = (clock, sender, transfer)
        transfers[request.id] = Task {
            let id = request.id
            do throws(RequestFailure) {
                // Of a segment only its description is kept; an initialization segment is nothing else.
                var scanner = SegmentScanner()
                var initializationBytes: [UInt8] = []
                try await transfer.receive(
                    url, byteRange: resource.byteRange, revalidates: request.revalidates, data: data,
                    onResponse: { sender.yield(.responseBegan(id: id, $0, at: clock.now)) },
                    onBytes: { bytes in
                        if request.segment == nil {
                            initializationBytes.append(contentsOf: bytes)
                        } else {
                            scanner.append(bytes)
                        }
                        sender.yield(.received(id: id, bytes: bytes.count, at: clock.now))
                    })
                let arrival = clock.now
                if let segment = request.segment {
                    try validator.check(track.segments[segment], scanner, initialization: initialization)
                    sender.yield(.completed(id: id, at: arrival))
                } else {
                    let info = try validator.initialization(initializationBytes)
                    sender.yield(.initialized(id: id, request, info, at: arrival))
                }
            } catch {
                sender.yield(.failed(id: id, error, at: clock.now))
            }
        }
    }

    /// What the server is to know with `request`; nil where it is told nothing.
    private mutating func clientData(for request: SegmentRequest) -> CommonMediaClientData? {
        guard transfer.sender.reporting != nil else { return nil }
        var data = session.clientData(for: request)
        let stalls = session.result.stallCount
        data.bufferStarvation = stalls > reportedStalls
        reportedStalls = stalls
        return data
    }
}
