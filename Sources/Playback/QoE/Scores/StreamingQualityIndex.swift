import Foundation

/// The Streaming QoE Index of Duanmu, Zeng, Ma, Rehman and Wang, "A quality-of-experience index for streaming video", IEEE
/// Journal of Selected Topics in Signal Processing 11(1), 2017: the mean over the session's time of the pictures' quality
/// and of what stalls take from it.
///
/// While playback stands still after a picture of quality P, experience falls to P·(e^(−t/T₀) − 1) after t seconds; once
/// it goes on, what was felt last fades as e^(−t/T₁). Both are summed over pictures, 30 a second, which for a stall of
/// n pictures is
///
///     P/30 · (−n + (1 − aⁿ)·(1/(1 − a) − b/(1 − b))),   a = e^(−1/(30·T₀)), b = e^(−1/(30·T₁)).
///
/// P is the quality of the segment before the stall; the start-up is a stall after an expected 80. The paper measures
/// quality with a program that is not public. Its authors' own code (github.com/zduanmu/ksqi) takes VMAF instead, 0 to 100,
/// and so does this; where that is missing it takes 100 times the structural similarity, another of the measures by
/// picture that the paper allows, so that only figures of one kind compare. That code has the sums as tables, by whole seconds and tens of quality; T₀ = 0.1 s and
/// T₁ = 37/30 s, and 0.5 s both at the start-up, give every entry of them.
package struct StreamingQualityIndex: Score {
    package static let name = "SQI"
    package static let source = "Duanmu et al., J-STSP 11(1) 2017"

    private static let frameRate = 30.0
    private static let expectation = 80.0
    /// T₀ and T₁ in pictures.
    private static let stall = (dissatisfaction: 3.0, memory: 37.0)
    private static let startup = (dissatisfaction: 15.0, memory: 15.0)

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        var qualities = viewing.segments.compactMap(\.vmaf)
        if qualities.count != viewing.segments.count {
            qualities = viewing.segments.compactMap(\.ssim).map { 100 * max($0, 0) }
        }
        guard qualities.count == viewing.segments.count else {
            return .undefined("neither vmaf nor ssim in the trace's request lines")
        }
        guard qualities.allSatisfy({ (0...100).contains($0) }) else {
            return .undefined("a vmaf is not from 0 to 100, or an ssim above 1")
        }
        guard let startupDelay = viewing.startupDelay else { return .undefined("nothing was shown") }
        let media = viewing.segments.reduce(0) { $0 + $1.duration }
        let waiting = startupDelay + viewing.stallDuration
        guard media > 0, waiting >= 0 else { return .undefined("the segments have no length") }
        var sum = zip(viewing.segments, qualities).reduce(0) { $0 + $1.0.duration * $1.1 }
        sum += Self.experience(ofStartup: startupDelay)
        for stall in viewing.stalls {
            // The last segment of which something was shown; a hair's breadth for the rounding of times.
            let index = viewing.segments.lastIndex { $0.start < stall.position - 1e-6 } ?? 0
            sum += Self.experience(ofStall: stall.duration, after: qualities[index])
        }
        return .number(sum / (media + waiting))
    }

    /// Σ S of a stall: in units of quality times seconds, never above zero.
    static func experience(ofStall duration: Double, after quality: Double) -> Double {
        experience(of: duration, after: quality, stall)
    }

    /// The same of the start-up.
    static func experience(ofStartup duration: Double) -> Double {
        experience(of: duration, after: expectation, startup)
    }

    private static func experience(
        of duration: Double, after quality: Double, _ constants: (dissatisfaction: Double, memory: Double)
    ) -> Double {
        let count = max(duration, 0) * frameRate
        let a = exp(-1 / constants.dissatisfaction)
        let b = exp(-1 / constants.memory)
        let felt = 1 - exp(-count / constants.dissatisfaction)
        return min(quality / frameRate * (felt * (1 / (1 - a) - b / (1 - b)) - count), 0)
    }
}
