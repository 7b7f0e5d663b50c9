import Testing

@testable import QoE

struct PlaybackSummaryTests {
    private static func segment(
        _ bitRate: Int, _ duration: Double = 4, media: String = "video", number: Int? = 1, bytes: Int = 1000,
        outcome: String = "complete"
    ) -> TraceEvent {
        .request(
            RequestRecord(
                time: 0, media: media, track: "x", segment: number, duration: duration, bitRate: bitRate, url: "u",
                bytes: bytes, firstByte: nil, lastByte: nil, status: nil, cacheStatus: nil, outcome: outcome))
    }

    @Test("a session by hand")
    func session() {
        let summary = PlaybackSummary(of: [
            .session(SessionRecord(url: "u", duration: 14)),
            Self.segment(1_000_000, 0, number: nil, bytes: 700),
            Self.segment(1_000_000, bytes: 500_000),
            .startup(time: 0.5),
            Self.segment(128_000, media: "audio", bytes: 64_000),
            Self.segment(3_000_000, bytes: 90_000, outcome: "timeout"),
            Self.segment(3_000_000, bytes: 1_500_000),
            .stallBegan(time: 8.5), .stallEnded(time: 10, duration: 1.5),
            Self.segment(3_000_000, bytes: 1_400_000),
            .stallBegan(time: 14), .stallEnded(time: 14.5, duration: 0.5),
            Self.segment(2_000_000, 2, bytes: 450_000),
            .buffer(BufferRecord(time: 15, position: 12, video: 2, audio: 2)),
            .end(EndRecord(time: 16.5, played: 14, outcome: "completed")),
        ])
        let expected = PlaybackSummary(
            meanBitRate: 32e6 / 14,  // (1·4 + 3·4 + 3·4 + 2·2) Mb over 14 s
            startupDelay: 0.5, stallCount: 2, stallDuration: 2, stallRatio: 2.0 / 16,  // from 0.5 s to 16.5 s
            switchCount: 2, meanSwitch: 1e6,  // (2 + 0 + 1) Mb/s over three pairs
            segmentCount: 4, qoe: (9 - 3 - 4.3 * 2) / 4,  // (1 + 3 + 3 + 2) − (2 + 1) − 4.3·2
            played: 14, duration: 16.5,
            bytes: 700 + 500_000 + 64_000 + 90_000 + 1_500_000 + 1_400_000 + 450_000, wastedBytes: 90_000,
            outcome: "completed")
        #expect(summary == expected)
    }

    @Test("weights are arguments")
    func weights() {
        let trace = [
            Self.segment(1_000_000), Self.segment(2_000_000), TraceEvent.stallBegan(time: 1),
            .stallEnded(time: 3, duration: 2), .end(EndRecord(time: 8, played: 6, outcome: "completed")),
        ]
        #expect(
            PlaybackSummary(of: trace, weights: QoEWeights(rebuffering: 10, switching: 0.5)).qoe == (3 - 0.5 - 20) / 2)
        #expect(PlaybackSummary(of: trace, weights: QoEWeights(rebuffering: 0, switching: 0)).qoe == 1.5)
    }

    @Test("nothing but a head")
    func empty() {
        for trace in [[], [TraceEvent.session(SessionRecord(url: "u", duration: 4))]] {
            #expect(
                PlaybackSummary(of: trace)
                    == PlaybackSummary(
                        meanBitRate: 0, startupDelay: nil, stallCount: 0, stallDuration: 0, stallRatio: 0,
                        switchCount: 0,
                        meanSwitch: 0, segmentCount: 0, qoe: 0, played: 0, duration: 0, bytes: 0, wastedBytes: 0,
                        outcome: "stopped"))
        }
    }

    @Test("audio counts where there is no video")
    func audio() {
        let summary = PlaybackSummary(of: [
            Self.segment(64_000, media: "audio"), Self.segment(128_000, media: "audio"),
            .end(EndRecord(time: 8, played: 8, outcome: "completed")),
        ])
        #expect(summary.meanBitRate == 96_000)
        #expect(summary.segmentCount == 2)
        #expect(summary.switchCount == 1)
    }

    @Test("where a trace breaks off the session counts as stopped, and a stall that lasts as ended")
    func brokenOff() {
        let summary = PlaybackSummary(of: [
            Self.segment(1_000_000), .startup(time: 1),
            .buffer(BufferRecord(time: 2, position: 1, video: 3, audio: nil)), .stallBegan(time: 5),
            .buffer(BufferRecord(time: 7, position: 4, video: 0, audio: nil)),
        ])
        #expect(summary.outcome == "stopped")
        #expect(summary.duration == 7)
        #expect(summary.played == 4)
        #expect(summary.stallCount == 1)
        #expect(summary.stallDuration == 2)
        #expect(summary.stallRatio == 2.0 / 6)
        #expect(summary.startupDelay == 1)
    }

    @Test("the start-up counts once and is no stall")
    func startup() {
        let summary = PlaybackSummary(of: [
            .startup(time: 3), .startup(time: 5), .end(EndRecord(time: 8, played: 5, outcome: "completed")),
        ])
        #expect(summary.startupDelay == 3)
        #expect(summary.stallDuration == 0)
        #expect(summary.qoe == 0)
    }

    @Test("more bytes than can be counted, and bit rates at both ends, do not trap")
    func extremes() {
        let summary = PlaybackSummary(of: [
            Self.segment(.max, bytes: .max), Self.segment(.min, bytes: .max), Self.segment(0, bytes: .min),
        ])
        #expect(summary.bytes == .max)
        #expect(summary.switchCount == 2)
    }

    @Test("equal bit rates are no switch")
    func equalBitRates() {
        #expect(PlaybackSummary(of: [Self.segment(5), Self.segment(5), Self.segment(6)]).switchCount == 1)
    }
}
