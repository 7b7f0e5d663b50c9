import Foundation
import Testing

@testable import QoE

@Suite("Scores")
struct ScoreTests {
    private func number(_ score: any Score, _ viewing: Viewing) throws -> Double {
        try #require(score.value(of: viewing).number)
    }

    private func isNear(_ first: Double, _ second: Double) -> Bool { abs(first - second) < 1e-9 }

    @Test("QoE_lin by hand")
    func linear() throws {
        // (0.3 + 1.2 + 1.2 + 4.3) − (0.9 + 0 + 3.1) − 4.3·2, over four segments.
        #expect(isNear(try number(LinearScore(), Sample.viewing()), (7 - 4 - 8.6) / 4))
    }

    @Test("QoE_lin is the summary's QoE")
    func summary() throws {
        let summary = PlaybackSummary(of: Sample.trace())
        #expect(isNear(try number(LinearScore(), Sample.viewing()), summary.qoe))
    }

    @Test("QoE_log by hand")
    func logarithmic() throws {
        // ln 1, ln 4, ln 4, ln 14.333…; the changes add up to the last of them.
        let expected = (2 * log(4.0) - 2.66 * 2) / 4
        #expect(isNear(try number(LogarithmicScore(), Sample.viewing()), expected))
    }

    @Test("QoE_hd by hand, by rank on other ladders of six, and not at all on the rest")
    func highDefinition() throws {
        // (1 + 3 + 3 + 20) − (2 + 0 + 17) − 8·2, over four segments.
        #expect(isNear(try number(HDScore(), Sample.viewing()), (27 - 19 - 16) / 4))
        let other = Sample.viewing(bitRates: [1, 3, 3, 6], ladder: [1, 2, 3, 4, 5, 6])
        #expect(isNear(try number(HDScore(), other), (27 - 19 - 16) / 4))
        #expect(HDScore().value(of: Sample.viewing(ladder: [300_000, 1_200_000, 4_300_000])).number == nil)
        #expect(HDScore().value(of: Sample.viewing(bitRates: [301_000])).number == nil)
    }

    @Test("Yin's by hand")
    func yin() throws {
        // 7000 − 4000 − 3000·(2 + 1).
        #expect(isNear(try number(YinScore(), Sample.viewing()), -6000))
    }

    @Test("BOLA's by hand")
    func bola() throws {
        // Σ υ = 2·ln 4 + ln 14.333…; half a segment of stall; 4 s a segment, 19 s of session.
        let utility = 2 * log(4.0) + log(43.0 / 3)
        let expected = (utility - 2.5) * 4 / 19
        #expect(isNear(try number(BOLAScore(), Sample.viewing()), expected))
    }

    @Test("SODA's by hand")
    func soda() throws {
        // Utilities 0, a, a, 1; 2 s of 18 s stalled; two of three neighbours differ.
        let utility = (2 * log(4.0) / log(43.0 / 3) + 1) / 4
        let expected = utility - 20.0 / 18 - 2.0 / 3
        #expect(isNear(try number(SODAScore(), Sample.viewing()), expected))
        #expect(SODAScore().value(of: Sample.viewing(bitRates: [5, 5], ladder: [5])).number == nil)
    }

    @Test("Puffer's by hand, and only where similarity was measured")
    func puffer() throws {
        // 10, 20, 20 and, since no picture is better, 60 dB.
        let viewing = Sample.viewing(ssim: [0.9, 0.99, 0.99, 1])
        #expect(isNear(try number(PufferScore(), viewing), (110 - 50 - 200) / 4))
        #expect(PufferScore().value(of: Sample.viewing(ssim: [0.9])).number == nil)
        #expect(PufferScore().value(of: Sample.viewing(ssim: [0.9, 0.9, 0.9, 2])).number == nil)
    }

    /// Entries of the tables that the paper's authors publish, for whole seconds and the middle of tens of quality.
    @Test(
        "SQI's stalls cost what the authors' tables say",
        arguments: [
            (1, 5, -10.496), (10, 5, -55.496), (1, 25, -52.478), (2, 25, -77.479), (1, 35, -73.469),
            (3, 55, -225.45), (1, 95, -199.41), (2, 95, -294.42), (10, 95, -1054.4),
        ] as [(Double, Double, Double)])
    func stall(duration: Double, quality: Double, expected: Double) {
        let experience = StreamingQualityIndex.experience(ofStall: duration, after: quality)
        #expect(abs(experience / expected - 1) < 1e-4)
    }

    @Test(
        "and its start-ups",
        arguments: [(1, -77.694), (2, -157.38), (3, -237.34), (4, -317.33), (10, -797.33)] as [(Double, Double)])
    func startup(duration: Double, expected: Double) {
        #expect(abs(StreamingQualityIndex.experience(ofStartup: duration) / expected - 1) < 1e-4)
    }

    @Test("SQI by hand")
    func streamingQualityIndex() throws {
        // The halt comes 6 s into the media, in the second segment, whose quality is 25.
        let viewing = Sample.viewing(vmaf: [15, 25, 60, 90])
        let pictures = 4.0 * 190
        let expected = (pictures - 77.694 - 77.479) / 19
        #expect(abs(try number(StreamingQualityIndex(), viewing) - expected) < 1e-3)
        #expect(StreamingQualityIndex().value(of: Sample.viewing()).number == nil)
        #expect(StreamingQualityIndex().value(of: Sample.viewing(vmaf: [1, 2, 3, 101])).number == nil)
        // Where only structural similarity was measured, a hundredth counts as a point.
        let similar = try number(StreamingQualityIndex(), Sample.viewing(ssim: [0.15, 0.25, 0.6, 0.9]))
        #expect(abs(try number(StreamingQualityIndex(), viewing) - similar) < 1e-9)
        #expect(StreamingQualityIndex().value(of: Sample.viewing(ssim: [0.1, 0.2, 0.3])).number == nil)
    }

    @Test("Without a stall, a moment's start-up and at constant quality SQI is that quality")
    func undisturbed() throws {
        let trace = Sample.trace(vmaf: [70, 70, 70, 70]).filter { event in
            if case .stallBegan = event { false } else if case .startup = event { false } else { true }
        }
        let viewing = Viewing(of: trace + [.startup(time: 0)])
        #expect(isNear(try number(StreamingQualityIndex(), viewing), 70))
    }

    @Test("A trace that has no segments has no scores, and neither have numbers that overflow")
    func undefined() {
        let head = TraceEvent.session(SessionRecord(url: "u", rule: "fixed", duration: 4, ladder: [1, 2]))
        #expect(ScoreCatalogue.values(of: Viewing(of: [head])).allSatisfy { $0.number == nil })
        #expect(ScoreCatalogue.values(of: Viewing(of: [])).allSatisfy { $0.number == nil })
        let endless = Sample.trace() + [.stallBegan(time: 0), .stallEnded(time: 1e308, duration: 1e308)]
        let values = ScoreCatalogue.values(of: Viewing(of: endless + [.stallBegan(time: -1e308)]))
        #expect(values.compactMap(\.number).allSatisfy { $0.isFinite })
    }

    @Test("Names are those of the columns, each with a source")
    func names() {
        let types = ScoreCatalogue.all.map { type(of: $0) }
        #expect(types.map { $0.name } == ["QoE_lin", "QoE_log", "QoE_hd", "Yin", "BOLA", "SODA", "Puffer", "SQI"])
        #expect(types.allSatisfy { !$0.source.isEmpty })
    }
}
