package import Client
package import NetworkEmulation
package import Presentation
package import QoE

/// One session in virtual time: the client's state machine over a virtual link. Equal input gives equal output.
package struct Simulation: Sendable {
    private let presentation: Presentation
    private let sizes: SegmentSizes
    private let profile: BandwidthProfile
    private let configuration: SessionConfiguration

    /// Bytes of a response's head, which take the link's time but do not count as media.
    package static let responseHeadBytes = 512

    package init(
        presentation: Presentation, sizes: SegmentSizes, profile: BandwidthProfile,
        configuration: SessionConfiguration
    ) {
        self.presentation = presentation
        self.sizes = sizes
        self.profile = profile
        self.configuration = configuration
    }

    /// What a simulated session gave.
    package struct Result: Sendable {
        package var summary: PlaybackSummary
        /// Empty unless the configuration asks for records.
        package var trace: [TraceEvent]
        package var outcome: SessionOutcome
    }

    /// Virtual time, in seconds, at which a viewer is taken to have left: a link that is absurdly slow for the media
    /// would keep a session going for years. Ten times the presentation, and a day.
    private var timeLimit: Double { 10 * presentation.duration + 86_400 }

    /// A request on the virtual link.
    private struct Transfer {
        var id: Int
        var bytes: Int
        /// When the response begins.
        var start: Double
        var hasBegun = false
        /// Bytes that the session knows of.
        var reported = 0
    }

    /// Plays to the end.
    ///
    /// - Throws: `SessionError` when the presentation cannot be played.
    package func run() throws -> Result {
        var session = try Session(presentation: presentation, configuration: configuration)
        var link = VirtualLink(profile: profile)
        var transfers: [Transfer] = []
        var wake = Double.infinity
        var trace: [TraceEvent] = []
        var commands: [SessionCommand] = []
        commands.reserveCapacity(16)

        session.handle(.start, at: 0, commands: &commands)
        while true {
            let time = perform(&commands, on: &link, at: link.now, &transfers, &wake, &trace)
            if let outcome = session.outcome { return Result(summary: session.result, trace: trace, outcome: outcome) }

            let begins = transfers.lazy.filter { !$0.hasBegun }.map(\.start).min() ?? .infinity
            let completion = link.nextCompletion()
            let next = min(begins, completion?.time ?? .infinity, wake)
            guard next < timeLimit else {
                session.handle(.stop, at: time, commands: &commands)
                continue
            }
            link.advance(to: next)
            reportProgress(of: &transfers, on: link, at: next, to: &session, &commands)
            if let completion, completion.time <= next {
                finish(completion.transfer, at: next, &transfers, &link, &session, &commands)
            } else if begins <= next, let index = transfers.firstIndex(where: { !$0.hasBegun && $0.start <= next }) {
                transfers[index].hasBegun = true
                begin(transfers[index], at: next, &session, &commands)
            } else {
                wake = .infinity
                session.handle(.timer, at: next, commands: &commands)
            }
        }
    }

    /// Does what the session asks for; gives the time.
    private func perform(
        _ commands: inout [SessionCommand], on link: inout VirtualLink, at time: Double,
        _ transfers: inout [Transfer], _ wake: inout Double, _ trace: inout [TraceEvent]
    ) -> Double {
        for command in commands {
            switch command {
            case .request(let request):
                let bytes = size(of: request)
                // In an outage no response begins, as on a real link.
                let start = profile.endOfOutage(at: time + profile.latency(at: time))
                transfers.append(Transfer(id: request.id, bytes: bytes, start: start))
                link.begin(request.id, bytes: Double(bytes + Self.responseHeadBytes), at: time)
            case .cancel(let id):
                _ = link.cancel(id, at: time)
                transfers.removeAll { $0.id == id }
            case .wake(let at): wake = at
            case .record(let event): trace.append(event)
            case .finished: break
            }
        }
        commands.removeAll(keepingCapacity: true)
        return time
    }

    /// Tells the session what has arrived since it was last told: its other transfers' throughput depends on it.
    private func reportProgress(
        of transfers: inout [Transfer], on link: VirtualLink, at time: Double, to session: inout Session,
        _ commands: inout [SessionCommand]
    ) {
        for index in transfers.indices where transfers[index].hasBegun {
            let received = min(
                max(Int(link.received(transfers[index].id)) - Self.responseHeadBytes, 0), transfers[index].bytes)
            let news = received - transfers[index].reported
            guard news > 0 else { continue }
            transfers[index].reported = received
            session.handle(.received(id: transfers[index].id, bytes: news), at: time, commands: &commands)
        }
    }

    private func finish(
        _ id: Int, at time: Double, _ transfers: inout [Transfer], _ link: inout VirtualLink,
        _ session: inout Session, _ commands: inout [SessionCommand]
    ) {
        link.remove(id)
        guard let index = transfers.firstIndex(where: { $0.id == id }) else { return }
        let transfer = transfers.remove(at: index)
        if !transfer.hasBegun { begin(transfer, at: time, &session, &commands) }
        if transfer.reported < transfer.bytes {
            session.handle(.received(id: id, bytes: transfer.bytes - transfer.reported), at: time, commands: &commands)
        }
        session.handle(.completed(id: id), at: time, commands: &commands)
    }

    private func begin(
        _ transfer: Transfer, at time: Double, _ session: inout Session, _ commands: inout [SessionCommand]
    ) {
        session.handle(
            .responseBegan(id: transfer.id, ResponseFacts(length: transfer.bytes)), at: time, commands: &commands)
    }

    private func size(of request: SegmentRequest) -> Int {
        let sets = presentation.sets(inPeriod: request.period)
        guard let set = sets.firstIndex(where: { $0.kind == request.kind }) else { return 0 }
        let track = sizes.periods[request.period][set][request.track]
        return request.segment.map { track.segments[$0] } ?? track.initialization
    }
}
