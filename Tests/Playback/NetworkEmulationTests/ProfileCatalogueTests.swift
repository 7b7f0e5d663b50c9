import NetworkEmulation
import Testing

@Suite("The catalogue of profiles")
struct ProfileCatalogueTests {
    @Test("makes every built-in profile with its defaults", arguments: ProfileCatalogue.all.map(\.name))
    func defaults(name: String) throws {
        let profile = try ProfileCatalogue.profile(named: name)
        #expect(profile.name == name)
        #expect(profile.bandwidthRange.upperBound > 0)
        let builtIn = try #require(ProfileCatalogue.all.first { $0.name == name })
        #expect(builtIn.parameters.allSatisfy { $0.range.contains($0.defaultValue) })
        #expect(Set(builtIn.parameters.map(\.name)).count == builtIn.parameters.count)
    }

    /// A specification, the (seconds, kb/s) that it stands for, and the latency in milliseconds.
    struct Pattern: Sendable, CustomTestStringConvertible {
        var specification: String
        var durations: [Double]
        var bandwidths: [Double]
        var latency = 50.0
        var testDescription: String { specification }
    }

    static let patterns: [Pattern] = [
        Pattern(
            specification: "constant:bandwidth=2500:latency=0", durations: [60], bandwidths: [2500], latency: 0),
        Pattern(specification: "step-up:at=10:period=30", durations: [10, 20], bandwidths: [800, 3000]),
        Pattern(specification: "step-down:latency=20", durations: [30, 30], bandwidths: [3000, 800], latency: 20),
        Pattern(specification: "square:period=10:low=0", durations: [5, 5], bandwidths: [3000, 0]),
        Pattern(specification: "spike:peak=200", durations: [20, 5, 35], bandwidths: [1000, 200, 1000]),
        Pattern(specification: "outage", durations: [20, 10, 30], bandwidths: [3000, 0, 3000]),
        Pattern(specification: "outage:at=20:duration=10:period=30", durations: [20, 10], bandwidths: [3000, 0]),
    ]

    @Test("shapes patterns by their parameters", arguments: patterns)
    func shapes(pattern: Pattern) throws {
        let profile = try ProfileCatalogue.profile(named: pattern.specification)
        #expect(profile.name == pattern.specification)
        #expect(profile.steps.map(\.duration) == pattern.durations)
        #expect(profile.steps.map(\.bandwidth) == pattern.bandwidths.map { $0 * 1000 })
        #expect(profile.steps.allSatisfy { $0.latency == pattern.latency / 1000 })
    }

    @Test("falls and rises within 20 s")
    func fallAndRise() throws {
        let profile = try ProfileCatalogue.profile(named: "fall-and-rise")
        #expect(abs(profile.period - 20) < 1e-9)
        #expect(profile.bandwidth(at: 0.5) == 4e6)
        #expect(profile.bandwidth(at: 9.5) == 4e5)
        #expect(profile.bandwidth(at: 10.5) == 4e5)
        #expect(profile.bandwidth(at: 19.5) == 4e6)
        #expect(profile.steps.prefix(10).map(\.bandwidth) == profile.steps.suffix(10).map(\.bandwidth).reversed())
    }

    @Test("makes stochastic profiles with the mean that was asked for", arguments: ["3g", "4g", "5g", "wifi"])
    func stochasticMean(name: String) throws {
        let profile = try ProfileCatalogue.profile(named: name + ":mean=5000:length=600:seed=3")
        #expect(profile.period == 600)
        #expect(abs(profile.meanBandwidth - 5e6) < 1e3)
        #expect(profile.bandwidthRange.lowerBound < 1e6)
        #expect(profile.bandwidthRange.upperBound > 7e6)
        #expect(profile.steps.allSatisfy { $0.latency > 0 && $0.latency < 1 })
    }

