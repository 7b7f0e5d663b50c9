package import Adaptation
package import Client
package import NetworkEmulation

/// What a benchmark runs: every rule under every profile.
package struct BenchmarkPlan: Sendable {
    /// The manifest's URL.
    package var url: String
    package var rules: [RuleSpecification]
    package var profiles: [BandwidthProfile]
    /// Sessions in each cell of the matrix, which share one link.
    package var clients: Int
    /// Seconds between the starts of clients on one link.
    package var stagger: Double
    /// Play no further than this presentation time, in seconds; nil for the whole.
    package var duration: Double?
    /// Seconds of media that a client may buffer.
    package var maxBuffer: Double
    /// What makes a version worth more than another, to rules that ask.
    package var utility: Utility
    /// Seeds the profiles that are random.
    package var seed: UInt64
    /// Alternative locations of the media.
    package var baseURLs: [String]

    package init(
        url: String, rules: [RuleSpecification], profiles: [BandwidthProfile], clients: Int = 1, stagger: Double = 1,
        duration: Double? = nil, maxBuffer: Double = 30, utility: Utility = .logarithmic, seed: UInt64 = 1,
        baseURLs: [String] = []
    ) {
        self.url = url
        self.rules = rules
        self.profiles = profiles
        self.clients = clients
        self.stagger = stagger
        self.duration = duration
        self.maxBuffer = maxBuffer
        self.utility = utility
        self.seed = seed
        self.baseURLs = baseURLs
    }

    /// How a session with `rule` plays.
    package func configuration(for rule: RuleSpecification) -> SessionConfiguration {
        SessionConfiguration(rule: rule, utility: utility, duration: duration, maxBuffer: maxBuffer)
    }

    /// The cells of the matrix, rule by rule within each profile.
    var cells: [BenchmarkCell] {
        profiles.flatMap { profile in rules.map { BenchmarkCell(rule: $0, profile: profile) } }
    }
}

/// One rule under one profile.
struct BenchmarkCell: Sendable {
    var rule: RuleSpecification
    var profile: BandwidthProfile
}

/// A benchmark that cannot be run.
package struct BenchmarkError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
