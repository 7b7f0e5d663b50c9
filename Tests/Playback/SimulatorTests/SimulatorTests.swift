import Adaptation
import Client
import NetworkEmulation
import Presentation
import QoE
import Simulator
import Testing

/// A presentation of `count` segments of two seconds in versions of `bitRates`, and sizes to go with it.
func uniformPresentation(
    bitRates: [Int], count: Int, audio: Bool = false, minBufferTime: Double = 2
) throws -> (Presentation, SegmentSizes) {
    func track(_ kind: MediaKind, _ id: String, _ bitRate: Int) -> Track {
        Track(
            id: id, kind: kind, codecs: "", mimeType: "", bandwidth: bitRate, timescale: 1000, initialization: nil,
            segments: (0..<count).map {
                Segment(
                    number: $0 + 1, start: Int64($0) * 2000, duration: 2000,
                    resource: MediaResource(path: "\(id)/\($0 + 1)"), bytes: bitRate / 4)
            })
    }
    var sets = [SwitchingSet(kind: .video, tracks: bitRates.enumerated().map { track(.video, "v\($0)", $1) })]
    if audio { sets.append(SwitchingSet(kind: .audio, tracks: [track(.audio, "a", 100_000)])) }
    let presentation = Presentation(
        duration: Double(count) * 2, minBufferTime: minBufferTime, switchingSets: sets)
    return (presentation, try SegmentSizes(of: presentation, initializationBytes: 0))
}

func constant(_ bandwidth: Double, latency: Double = 0) -> BandwidthProfile {
    BandwidthProfile(name: "constant", steps: [.init(duration: 60, bandwidth: bandwidth, latency: latency)])
}

func simulate(
    _ content: (Presentation, SegmentSizes), _ profile: BandwidthProfile, _ rule: String = "fixed",
    duration: Double? = nil, maxBuffer: Double = 30
) throws -> Simulation.Result {
    let plan = try SessionPlan(
        presentation: content.0,
        configuration: SessionConfiguration(
            rule: try RuleSpecification(rule), duration: duration, maxBuffer: maxBuffer))
    return Simulation(plan, sizes: content.1, profile: profile).run()[0]
}

@Suite("Simulation against arithmetic done by hand")
struct HandArithmeticTests {
    /// 250,000 bytes of media and 512 of head at 4 Mb/s take 0.501024 s, behind 0.1 s of latency: 0.601024 s a segment.
    /// Playback starts with the first and never stops; ten seconds later it is over.
    @Test("Enough bandwidth: start-up is one segment's transfer, then playback never stops")
    func enough() throws {
        let result = try simulate(uniformPresentation(bitRates: [1_000_000], count: 5), constant(4e6, latency: 0.1))
        #expect(result.outcome == .completed)
        let startup = try #require(result.summary.startupDelay)
        #expect(abs(startup - 0.601024) < 1e-9)
        #expect(result.summary.stallCount == 0)
        #expect(abs(result.summary.duration - 10.601024) < 1e-9)
        #expect(result.summary.played == 10)
        #expect(result.summary.meanBitRate == 1e6)
        #expect(result.summary.bytes == 1_250_000)
    }

    /// At 0.5 Mb/s a segment takes 0.1 + 4.008192 s and plays for two: each of the four that follow the first is
    /// waited for 2.108192 s.
    @Test("Half the bandwidth: every segment but the first is waited for")
    func half() throws {
        let result = try simulate(uniformPresentation(bitRates: [1_000_000], count: 5), constant(0.5e6, latency: 0.1))
        #expect(result.summary.stallCount == 4)
        let stalled = 4 * 2.108192
        #expect(abs(result.summary.stallDuration - stalled) < 1e-9)
        let end = 5 * 4.108192 + 2
        #expect(abs(result.summary.duration - end) < 1e-9)
        // 1 Mb/s a segment, less 4.3 for each second of stall, over five segments.
        let qoe = (5 - 4.3 * 4 * 2.108192) / 5
        #expect(abs(result.summary.qoe - qoe) < 1e-9)
    }

