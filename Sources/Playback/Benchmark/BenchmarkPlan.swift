package import Adaptation
package import Client
package import NetworkEmulation
import Simulator

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
    /// In virtual time, what each client gets of its link relative to the others; all above zero, used again from the
    /// first on where clients are more; empty where all get the same.
    package var weights: [Double]
    /// Whether connections begin slowly in virtual time, as TCP's do.
    package var slowStart: Bool
    /// Play no further than this presentation time, in seconds; nil for the whole.
    package var duration: Double?
    /// Seconds of media that a client may buffer.
    package var maxBuffer: Double
    /// What makes a version worth more than another, to rules that ask.
    package var utility: Utility?
    /// Seeds the profiles that are random and do not say with what.
    package var seed: UInt64
    /// Alternative locations of the media.
    package var baseURLs: [String]

    package init(
        url: String, rules: [RuleSpecification], profiles: [BandwidthProfile], clients: Int = 1, stagger: Double = 1,
        weights: [Double] = [], slowStart: Bool = false, duration: Double? = nil, maxBuffer: Double = 30,
        utility: Utility? = nil, seed: UInt64 = 1,
        baseURLs: [String] = []
    ) {
        self.url = url
        self.rules = rules
        self.profiles = profiles
        self.clients = clients
        self.stagger = stagger
        self.weights = weights
        self.slowStart = slowStart
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

    /// Who shares the link of a cell in virtual time.
    var bottleneck: Bottleneck {
        Bottleneck(clientCount: clients, stagger: stagger, weights: weights, slowStart: slowStart)
    }

    /// How many cells the matrix has.
    package var cellCount: Int { profiles.count * rules.count }

    /// A cell of the matrix by its place: rule by rule within each profile.
    func cell(_ index: Int) -> BenchmarkCell {
        let profile = profiles[index / rules.count]
        return BenchmarkCell(
            rule: rules[index % rules.count], profile: profile,
            seed: ProfileCatalogue.seed(ofProfileNamed: profile.name) ?? seed)
    }

    /// What each session of a run in `mode` is, in the order of the matrix.
    package func sessions(in mode: BenchmarkMode) -> [SessionIdentity] {
        (0..<cellCount).flatMap { index in
            let cell = cell(index)
            return (1...clients).map { client in
                SessionIdentity(
                    mode: mode, url: url, rule: cell.rule.description, profile: cell.profile.name, seed: cell.seed,
                    client: client)
            }
        }
    }

    /// The profile of each of ``sessions(in:)``.
    package func profile(ofSession index: Int) -> BandwidthProfile {
        cell(index / clients).profile
    }
}

/// One rule under one profile.
struct BenchmarkCell: Sendable {
    var rule: RuleSpecification
    var profile: BandwidthProfile
    /// The profile's, if it is random; else the plan's.
    var seed: UInt64
}

/// A benchmark that cannot be run.
package struct BenchmarkError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
