package import Client
package import NetworkEmulation
import Presentation
package import QoE

/// Sessions in virtual time: the client's state machine over a virtual link, for one client or several that share it.
/// Equal input gives equal output.
package struct Simulation: Sendable {
    private let plan: SessionPlan
    private let sizes: SegmentSizes
    private let profile: BandwidthProfile
    private let bottleneck: Bottleneck

    /// - Parameters:
    ///   - plan: what every client plays, and how.
    ///   - sizes: what its segments weigh.
    ///   - profile: the link's bandwidth and latency.
    ///   - bottleneck: who shares the link.
    package init(
        _ plan: SessionPlan, sizes: SegmentSizes, profile: BandwidthProfile, bottleneck: Bottleneck = Bottleneck()
    ) {
        self.plan = plan
        self.sizes = sizes
        self.profile = profile
        self.bottleneck = bottleneck
    }

    /// What a simulated session gave.
    package struct Result: Sendable {
        package var summary: PlaybackSummary
        /// Empty unless the configuration asks for records. Times are seconds from the session's own start.
        package var trace: [TraceEvent]
        package var outcome: SessionOutcome

        /// The last line of ``trace``, also where there is no other.
        package var end: EndRecord {
            var message: String?
            if case .failed(let text) = outcome { message = text }
            return EndRecord(
                time: summary.duration, played: summary.played, outcome: summary.outcome, message: message)
        }
    }

    /// Virtual time, in seconds, at which a viewer is taken to have left: a link that is absurdly slow for the media
    /// would keep a session going for years. Ten times the presentation, and a day.
    private var timeLimit: Double { 10 * plan.presentation.duration + 86_400 }

    /// Plays to the end.
    ///
    /// - Returns: the sessions' results, in the order of their starts.
    package func run() -> [Result] {
        var link = VirtualLink(profile: profile)
        var clients = (0..<bottleneck.clientCount).map { SimulatedClient(plan, sizes, number: $0, of: bottleneck) }
        let timeLimit = timeLimit + clients[clients.count - 1].start
        var playing = clients.count
        while playing > 0 {
            var (next, time) = (0, Double.infinity)
            for index in clients.indices where clients[index].nextTime < time {
                (next, time) = (index, clients[index].nextTime)
            }
            var completed: Int?
            if let completion = link.nextCompletion(), completion.time <= time {
                time = completion.time
                next = completion.transfer % bottleneck.clientCount
                completed = completion.transfer
            }
            guard time < timeLimit else {
                for index in clients.indices { clients[index].stop(on: &link) }
                break
            }
            link.advance(to: time)
            if let completed {
                clients[next].complete(completed, on: &link)
            } else {
                clients[next].proceed(on: &link)
            }
            if clients[next].isOver { playing -= 1 }
        }
        return clients.map(\.result)
    }
}
