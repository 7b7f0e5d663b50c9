import NetworkEmulation
import TestSupport

/// A profile of (seconds, kb/s, milliseconds) each.
func profile(_ steps: (Double, Double, Double)...) -> BandwidthProfile {
    BandwidthProfile(
        name: "test",
        steps: steps.map { .init(duration: $0.0, bandwidth: $0.1 * 1000, latency: $0.2 / 1000) })
}

extension BandwidthProfile {
    /// A profile of up to 12 steps, some of them outages.
    static func random(using generator: inout SeededGenerator) -> BandwidthProfile {
        var steps = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
            BandwidthProfile.Step(
                duration: Double.random(in: 0.1...5, using: &generator),
                bandwidth: Int.random(in: 0...3, using: &generator) == 0
                    ? 0 : Double.random(in: 1e5...5e6, using: &generator),
                latency: Double.random(in: 0...0.3, using: &generator))
        }
        steps[steps.count - 1].bandwidth += 1e5
        return BandwidthProfile(name: "random", steps: steps)
    }
}