    /// Segments of 2,004,096 bits. The link carries 2 Mb/s for 3 s and then nothing for 10 s: two arrive before the
    /// outage at 1.002048 and 2.004096 s, playback starts at 1.002048 s and has 4 s to show: it stops at 5.002048 s.
    /// The third had 1,991,808 bits when the outage came; its last 12,288 come 0.006144 s behind its end, at 13.006144 s.
    @Test("An outage: playback stops when the buffer is empty and goes on when the link is back")
    func outage() throws {
        let profile = BandwidthProfile(
            name: "outage",
            steps: [
                .init(duration: 3, bandwidth: 2e6, latency: 0), .init(duration: 10, bandwidth: 0, latency: 0),
                .init(duration: 60, bandwidth: 2e6, latency: 0),
            ])
        let result = try simulate(uniformPresentation(bitRates: [1_000_000], count: 8), profile)
        #expect(result.summary.stallCount == 1)
        let stalled = 13.006144 - 5.002048
        #expect(abs(result.summary.stallDuration - stalled) < 1e-9)
        let end = 1.002048 + 16 + result.summary.stallDuration
        #expect(abs(result.summary.duration - end) < 1e-9)
    }

    /// Video of 2,004,096 bits and audio of 204,096 bits begin at once and share 4 Mb/s: the audio is through when
    /// both have 204,096 bits, at 0.102048 s. From then on there is always video to send and audio of the next segment
    /// with it, so that the first video segment, with one more audio segment beside it, ends at
    /// (2,004,096 + 2 · 204,096) / 4e6 s or later, and in no case later than all of the audio were before it.
    @Test("Audio and video share the link")
    func shared() throws {
        let result = try simulate(
            uniformPresentation(bitRates: [1_000_000], count: 5, audio: true), constant(4e6))
        let startup = try #require(result.summary.startupDelay)
        let least = (2_004_096.0 + 2 * 204_096.0) / 4e6
        let most = (2_004_096.0 + 5 * 204_096.0) / 4e6
        #expect(startup >= least - 1e-9)
        #expect(startup <= most + 1e-9)
        #expect(abs(result.summary.duration - startup - 10) < 1e-9)
    }

    @Test("A buffer's limit holds requests back")
    func bufferLimit() throws {
        let result = try simulate(
            uniformPresentation(bitRates: [1_000_000], count: 20), constant(50e6), maxBuffer: 6)
        for event in result.trace {
            if case .buffer(let record) = event { #expect((record.video ?? 0) <= 6 + 1e-6) }
        }
        #expect(result.summary.stallCount == 0)
    }

    @Test("A limit of time ends the session there")
    func limited() throws {
        let result = try simulate(
            uniformPresentation(bitRates: [1_000_000], count: 20), constant(10e6), duration: 7)
        #expect(result.outcome == .completed)
        #expect(result.summary.played == 7)
        #expect(result.summary.segmentCount == 4)
    }
}

@Suite("Simulation")
struct SimulationTests {
    private let varied = BandwidthProfile(
        name: "varied",
        steps: [
            .init(duration: 7, bandwidth: 5e6, latency: 0.02), .init(duration: 9, bandwidth: 0.6e6, latency: 0.08),
            .init(duration: 4, bandwidth: 0, latency: 0.05), .init(duration: 11, bandwidth: 2.2e6, latency: 0.04),
        ])

    @Test("gives the same bytes every time", arguments: RuleCatalogue.all.map(\.name))
    func deterministic(rule: String) throws {
        let content = try uniformPresentation(
            bitRates: [300_000, 700_000, 1_500_000, 3_000_000], count: 60, audio: true)
        let first = try simulate(content, varied, rule)
        let second = try simulate(content, varied, rule)
        #expect(try first.trace.map { try $0.line() } == second.trace.map { try $0.line() })
        #expect(first.outcome == .completed)
        #expect(abs(first.summary.played - 120) < 1e-6)
    }

    @Test("sums up in its trace to what it reports", arguments: RuleCatalogue.all.map(\.name))
    func traceAgrees(rule: String) throws {
        let content = try uniformPresentation(
            bitRates: [300_000, 700_000, 1_500_000, 3_000_000], count: 60, audio: true)
        let result = try simulate(content, varied, rule)
        let summary = PlaybackSummary(of: result.trace)
        #expect(abs(summary.meanBitRate - result.summary.meanBitRate) < 1e-6)
        #expect(summary.stallCount == result.summary.stallCount)
        #expect(abs(summary.stallDuration - result.summary.stallDuration) < 1e-9)
        #expect(summary.switchCount == result.summary.switchCount)
        #expect(abs(summary.qoe - result.summary.qoe) < 1e-9)
        #expect(summary.bytes == result.summary.bytes)
    }

