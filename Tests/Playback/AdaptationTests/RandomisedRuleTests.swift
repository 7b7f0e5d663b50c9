import Adaptation
import TestSupport
import Testing

/// Whatever a rule is asked, it answers with a version that there is and a time that can be waited.
@Suite("Randomised rules")
struct RandomisedRuleTests {
    private static func number(_ generator: inout SeededGenerator) -> Double {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: .nan
        case 1: .infinity
        case 2: -.infinity
        case 3: 0
        case 4: -0.0
        case 5: -Double.random(in: 0...100, using: &generator)
        case 6: [.greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-300, 1e300].randomElement(using: &generator) ?? 0
        case 7: Double(bitPattern: generator.next())
        default: Double.random(in: 0...60, using: &generator)
        }
    }

    private static func count(_ generator: inout SeededGenerator) -> Int {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: [.min, .max, -1, 0].randomElement(using: &generator) ?? 0
        case 1: Int(truncatingIfNeeded: generator.next())
        default: Int.random(in: 0..<200, using: &generator)
        }
    }

    private static func ladder(_ generator: inout SeededGenerator) -> Ladder {
        let rungs = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
            Bool.random(using: &generator)
                ? Double(Int.random(in: 1...9, using: &generator)) * 1e5
                : pow10(Double.random(in: 0...18, using: &generator))
        }
        let sizes = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
            rungs.map { _ in
                Int.random(in: 0..<50, using: &generator) == 0
                    ? number(&generator) : pow10(Double.random(in: 0...18, using: &generator)) - 1
            }
        }
        return Ladder(
            bitRates: rungs.sorted(), segmentDuration: pow10(Double.random(in: -6...5, using: &generator)),
            maxBuffer: pow10(Double.random(in: -3...6, using: &generator)), sizes: sizes,
            second: Bool.random(using: &generator) ? 1 : 1000)
    }

    private static func pow10(_ exponent: Double) -> Double {
        var value = 1.0
        for _ in 0..<Int(abs(exponent)) { value *= exponent < 0 ? 0.1 : 10 }
        return value * (1 + abs(exponent) - abs(exponent).rounded(.down))
    }

    private static func specification(
        _ rule: RuleDescription, _ generator: inout SeededGenerator
    ) throws -> RuleSpecification {
        let given = rule.parameters.filter { _ in Bool.random(using: &generator) }.map { parameter in
            ":\(parameter.name)=\(Double.random(in: parameter.range, using: &generator))"
        }
        return try RuleSpecification(rule.name + given.joined())
    }

    @Test("no input makes a rule leave its ladder, wait for ever or trap", arguments: 0..<RuleCatalogue.all.count)
    func decisions(_ index: Int) throws {
        var generator = SeededGenerator(seed: UInt64(index))
        let description = RuleCatalogue.all[index]
        for _ in 0..<fuzzRounds(default: 300) {
            let ladder = Self.ladder(&generator)
            let specification = try Self.specification(description, &generator)
            var rule = specification.rule(for: ladder)
            for _ in 0..<20 {
                let transfer = TransferSample(
                    bits: Self.number(&generator) * 1e6, duration: Self.number(&generator),
                    latency: Self.number(&generator))
                let input = RateDecisionInput(
                    time: Self.number(&generator), segment: Self.count(&generator),
                    segmentCount: Self.count(&generator), buffer: Self.number(&generator),
                    previous: Bool.random(using: &generator) ? Self.count(&generator) : nil,
                    idle: Self.number(&generator), isPlaying: Bool.random(using: &generator))
                if Bool.random(using: &generator) {
                    rule.observe(
                        TransferReport(
                            segment: Self.count(&generator), index: Self.count(&generator),
                            time: Self.number(&generator), elapsed: Self.number(&generator),
                            buffer: Self.number(&generator), sample: Bool.random(using: &generator) ? transfer : nil,
                            abandonedFor: Bool.random(using: &generator) ? Self.count(&generator) : nil))
                }
                let progress = TransferProgress(
                    segment: Self.count(&generator), index: Self.count(&generator),
                    elapsed: Self.number(&generator), latency: Self.number(&generator),
                    received: Self.number(&generator), size: Self.number(&generator), buffer: Self.number(&generator))
                try #require(rule.assurance(progress) >= 0, "\(specification) \(ladder) \(progress)")
                let lower = rule.reconsider(progress)
                try #require(lower.map { (0..<max(ladder.top, 1)).contains($0) } ?? true, "\(specification) \(ladder)")
                let decision = rule.decide(input)
                try #require((0...ladder.top).contains(decision.index), "\(specification) \(ladder) \(input)")
                try #require(decision.wait >= 0 && decision.wait.isFinite, "\(specification) \(ladder) \(input)")
                try #require(
                    decision.throughput.map { $0 > 0 && $0.isFinite } ?? true, "\(specification) \(ladder) \(input)")
            }
        }
    }

    @Test("a rule that is sure to go on with a transfer does", arguments: RuleCatalogue.all.map(\.name))
    func assurance(_ name: String) throws {
        var generator = SeededGenerator(seed: name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        let ladder = Ladder(megabits: 0.3, 0.8, 1.5, 3, 6)
        var asked = 0
        for _ in 0..<fuzzRounds(default: 300) * 4 {
            var rule = try RuleSpecification(name).rule(for: ladder)
            let isWarm = Bool.random(using: &generator)
            for segment in 0..<(isWarm ? 5 : 0) {
                let seconds = Double.random(in: 0.2...4, using: &generator)
                rule.observe(
                    TransferReport(
                        segment: segment, index: 1, elapsed: seconds, buffer: Double(segment),
                        sample: TransferSample(bits: 1.6e6, duration: seconds, latency: 0.05)))
                _ = rule.decide(buffer: Double(segment) + 1, previous: 1)
            }
            let index = Int.random(in: 1...ladder.top, using: &generator)
            let size = ladder.bitRates[index] * 2
            let now = TransferProgress(
                segment: 5, index: index, elapsed: Double.random(in: 0.1...6, using: &generator), latency: 0.05,
                received: size * Double.random(in: 0.001...0.99, using: &generator), size: size,
                buffer: Double.random(in: 0...30, using: &generator))
            guard rule.reconsider(now) == nil else { continue }
            let assurance = rule.assurance(now)
            guard assurance > 0 else { continue }
            asked += 1
            for _ in 0..<20 {
                let time = Double.random(in: 0...1, using: &generator) * min(assurance, 40)
                let later = TransferProgress(
                    segment: 5, index: index, elapsed: now.elapsed + time, latency: now.latency,
                    received: now.received + (size - now.received) * Double.random(in: 0...0.2, using: &generator),
                    size: size, buffer: max(0, now.buffer - time * Double.random(in: 0...1, using: &generator)))
                try #require(rule.reconsider(later) == nil, "\(now), then \(later)")
            }
        }
        #expect(asked > 0)
    }

    @Test("no text makes the reader trap, and what it takes it makes a rule of")
    func specifications() {
        var generator = SeededGenerator(seed: 7)
        let pieces =
            RuleCatalogue.all.flatMap { [$0.name] + $0.parameters.map(\.name) } + [
                ":", "=", ",", "1", "0.5", "25", "1e400", "-1", "nan", "inf", "0x10", "", " ", "\u{301}", "💧", "\0",
                "all",
            ]
        for _ in 0..<fuzzRounds(default: 300) * 10 {
            let text = (0..<Int.random(in: 0...9, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            do throws(RuleError) {
                for specification in try RuleSpecification.list(text) {
                    var rule = specification.rule(for: Ladder(megabits: 1, 2, 4))
                    #expect((0...2).contains(rule.decide(buffer: 9, previous: 1).index))
                }
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
