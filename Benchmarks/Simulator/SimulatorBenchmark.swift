import Adaptation
import Client
import Foundation
import NetworkEmulation
import Presentation
import Simulator

/// Sessions a second and core that the simulator plays, by rule, as one JSON document on standard output.
///
/// Each session is 200 segments of two seconds in six versions, whose sizes vary by a quarter around their bit rate, on
/// a generated 4G profile. One core; half a second to warm up, then two seconds of measuring, for each rule.
@main
struct SimulatorBenchmark {
    struct Row: Encodable {
        var rule: String
        var sessionsPerSecond: Double
    }

    static func main() throws {
        let (presentation, sizes) = try content()
        let profile = try ProfileCatalogue.profile(named: "4g:seed=7")
        var rows: [Row] = []
        for rule in RuleCatalogue.all {
            let configuration = SessionConfiguration(rule: try RuleSpecification(rule.name), records: false)
            let simulation = Simulation(
                try SessionPlan(presentation: presentation, configuration: configuration), sizes: sizes,
                profile: profile)
            _ = sessionsPerSecond(simulation, for: .milliseconds(500))
            rows.append(Row(rule: rule.name, sessionsPerSecond: sessionsPerSecond(simulation, for: .seconds(2))))
        }
        let data = try JSONEncoder().encode(["rules": rows])
        print(String(decoding: data, as: UTF8.self))
    }

    private static func sessionsPerSecond(_ simulation: Simulation, for duration: Duration) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var sessions = 0
        while clock.now - start < duration {
            _ = simulation.run()
            sessions += 1
        }
        return Double(sessions) / ((clock.now - start) / .seconds(1))
    }

    private static func content() throws -> (Presentation, SegmentSizes) {
        var state: UInt64 = 42
        func random() -> Double {
            // A linear congruential generator: the same sizes on every machine.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        let tracks = [350_000, 700_000, 1_200_000, 2_500_000, 4_500_000, 8_000_000].map { bitRate in
            Track(
                id: "v\(bitRate)", kind: .video, codecs: "avc1.64001F", mimeType: "video/mp4", bandwidth: bitRate,
                timescale: 1000, initialization: MediaResource(path: "init.mp4"),
                segments: (0..<200).map { index in
                    Segment(
                        number: index + 1, start: Int64(index) * 2000, duration: 2000,
                        resource: MediaResource(path: "\(index + 1).m4s"),
                        bytes: Int(Double(bitRate) / 4 * (0.75 + 0.5 * random())))
                })
        }
        let presentation = Presentation(
            duration: 400, minBufferTime: 4, switchingSets: [SwitchingSet(kind: .video, tracks: tracks)])
        return (presentation, try SegmentSizes(of: presentation, initializationBytes: 800))
    }
}
