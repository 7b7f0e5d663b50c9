import Adaptation
import Testing

struct RuleSpecificationTests {
    private let ladder = Ladder(megabits: 1, 2, 4)

    @Test(
        "reads rules with and without parameters",
        arguments: [
            "fixed", "throughput", "bba-0", "bola-basic", "bola-u", "fixed:bitrate=2500", "bola-u:buffer=25",
            "throughput:safety=0.8:slow=12", "bba-0:reservoir=0", "bola-basic:gp=5:buffer=1e2",
        ])
    func reads(_ text: String) throws {
        let specification = try RuleSpecification(text)
        #expect(specification.description == text)
        var rule = specification.rule(for: ladder)
        #expect(rule.decide(previous: nil).index == 0 || text == "fixed:bitrate=2500")
    }

    @Test(
        "a parameter reaches its rule",
        arguments: [
            ("fixed:bitrate=2500", 0.0, 1), ("fixed:bitrate=4000", 0, 2), ("bola-basic:buffer=10", 6, 1),
            ("bola-basic:gp=1", 2.4, 1), ("bola-u:buffer=10", 7, 2), ("bba-0:reservoir=1:cushion=2", 3, 2),
            ("bba-0:reservoir=10", 10, 0),
        ])
    func parameters(_ text: String, _ buffer: Double, _ index: Int) throws {
        var rule = try RuleSpecification(text).rule(for: ladder)
        #expect(rule.decide(buffer: buffer, previous: 0).index == index)
    }

    @Test("a switch is on or off, as a word or a number")
    func switches() throws {
        for (text, isOn) in [("on", true), ("1", true), ("off", false), ("0", false)] {
            #expect(try RuleSpecification("bola-e:replacement=\(text)").rule(for: ladder).replaces == isOn)
        }
        #expect(try !RuleSpecification("bola-e").rule(for: ladder).replaces)
        let error = #expect(throws: RuleError.self) { try RuleSpecification("dynamic-dash:replacement=perhaps") }
        #expect(error?.description == "dynamic-dash:replacement=perhaps: replacement is on or off")
        #expect(throws: RuleError.self) { try RuleSpecification("bola-u:gp=on") }
    }

    @Test("the throughput rule's parameters reach it")
    func throughput() throws {
        var rule = try RuleSpecification("throughput:safety=0.5:fast=2:slow=2").rule(for: ladder)
        let first = rule.decide(buffer: 30, transfer: TransferSample(megabits: 4))
        #expect(first.index == 1)
        // (4·½·½ + 1·½) / ¾ = 2
        #expect(agree(rule.decide(transfer: TransferSample(megabits: 1)).throughput, 2e6))
    }

    @Test("each session gets a rule without memory")
    func fresh() throws {
        let specification = try RuleSpecification("throughput")
        var first = specification.rule(for: ladder)
        _ = first.decide(transfer: TransferSample(megabits: 9))
        var second = specification.rule(for: ladder)
        #expect(second.decide().reason == .start)
    }

    private static let names = RuleCatalogue.all.map(\.name).joined(separator: ", ")

    @Test(
        "says what there is instead",
        arguments: [
            ("", "no rule is called ''; there are \(names)"),
            ("bola", "no rule is called 'bola'; there are \(names)"),
            ("Fixed", "no rule is called 'Fixed'; there are \(names)"),
            (":gp=5", "no rule is called ''; there are \(names)"),
            ("fixed:", "rule fixed has no parameter ''; it has bitrate"),
            ("bola-u:gamma=5", "rule bola-u has no parameter 'gamma'; it has gp, buffer"),
            ("throughput:Safety=1", "rule throughput has no parameter 'Safety'; it has safety, fast, slow"),
            ("bola-u:gp", "bola-u:gp: gp is a number from 0.01 to 1000.0"),
            ("bola-u:gp=", "bola-u:gp=: gp is a number from 0.01 to 1000.0"),
            ("bola-u:gp=5x", "bola-u:gp=5x: gp is a number from 0.01 to 1000.0"),
            ("bola-u:gp=5=5", "bola-u:gp=5=5: gp is a number from 0.01 to 1000.0"),
            ("bola-u:gp=nan", "bola-u:gp=nan: gp is a number from 0.01 to 1000.0"),
            ("bola-u:gp=inf", "bola-u:gp=inf: gp is a number from 0.01 to 1000.0"),
            ("bola-u:gp=-1", "bola-u:gp=-1: gp is a number from 0.01 to 1000.0"),
            ("bola-u:buffer=0", "bola-u:buffer=0: buffer is a number from 1.0 to 3600.0 s"),
            ("throughput:safety=1.01", "throughput:safety=1.01: safety is a number from 0.01 to 1.0"),
            ("bola-u:gp=5:gp=6", "bola-u: gp is given twice"),
        ])
    func errors(_ text: String, _ line: String) {
        let error = #expect(throws: RuleError.self) { try RuleSpecification(text) }
        #expect(error?.description == line)
    }

    @Test("reads lists")
    func list() throws {
        #expect(try RuleSpecification.list("all").map(\.description) == RuleCatalogue.all.map(\.name))
        #expect(
            try RuleSpecification.list("fixed,bola-u:gp=2:buffer=25").map(\.description)
                == ["fixed", "bola-u:gp=2:buffer=25"])
    }

    @Test(
        "refuses a list that holds nothing or something unknown",
        arguments: [
            ("", "name at least one rule, or 'all'"), (",", "name at least one rule, or 'all'"),
            ("fixed,all", "no rule is called 'all'; there are \(names)"),
            ("fixed,none", "no rule is called 'none'; there are \(names)"),
        ])
    func listErrors(_ text: String, _ line: String) {
        let error = #expect(throws: RuleError.self) { try RuleSpecification.list(text) }
        #expect(error?.description == line)
    }
}
