import Adaptation
import Client
import Foundation
import NetworkEmulation
import Presentation
import Simulator

/// What the simulator does in a second, as one JSON document on standard output: sessions a second and core by rule, how
/// that grows with the cores, and how much memory more sessions take.
///
/// Each session is 200 segments of two seconds in six versions, whose sizes vary by a quarter around their bit rate, on
/// a generated 4G profile.
@main
struct SimulatorBenchmark {
    struct Document: Encodable {
        var rules: [RuleRow] = []
        var cores: [CoreRow] = []
        var memory: [MemoryRow] = []
    }

    /// On one core; half a second to warm up, then two seconds of measuring.
    struct RuleRow: Encodable {
        var rule: String
        var sessionsPerSecond: Double
    }

    /// One rule on so many cores at once.
    struct CoreRow: Encodable {
        var cores: Int
        var sessionsPerSecond: Double
    }

    /// The process's peak after so many sessions in a row, in bytes.
    struct MemoryRow: Encodable {
        var sessions: Int
        var peakBytes: Int
    }

    /// What cores and memory are measured with.
    private static let typicalRule = "bola-basic"

    static func main() async throws {
        let content = try content()
        var document = Document()
        var sessions = 0
        for count in [1000, 10_000, 50_000] {
            let simulation = try content.simulation(of: typicalRule)
            while sessions < count {
                _ = simulation.run()
                sessions += 1
            }
            document.memory.append(MemoryRow(sessions: sessions, peakBytes: peakBytes()))
        }
        for rule in RuleCatalogue.all {
            let simulation = try content.simulation(of: rule.name)
            _ = sessionsPerSecond(simulation, for: .milliseconds(500))
            document.rules.append(
                RuleRow(rule: rule.name, sessionsPerSecond: sessionsPerSecond(simulation, for: .seconds(2))))
        }
        let available = ProcessInfo.processInfo.activeProcessorCount
        for cores in Set([1, 2, available / 2, available]).filter({ (1...available).contains($0) }).sorted() {
            document.cores.append(try await measure(content, cores: cores))
        }
        print(String(decoding: try JSONEncoder().encode(document), as: UTF8.self))
    }

    private static func measure(_ content: Content, cores: Int) async throws -> CoreRow {
        let simulation = try content.simulation(of: typicalRule)
        let total = await withTaskGroup(of: Double.self) { group in
            for _ in 0..<cores { group.addTask { sessionsPerSecond(simulation, for: .seconds(3)) } }
            return await group.reduce(0, +)
        }
        return CoreRow(cores: cores, sessionsPerSecond: total)
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

    /// The most memory that this process has held so far (`VmHWM` of proc(5)), in bytes.
    private static func peakBytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 } ?? 0
    }

    /// What every session plays, and over which link.
    private struct Content: Sendable {
        var presentation: Presentation
        var sizes: SegmentSizes
        var profile: BandwidthProfile

        func simulation(of rule: String) throws -> Simulation {
            let configuration = SessionConfiguration(rule: try RuleSpecification(rule), records: false)
            return Simulation(
                try SessionPlan(presentation: presentation, configuration: configuration), sizes: sizes,
                profile: profile)
        }
    }

    private static func content() throws -> Content {
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
        return Content(
            presentation: presentation, sizes: try SegmentSizes(of: presentation, initializationBytes: 800),
            profile: try ProfileCatalogue.profile(named: "4g:seed=7"))
    }
}
