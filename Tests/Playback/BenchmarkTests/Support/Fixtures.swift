import NetworkEmulation
import Presentation
import QoE
import Simulator

@testable import Benchmark

/// `count` segments of `seconds` each in versions of `bitRates`, with their sizes, located at `base`.
func anyPresentation(
    kind: MediaKind = .video, bitRates: [Int] = [300_000, 900_000, 2_000_000], count: Int = 20, seconds: Double = 2,
    base: String = "http://127.0.0.1:8081/media/film/"
) -> Presentation {
    let tracks = bitRates.enumerated().map { version, bitRate in
        Track(
            id: "\(kind.rawValue)\(version)", kind: kind, codecs: "", mimeType: "", bandwidth: bitRate, timescale: 1000,
            initialization: nil,
            segments: (0..<count).map {
                Segment(
                    number: $0 + 1, start: Int64(Double($0) * seconds * 1000), duration: Int64(seconds * 1000),
                    resource: MediaResource(path: "\(version)/\($0 + 1).m4s"), bytes: Int(Double(bitRate) * seconds / 8)
                )
            }, baseURLs: [base])
    }
    return Presentation(
        duration: Double(count) * seconds, minBufferTime: seconds,
        switchingSets: [SwitchingSet(kind: kind, tracks: tracks)])
}

/// A profile of (seconds, kb/s, milliseconds) each.
func profile(named name: String = "test", _ steps: (Double, Double, Double)...) -> BandwidthProfile {
    BandwidthProfile(
        name: name, steps: steps.map { .init(duration: $0.0, bandwidth: $0.1 * 1000, latency: $0.2 / 1000) })
}

/// A session that fetched `choices`, a segment of one second of each, and nothing else.
func anySession(
    _ choices: [String], mode: BenchmarkMode = .simulated, media: String = "video", url: String = "http://h/film.mpd",
    rule: String = "fixed", profileName: String = "square", client: Int = 1, stalls: [Double] = []
) -> SessionResult {
    var trace: [TraceEvent] = [.session(SessionRecord(url: url, rule: rule, duration: Double(choices.count)))]
    for (index, choice) in choices.enumerated() {
        let bitRate = 1_000_000 * (Int(String(choice.filter(\.isNumber))) ?? 0)
        trace.append(
            .request(
                RequestRecord(
                    time: Double(index), media: media, track: choice, segment: index + 1, duration: 1, bitRate: bitRate,
                    url: url, bytes: bitRate / 8, firstByte: nil, lastByte: Double(index) + 0.5, status: nil,
                    cacheStatus: nil, outcome: RequestRecord.complete)))
    }
    for stall in stalls { trace += [.stallBegan(time: 2), .stallEnded(time: 2 + stall, duration: stall)] }
    let played = Double(choices.count)
    trace.append(.end(EndRecord(time: played + stalls.reduce(0, +), played: played, outcome: "completed")))
    return SessionResult(
        mode: mode, url: url, rule: rule, profile: profile(named: profileName, (10, 2000, 20)), client: client,
        summary: PlaybackSummary(of: trace), trace: trace)
}

extension BenchmarkResults {
    /// The results of whole sessions.
    init(seed: UInt64, sessions: [SessionResult]) {
        self.init(seed: seed, sessions: sessions.map { SessionRow($0, keepingChoices: true) }, resamples: 200)
    }
}

extension BenchmarkReport {
    /// The page of whole sessions, all of them drawn.
    init(_ sessions: [SessionResult], seed: UInt64 = 1, commandLine: String) {
        self.init(
            BenchmarkResults(seed: seed, sessions: sessions), commandLine: commandLine,
            traces: sessions.map(\.identity).traceNames,
            charted: Dictionary(uniqueKeysWithValues: sessions.enumerated().map { ($0.offset, $0.element) }))
    }
}

extension SimulatedRuns {
    /// Every session of the matrix.
    func all() async throws -> [SessionResult] {
        var sessions: [SessionResult] = []
        try await run(finish: { $1 }, emit: { sessions.append($0) })
        return sessions
    }
}

extension RealRuns {
    /// Every session of the matrix.
    func all() async throws -> [SessionResult] {
        var sessions: [SessionResult] = []
        try await run(finish: { $1 }, emit: { sessions.append($0) })
        return sessions
    }
}