    @Test("lets time pass in order, and takes every second for either playing, waiting or starting")
    func timeAddsUp() throws {
        let content = try uniformPresentation(bitRates: [300_000, 1_500_000], count: 40, audio: true)
        let result = try simulate(content, varied, "throughput")
        let starts = result.trace.compactMap { event -> Double? in
            if case .decision(let record) = event { record.time } else { nil }
        }
        #expect(starts == starts.sorted())
        let summary = result.summary
        let spent = try #require(summary.startupDelay) + summary.played + summary.stallDuration
        #expect(abs(summary.duration - spent) < 1e-6)
    }
}

@Suite("Simulation with replacement")
struct ReplacementSimulationTests {
    /// Twenty seconds at 1.5 Mb/s fill the buffer with low versions; then there is room for much better ones.
    @Test(
        "After a climb, buffered segments are replaced: what is shown is better, and bytes are wasted",
        arguments: ["bola-e", "bola-e-o", "dynamic-dash"])
    func fastSwitching(_ rule: String) throws {
        let content = try uniformPresentation(bitRates: [300_000, 1_000_000, 4_000_000], count: 60)
        let profile = BandwidthProfile(
            name: "climb",
            steps: [
                .init(duration: 20, bandwidth: 1.5e6, latency: 0.05),
                .init(duration: 200, bandwidth: 20e6, latency: 0.05),
            ])
        let plain = try simulate(content, profile, rule)
        let replaced = try simulate(content, profile, "\(rule):replacement=on")
        #expect(replaced.summary == (try simulate(content, profile, "\(rule):replacement=on").summary))
        #expect(replaced.summary.meanBitRate > plain.summary.meanBitRate)
        #expect(replaced.summary.segmentCount == 60 && replaced.summary.stallCount == 0)
        #expect(replaced.summary.wastedBytes > 0 && plain.summary.wastedBytes == 0)
        #expect(PlaybackSummary(of: replaced.trace) == replaced.summary)
        let shown = Viewing(of: replaced.trace).segments
        #expect(shown.count == 60)
        let rates = shown.reduce(0) { $0 + Double($1.bitRate) } / 60
        #expect(abs(rates - replaced.summary.meanBitRate) < 1)
        // What replaces comes before what it replaces is shown: two seconds a segment, from the start-up on.
        let startup = try #require(replaced.summary.startupDelay)
        for case .request(let request) in replaced.trace where request.replaces != nil {
            #expect(try #require(request.lastByte) < startup + Double((request.segment ?? 0) - 1) * 2)
        }
    }

    @Test("Off, as it is by itself, nothing is fetched twice")
    func off() throws {
        let content = try uniformPresentation(bitRates: [300_000, 1_000_000, 4_000_000], count: 30)
        let profile = constant(5e6, latency: 0.05)
        let off = try simulate(content, profile, "bola-e:replacement=off")
        #expect(off.summary == (try simulate(content, profile, "bola-e").summary))
    }
}

@Suite("Moments of a session on a link")
struct SessionMomentTests {
    @Test(
        "no event comes before its time: a response begins one latency after its request, and is whole when the link says",
        arguments: ["fixed", "throughput", "bola-u", "bola-e", "dynamic", "mpc"])
    func order(_ rule: String) throws {
        let profile = BandwidthProfile(
            name: "steps",
            steps: [
                .init(duration: 7, bandwidth: 4e6, latency: 0.1), .init(duration: 5, bandwidth: 0.3e6, latency: 0.2),
                .init(duration: 3, bandwidth: 1.5e6, latency: 0.05),
            ])
        let content = try uniformPresentation(bitRates: [300_000, 700_000, 1_500_000, 3_000_000], count: 60)
        let requests = try simulate(content, profile, rule).trace.compactMap { event -> RequestRecord? in
            if case .request(let record) = event { record } else { nil }
        }
        #expect(requests.count >= 60)
        for request in requests {
            guard let firstByte = request.firstByte else { continue }
            #expect(abs(firstByte - request.time - profile.latency(at: request.time)) < 1e-9)
            guard let lastByte = request.lastByte else { continue }
            let bits = Double(request.bytes + 512) * 8
            #expect(abs(lastByte - profile.time(from: firstByte, bits: bits)) < 1e-6)
        }
    }
}
