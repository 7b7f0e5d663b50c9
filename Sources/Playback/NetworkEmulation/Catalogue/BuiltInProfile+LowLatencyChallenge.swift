/// The network patterns of the ACM MMSys 2020 grand challenge on adaptation algorithms for near-second latency (Twitch and
/// the dash.js project), numbers as published; those called *fast* were for the challenge's faster, lower ladder.
extension BuiltInProfile {
    static let lowLatencyChallenge: [BuiltInProfile] = [
        challenge(
            "cascade", "1.2 Mb/s down to 0.4 and up again, 30 s a step", cascade([1200, 800, 400, 800, 1200], 30)),
        challenge(
            "intra-cascade", "1 Mb/s down to 0.2 and up again in nine steps of 15 s",
            cascade([1000, 800, 600, 400, 200, 400, 600, 800, 1000], 15)),
        challenge("spike", "1.2 Mb/s, a dip to 0.3, then 0.8, 10 s each", cascade([1200, 300, 800], 10)),
        challenge(
            "slow-jitters", "0.5 and 1.2 Mb/s in turn, 5 s each", cascade([500, 1200, 500, 1200, 500, 1200], 5)),
        challenge("fast-jitters", "1.2 Mb/s with dips to 0.5 of 100 to 250 ms", jitters(low: 500, high: 1200)),
        challenge("fast-cascade", "0.5 Mb/s, 0.2 and 0.5 again, 30 s each", cascade([500, 200, 500], 30)),
        challenge(
            "fast-intra-cascade", "0.3 Mb/s down to 0.1 and up again in five steps of 15 s",
            cascade([300, 200, 100, 200, 300], 15)),
        challenge("fast-spike", "0.5 Mb/s, a dip to 0.2, then 0.4, 10 s each", cascade([500, 200, 400], 10)),
        challenge(
            "fast-slow-jitters", "0.2 and 0.5 Mb/s in turn, 5 s each", cascade([200, 500, 200, 500, 200, 500], 5)),
        challenge("fast-fast-jitters", "0.5 Mb/s with dips to 0.2 of 100 to 250 ms", jitters(low: 200, high: 500)),
    ]

    /// A stretch of a pattern.
    private struct Stretch {
        /// In seconds.
        var duration: Double
        /// In kb/s.
        var bandwidth: Double
    }

    private static func cascade(_ bandwidths: [Double], _ duration: Double) -> [Stretch] {
        bandwidths.map { Stretch(duration: duration, bandwidth: $0) }
    }

    private static func jitters(low: Double, high: Double) -> [Stretch] {
        [(0.25, low), (5, high), (0.1, low), (1, high), (0.25, low), (5, high)].map(Stretch.init)
    }

    private static func challenge(_ name: String, _ summary: String, _ stretches: [Stretch]) -> BuiltInProfile {
        BuiltInProfile(
            name: "lll-" + name, summary: "low-latency challenge 2020: " + summary,
            parameters: [
                .init("scale", "multiplies every bandwidth", unit: "", default: 1, in: 0.01...1000),
                .init("latency", "added to each request", unit: "ms", default: 0, in: 0...10_000),
            ]
        ) { values throws(ProfileError) in
            stretches.map {
                BandwidthProfile.Step(
                    duration: $0.duration, bandwidth: $0.bandwidth * 1000 * values["scale"], latency: values.latency)
            }
        }
    }
}
