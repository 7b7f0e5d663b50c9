/// Hand-made patterns: each shows one property of a rule.
extension BuiltInProfile {
    static let constant = BuiltInProfile(
        name: "constant", summary: "nothing changes: a rule should settle on one rung",
        parameters: [.bandwidth("bandwidth", "all the time", 3000), .latency(50)]
    ) { values throws(ProfileError) in
        [values.step(60, "bandwidth")]
    }

    static let stepUp = BuiltInProfile(
        name: "step-up", summary: "low, then high: how soon quality follows",
        parameters: [
            .bandwidth("low", "before the step", 800), .bandwidth("high", "after the step", 3000), .at(30),
            .period(60), .latency(50),
        ]
    ) { values throws(ProfileError) in
        try values.check("at", before: "period", of: "step-up")
        return [values.step(values["at"], "low"), values.step(values["period"] - values["at"], "high")]
    }

    static let stepDown = BuiltInProfile(
        name: "step-down", summary: "high, then low: whether the buffer survives the change",
        parameters: [
            .bandwidth("high", "before the step", 3000), .bandwidth("low", "after the step", 800), .at(30),
            .period(60), .latency(50),
        ]
    ) { values throws(ProfileError) in
        try values.check("at", before: "period", of: "step-down")
        return [values.step(values["at"], "high"), values.step(values["period"] - values["at"], "low")]
    }

    static let square = BuiltInProfile(
        name: "square", summary: "high and low in turn: whether quality oscillates along",
        parameters: [
            .bandwidth("high", "in the first half", 3000), .bandwidth("low", "in the second half", 800), .period(40),
            .latency(50),
        ]
    ) { values throws(ProfileError) in
        [values.step(values["period"] / 2, "high"), values.step(values["period"] / 2, "low")]
    }

    static let spike = BuiltInProfile(
        name: "spike", summary: "a short burst (or dip, if the peak is lower): whether a rule chases it",
        parameters: [
            .bandwidth("base", "outside of the spike", 1000), .bandwidth("peak", "during the spike", 6000), .at(20),
            .duration("the spike", 5), .period(60), .latency(50),
        ]
    ) { values throws(ProfileError) in
        try values.patch("base", "peak", of: "spike")
    }

    static let outage = BuiltInProfile(
        name: "outage", summary: "nothing for 10 s: whether the buffer was full enough",
        parameters: [
            .bandwidth("bandwidth", "outside of the outage", 3000), .at(20), .duration("the outage", 10), .period(60),
            .latency(50),
        ]
    ) { values throws(ProfileError) in
        try values.patch("bandwidth", nil, of: "outage")
    }

    static let fallAndRise = BuiltInProfile(
        name: "fall-and-rise", summary: "falls steadily and rises again, all within a short demonstration",
        parameters: [
            .bandwidth("high", "at the start and the end", 4000), .bandwidth("low", "half-way", 400), .period(20),
            .latency(40),
        ]
    ) { values throws(ProfileError) in
        // Ten levels down and the same ten up.
        let high = values.bandwidth("high")
        let fall = (0..<10).map { high + (values.bandwidth("low") - high) * Double($0) / 9 }
        return (fall + fall.reversed()).map {
            BandwidthProfile.Step(duration: values["period"] / 20, bandwidth: $0, latency: values.latency)
        }
    }

    static let hsdpa = stochastic(
        "3g", "like HSDPA in a moving vehicle: 1.5 Mb/s on average, fades, gaps of seconds", .hsdpa, mean: 1500)
    static let lte = stochastic(
        "4g", "like a loaded LTE cell on the move: 6 Mb/s on average, fast and wide changes", .lte, mean: 6000)
    static let wirelessLAN = stochastic(
        "wifi", "like a shared wireless LAN: 10 Mb/s on average, steady with short deep dips", .wirelessLAN,
        mean: 10_000)
    static let newRadio = stochastic(
        "5g", "like 5G on the move: 30 Mb/s on average, high peaks, falls to 4G and worse", .newRadio, mean: 30_000)
    static let subscriberLine = stochastic(
        "dsl", "like a DSL line in a household: 8 Mb/s on average, steady, shared now and then", .subscriberLine,
        mean: 8000)

    private static func stochastic(
        _ name: String, _ summary: String, _ model: FadingModel, mean: Double
    ) -> BuiltInProfile {
        BuiltInProfile(
            name: name, summary: summary,
            parameters: [
                .init("seed", "another seed, another profile", unit: "", default: 1, in: 0...1e9, isInteger: true),
                .init("mean", "bandwidth on average", unit: "kb/s", default: mean, in: 10...1e7),
                .init("length", "until it repeats", unit: "s", default: 300, in: 10...86_400, isInteger: true),
            ]
        ) { values throws(ProfileError) in
            model.steps(
                seed: UInt64(values["seed"]), length: Int(values["length"]), mean: values.bandwidth("mean"))
        }
    }
}

extension BuiltInProfile.Parameter {
    fileprivate static func bandwidth(_ name: String, _ summary: String, _ value: Double) -> Self {
        .init(name, "bandwidth " + summary, unit: "kb/s", default: value, in: 0...1e7)
    }
    fileprivate static func latency(_ value: Double) -> Self {
        .init("latency", "added to each request", unit: "ms", default: value, in: 0...10_000)
    }
    fileprivate static func at(_ value: Double) -> Self {
        .init("at", "when it happens", unit: "s", default: value, in: 0.1...86_400)
    }
    fileprivate static func duration(_ what: String, _ value: Double) -> Self {
        .init("duration", "of " + what, unit: "s", default: value, in: 0.1...86_400)
    }
    fileprivate static func period(_ value: Double) -> Self {
        .init("period", "until it repeats", unit: "s", default: value, in: 0.2...86_400)
    }
}

extension ParameterValues {
    /// A step whose bandwidth (bits/s) is a parameter's; none for an outage.
    fileprivate func step(_ duration: Double, _ parameter: String?) -> BandwidthProfile.Step {
        .init(duration: duration, bandwidth: parameter.map(bandwidth) ?? 0, latency: latency)
    }

    /// `outer`, and between `at` and `at + duration` instead `inner`.
    fileprivate func patch(
        _ outer: String, _ inner: String?, of profile: String
    ) throws(ProfileError) -> [BandwidthProfile.Step] {
        let rest = self["period"] - self["at"] - self["duration"]
        guard rest >= 0 else {
            throw ProfileError(.parameter, "profile \(profile): at + duration must not exceed period")
        }
        return [step(self["at"], outer), step(self["duration"], inner), step(rest, outer)]
    }

    fileprivate func check(_ first: String, before second: String, of profile: String) throws(ProfileError) {
        guard self[first] < self[second] else {
            throw ProfileError(.parameter, "profile \(profile): \(first) must be below \(second)")
        }
    }
}
