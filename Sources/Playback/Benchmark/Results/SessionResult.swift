package import NetworkEmulation
package import QoE

/// Whether time was real.
package enum BenchmarkMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// In virtual time.
    case simulated
    /// Over HTTP, through a shaping link.
    case real
}

/// What distinguishes one session of a benchmark from the others.
package struct SessionIdentity: Sendable, Hashable {
    package var mode: BenchmarkMode
    /// The manifest's URL.
    package var url: String
    /// As on the command line.
    package var rule: String
    /// The profile's name.
    package var profile: String
    /// The seed of the profile, where it is random, else of the benchmark.
    package var seed: UInt64
    /// Counted from 1, where several share a link.
    package var client: Int

    /// The presentation's name: the last part of the manifest's path, without its extension.
    package var presentation: String {
        let file = url.split(separator: "/").last.map(String.init) ?? url
        return file.hasSuffix(".mpd") ? String(file.dropLast(4)) : file
    }
}

/// One session of a benchmark, and what became of it, event by event.
package struct SessionResult: Sendable {
    package var mode: BenchmarkMode
    /// The manifest's URL.
    package var url: String
    /// As on the command line.
    package var rule: String
    package var profile: BandwidthProfile
    /// The seed of the profile, where it is random, else of the benchmark.
    package var seed: UInt64
    /// Counted from 1, where several share a link.
    package var client: Int
    package var summary: PlaybackSummary
    /// The whole trace, its head included.
    package var trace: [TraceEvent]

    package init(
        mode: BenchmarkMode, url: String, rule: String, profile: BandwidthProfile, seed: UInt64 = 1, client: Int = 1,
        summary: PlaybackSummary, trace: [TraceEvent]
    ) {
        self.mode = mode
        self.url = url
        self.rule = rule
        self.profile = profile
        self.seed = seed
        self.client = client
        self.summary = summary
        self.trace = trace
    }
}

extension SessionResult {
    /// The medium that the rule chose for: video, or audio where there is none.
    var primaryMedia: String {
        let hasVideo = trace.contains { event in
            if case .request(let request) = event { request.media == "video" } else { false }
        }
        return hasVideo ? "video" : "audio"
    }

    /// The segments of ``primaryMedia`` that arrived, in order; those that replaced another one, too.
    var primarySegments: [RequestRecord] {
        let media = primaryMedia
        return trace.compactMap { event in
            guard case .request(let request) = event, request.media == media, request.segment != nil,
                request.outcome == RequestRecord.complete
            else { return nil }
            return request
        }
    }

    /// Why the session could not go on; nil when it did.
    package var failure: String? {
        guard case .end(let end)? = trace.last, end.outcome == "failed" else { return nil }
        return end.message ?? end.outcome
    }

    /// What the session is.
    package var identity: SessionIdentity {
        SessionIdentity(mode: mode, url: url, rule: rule, profile: profile.name, seed: seed, client: client)
    }
}