    @Test("makes a steady line with the mean that was asked for, shared now and then")
    func subscriberLine() throws {
        let profile = try ProfileCatalogue.profile(named: "dsl:mean=5000:length=3600:seed=3")
        #expect(abs(profile.meanBandwidth - 5e6) < 1e3)
        #expect(profile.bandwidthRange.upperBound < 7e6)
        #expect(profile.bandwidthRange.lowerBound < 3e6)
        // Most of the time it is near the mean.
        let near = profile.steps.filter { abs($0.bandwidth - 5e6) < 2e6 }.reduce(0) { $0 + $1.duration }
        #expect(near > 0.7 * profile.period)
    }

    @Test("has the low-latency challenge's patterns as published")
    func lowLatencyChallenge() throws {
        let names = ProfileCatalogue.all.map(\.name).filter { $0.hasPrefix("lll-") }
        #expect(names.count == 10)
        // Length in seconds and bits of a period, added up by hand.
        let expected: [String: (Double, Double)] = [
            "lll-cascade": (150, 132e6), "lll-intra-cascade": (135, 87e6), "lll-spike": (30, 23e6),
            "lll-slow-jitters": (30, 25.5e6), "lll-fast-jitters": (11.6, 13.5e6), "lll-fast-cascade": (90, 36e6),
            "lll-fast-intra-cascade": (75, 16.5e6), "lll-fast-spike": (30, 11e6), "lll-fast-slow-jitters": (30, 10.5e6),
            "lll-fast-fast-jitters": (11.6, 5.62e6),
        ]
        for name in names {
            let profile = try ProfileCatalogue.profile(named: name)
            let (period, bits) = try #require(expected[name])
            #expect(abs(profile.period - period) < 1e-9, "\(name)")
            #expect(abs(profile.bitsPerPeriod - bits) < 1, "\(name)")
            #expect(profile.steps.allSatisfy { $0.latency == 0 })
        }
        let scaled = try ProfileCatalogue.profile(named: "lll-spike:scale=2:latency=20")
        #expect(scaled.steps.map(\.bandwidth) == [2.4e6, 0.6e6, 1.6e6])
        #expect(scaled.steps.allSatisfy { $0.latency == 0.02 })
    }

    @Test(
        "gives another profile for another seed, and the same for the same",
        arguments: ["3g", "4g", "5g", "wifi", "dsl"])
    func seeds(name: String) throws {
        let first = try ProfileCatalogue.profile(named: name)
        #expect(try ProfileCatalogue.profile(named: name + ":seed=1").steps == first.steps)
        #expect(try ProfileCatalogue.profile(named: name + ":seed=2").steps != first.steps)
    }

    @Test(
        "refuses parameters that make no sense, with a line that says which",
        arguments: [
            ("constant:bandwith=1", "bandwith"), ("constant:bandwidth", "NAME=NUMBER"),
            ("constant:bandwidth=x", "NAME=NUMBER"), ("constant:bandwidth=-1", "from 0"),
            ("constant:bandwidth=nan", "NAME=NUMBER"), ("constant:bandwidth=inf", "NAME=NUMBER"),
            ("constant:bandwidth=0x10", "NAME=NUMBER"), ("constant:bandwidth=1e300", "from 0"),
            ("constant:bandwidth=0", "above zero"), ("constant:bandwidth=1:bandwidth=2", "twice"),
            ("4g:seed=1.5", "whole number"), ("4g:seed=-1", "whole number"), ("4g:length=1e9", "86400"),
            ("step-up:at=60", "below period"), ("spike:at=58", "exceed"), ("outage:duration=50", "exceed"),
        ])
    func parameters(specification: String, words: String) throws {
        let error = try #require(throws: ProfileError.self) {
            try ProfileCatalogue.profile(named: specification)
        }
        #expect(error.code == .parameter)
        #expect(error.description.contains(words), "\(error)")
        #expect(!error.description.contains("\n"))
    }

    @Test("says that a name is unknown", arguments: ["", "nonsense", "square-ish", "no/such/file.csv"])
    func unknown(name: String) throws {
        let error = try #require(throws: ProfileError.self) { try ProfileCatalogue.profile(named: name) }
        #expect(error.code == .unknown)
    }
}
