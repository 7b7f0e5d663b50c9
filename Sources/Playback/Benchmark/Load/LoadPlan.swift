package import Client
package import NetworkEmulation
package import Presentation

/// Many viewers of one presentation at the same time.
package struct LoadPlan: Sendable {
    /// The manifest's.
    package var url: String
    /// Sessions, each with connections and a rule of its own; 1 or more.
    package var clients: Int
    /// Seconds from one session's start to the next; nil to spread all of them over one segment.
    package var stagger: Double?
    /// How each session plays.
    package var configuration: SessionConfiguration
    /// The link that all share; nil for none.
    package var profile: BandwidthProfile?
    /// Of that profile, where it is random.
    package var seed: UInt64?
    /// How servers are told of the players (CTA-5004); nil for not at all.
    package var reporting: CommonMediaClientData.Transmission?

    package init(
        url: String, clients: Int, stagger: Double? = nil, configuration: SessionConfiguration,
        profile: BandwidthProfile? = nil, seed: UInt64? = nil, reporting: CommonMediaClientData.Transmission? = nil
    ) {
        self.url = url
        self.clients = clients
        self.stagger = stagger
        self.configuration = configuration
        self.profile = profile
        self.seed = seed
        self.reporting = reporting
    }

    /// ``stagger``, or where it is not given, the mean length of a segment over the number of clients: requests then come
    /// as evenly as those of viewers who know nothing of each other.
    package func stagger(for presentation: Presentation) -> Double {
        if let stagger { return stagger }
        let sets = presentation.periods.joined()
        guard let track = (sets.first { $0.kind == .video } ?? sets.first)?.tracks.first, !track.segments.isEmpty else {
            return 0
        }
        let length = track.segments.reduce(0) { $0 + track.seconds($1.duration) } / Double(track.segments.count)
        return length / Double(max(clients, 1))
    }

    /// How much of `presentation` each session plays, in seconds.
    package func length(of presentation: Presentation) -> Double {
        let rest = max(presentation.duration - configuration.startAt, 0)
        return min(configuration.duration ?? rest, rest)
    }
}
