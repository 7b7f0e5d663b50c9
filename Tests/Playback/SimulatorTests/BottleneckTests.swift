import Adaptation
import Client
import NetworkEmulation
import QoE
import Testing

@testable import Simulator

@Suite("Clients that share a virtual link")
struct BottleneckTests {
    private let varied = BandwidthProfile(
        name: "varied",
        steps: [
            .init(duration: 7, bandwidth: 9e6, latency: 0.02), .init(duration: 9, bandwidth: 2.6e6, latency: 0.08),
            .init(duration: 2, bandwidth: 0, latency: 0.05), .init(duration: 11, bandwidth: 5.2e6, latency: 0.04),
        ])

    private func run(
        _ rule: String, _ profile: BandwidthProfile, _ bottleneck: Bottleneck, count: Int = 30
    ) throws -> [Simulation.Result] {
        let (presentation, sizes) = try uniformPresentation(bitRates: [400_000, 1_000_000, 2_500_000], count: count)
        let configuration = SessionConfiguration(rule: try RuleSpecification(rule), maxBuffer: 12)
        let plan = try SessionPlan(presentation: presentation, configuration: configuration)
        return Simulation(plan, sizes: sizes, profile: profile, bottleneck: bottleneck).run()
    }

    /// 100,000 bytes of media and 512 of head for each of two clients at 1.6 Mb/s: 1.00512 s for both at once, which one
    /// client alone needs half of.
    @Test("get the same of it where they weigh the same")
    func equal() throws {
        let alone = try run("fixed", constant(1.6e6), Bottleneck(), count: 1)
        let both = try run("fixed", constant(1.6e6), Bottleneck(clientCount: 2), count: 1)
        #expect(abs(try #require(alone[0].summary.startupDelay) - 0.50256) < 1e-9)
        for result in both { #expect(abs(try #require(result.summary.startupDelay) - 1.00512) < 1e-9) }
    }

    /// Three to one: when the first has its 100,512 bytes the other has a third of them; the rest goes at full rate.
    @Test("get it in proportion to their weights")
    func weighted() throws {
        let results = try run("fixed", constant(1.6e6), Bottleneck(clientCount: 2, weights: [3, 1]), count: 1)
        let bits = 100_512.0 * 8
        #expect(abs(try #require(results[0].summary.startupDelay) - bits / 1.2e6) < 1e-9)
        #expect(abs(try #require(results[1].summary.startupDelay) - 2 * bits / 1.6e6) < 1e-9)
    }

    @Test("start one after the other, each by a clock of its own")
    func stagger() throws {
        let results = try run("bola-u", constant(50e6), Bottleneck(clientCount: 3, stagger: 100))
        // They do not meet: all see the same, but for what differences of large times lose.
        for result in results {
            #expect(result.outcome == .completed)
            #expect(result.trace.count == results[0].trace.count)
            #expect(result.summary.meanBitRate == results[0].summary.meanBitRate)
            #expect(abs(result.summary.duration - results[0].summary.duration) < 1e-9)
        }
    }

    @Test("take no more together than it carries", arguments: ["throughput", "bola-e", "dynamic", "festive", "panda"])
    func conservation(rule: String) throws {
        let results = try run(rule, varied, Bottleneck(clientCount: 4, stagger: 1.5, weights: [2, 1]))
        #expect(results.allSatisfy { $0.outcome == .completed })
        let end = results.enumerated().map { Double($0) * 1.5 + $1.summary.duration }.max() ?? 0
        let bits = results.reduce(0) { $0 + $1.summary.bytes } * 8
        #expect(Double(bits) <= varied.bits(from: 0, to: end))
    }

    @Test("give the same every time", arguments: RuleCatalogue.all.map(\.name))
    func determinism(rule: String) throws {
        let bottleneck = Bottleneck(clientCount: 3, stagger: 0.7, weights: [1, 0.3, 2], slowStart: true)
        let (first, second) = (try run(rule, varied, bottleneck), try run(rule, varied, bottleneck))
        #expect(first.map(\.trace) == second.map(\.trace))
        #expect(first.allSatisfy { $0.outcome == .completed })
    }

    @Test("that is absurdly slow are given up together")
    func limit() throws {
        let results = try run("fixed", constant(1), Bottleneck(clientCount: 2), count: 2)
        #expect(results.allSatisfy { $0.outcome != .completed && $0.summary.duration.isFinite })
    }

    /// 200,000 bytes of media and 512 of head in segments of 1 Mb/s, at 8 Mb/s with 0.1 s: behind the request's 0.1 s
    /// windows of 14,600, 29,200 and 58,400 bytes cost their rounds' rest, 0.1978 s, the first time.
    @Test("wait for small windows where connections begin slowly")
    func slowStart() throws {
        let (presentation, sizes) = try uniformPresentation(bitRates: [800_000], count: 2)
        let plan = try SessionPlan(
            presentation: presentation, configuration: SessionConfiguration(rule: try RuleSpecification("fixed")))
        let profile = constant(8e6, latency: 0.1)
        let fast = Simulation(plan, sizes: sizes, profile: profile).run()[0]
        let slow = Simulation(plan, sizes: sizes, profile: profile, bottleneck: Bottleneck(slowStart: true)).run()[0]
        let difference = try #require(slow.summary.startupDelay) - #require(fast.summary.startupDelay)
        #expect(abs(difference - 0.1978) < 1e-9)
        #expect(abs(slow.summary.duration - fast.summary.duration - 0.1978) < 1e-9)
    }
}
