import Adaptation
import ArgumentParser
import Foundation
import Report

/// `headwater rules`: the rate-determination rules, their parameters and where they come from.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Lists the rate-determination rules and their parameters.",
        discussion: """
            A rule is named with its parameters wherever one is asked for: bola-u, bola-u:buffer=25, \
            throughput:safety=0.8:slow=12.

            Example:
              headwater rules --json
            """)

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func run() throws {
        if json {
            try StandardStream.output.writeResult(JSONText.document(RuleCatalogue.all.map(RuleRow.init)) + "\n")
            return
        }
        let rules = TextTable(
            header: ["rule", "what it does", "source"],
            rows: RuleCatalogue.all.map { [$0.name, $0.summary, $0.source] })
        let parameters = TextTable(
            header: ["rule", "parameter", "default", "range", "what it is"],
            alignments: [.left, .left, .right, .left, .left],
            rows: RuleCatalogue.all.flatMap { rule in
                rule.parameters.map { parameter in
                    let unit = parameter.unit.map { " " + $0 } ?? ""
                    if parameter.isSwitch { return [rule.name, parameter.name, "off", "on or off", parameter.summary] }
                    return [
                        rule.name, parameter.name, parameter.standard.map { "\($0.plain)\(unit)" } ?? "–",
                        "\(parameter.range.lowerBound.plain) to \(parameter.range.upperBound.plain)\(unit)",
                        parameter.summary,
                    ]
                }
            })
        try StandardStream.output.writeResult(rules.text() + "\n" + parameters.text())
    }
}

/// A rule as JSON has it.
private struct RuleRow: Encodable {
    struct Parameter: Encodable {
        var name: String
        var unit: String?
        var standard: Double?
        var minimum: Double
        var maximum: Double
        var summary: String

        private enum CodingKeys: String, CodingKey {
            case name, unit, minimum, maximum, summary
            case standard = "default"
        }
    }

    var name: String
    var summary: String
    var source: String
    var parameters: [Parameter]

    init(_ rule: RuleDescription) {
        name = rule.name
        summary = rule.summary
        source = rule.source
        parameters = rule.parameters.map {
            Parameter(
                name: $0.name, unit: $0.unit, standard: $0.standard, minimum: $0.range.lowerBound,
                maximum: $0.range.upperBound, summary: $0.summary)
        }
    }
}

extension Double {
    /// Without decimals that say nothing.
    fileprivate var plain: String { self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(self) }
}

extension RuleError: ExitStatusProviding {
    var systemExit: SystemExit { .usage }
}
