package import QoE

/// What is kept of a session when its trace is not: what it was and what it was like. A benchmark of thousands of sessions
/// holds one of these for each.
package struct SessionRow: Sendable, Hashable {
    package var identity: SessionIdentity
    package var summary: PlaybackSummary
    /// Why the session could not go on; nil when it did.
    package var failure: String?
    /// The chosen versions in the order of segments; empty where they are not wanted.
    package var choices: [SegmentChoice]
    /// How the clients of its cell shared their link, at the first of several clients; nil at the others.
    package var sharing: LinkSharing?

    package init(
        identity: SessionIdentity, summary: PlaybackSummary, failure: String? = nil, choices: [SegmentChoice] = []
    ) {
        self.identity = identity
        self.summary = summary
        self.failure = failure
        self.choices = choices
    }

    /// - Parameters:
    ///   - result: the session.
    ///   - keepingChoices: whether ``choices`` are wanted, as they are for ``BenchmarkResults/agreements``.
    package init(_ result: SessionResult, keepingChoices: Bool) {
        self.init(
            identity: result.identity, summary: result.summary, failure: result.failure,
            choices: keepingChoices ? result.choices : [])
    }
}

/// All sessions of a benchmark, in the order of the matrix: presentations, modes, profiles, rules, clients.
package struct BenchmarkResults: Sendable {
    /// Of random profiles that do not name one, and of the comparison's draws.
    package let seed: UInt64
    package let sessions: [SessionRow]
    /// The rules compared, in each mode that sessions ran in.
    package let comparisons: [Comparison]

    /// - Parameters:
    ///   - seed: of random profiles that do not name one, and of the comparison's draws.
    ///   - baseline: the rule that others are compared with; nil for the first one.
    ///   - sessions: in the order of the matrix.
    ///   - resamples: of each interval.
    package init(seed: UInt64, baseline: String? = nil, sessions: [SessionRow], resamples: Int = 10_000) {
        self.seed = seed
        self.sessions = sessions
        comparisons = BenchmarkMode.allCases.compactMap {
            Comparison(sessions, mode: $0, baseline: baseline, bootstrap: Bootstrap(resamples: resamples, seed: seed))
        }
    }

    /// Whether more than one presentation was played, so that rows must say which.
    var hasSeveralPresentations: Bool { Set(sessions.map(\.identity.url)).count > 1 }

    /// The rules, in order.
    var rules: [String] { distinct(sessions.map(\.identity.rule)) }
}

/// Each of `values` once, in the order of first appearance.
func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
}
