package import Client
package import QoE

/// What a player's run came to.
package struct PlayerResult: Sendable, Hashable {
    package var outcome: SessionOutcome
    package var summary: PlaybackSummary
    /// Why the last request came to nothing, in a session that failed.
    package var failure: RequestFailure?

    package init(outcome: SessionOutcome, summary: PlaybackSummary, failure: RequestFailure? = nil) {
        self.outcome = outcome
        self.summary = summary
        self.failure = failure
    }
}

extension SessionOutcome? {
    var isFailure: Bool { if case .failed? = self { true } else { false } }
}
