import ArgumentParser
import Foundation
import QoE
import Report

/// `headwater score`: quality of experience of recorded sessions, by every published formula.
struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Computes quality of experience from traces, by every published formula.",
        discussion: """
            Takes traces that headwater play --trace and headwater bench --report wrote, and others' that were converted to \
            the same lines; Documentation/trace-schema.md has the format, and each score with its formula and its source. \
            A score that a trace lacks something for is a dash, and a line below the table says what.

            Example: headwater score reports/film/traces/*.jsonl --csv scores.csv
            """)

    @Argument(help: ArgumentHelp("Traces.", valueName: "trace"))
    var traces: [String]

    @Flag(help: "Score a trace that breaks off as far as it goes.")
    var partial = false

    @Option(help: ArgumentHelp("File for the scores, one row a trace.", valueName: "file"))
    var csv: String?

    @Flag(help: "Print the scores as one JSON document on standard output.")
    var json = false

    func run() async throws {
        let rows = try traces.map { path in
            ScoredTrace(path: path, viewing: try TraceInput.viewing(at: path, isPartial: partial))
        }
        if let csv { try ReportFolder.write(Self.csv(rows), to: csv) }
        try StandardStream.output.writeResult(json ? try Self.json(rows) : Self.text(rows))
    }

    private static var names: [String] { ScoreCatalogue.all.map { type(of: $0).name } }

    private static func text(_ rows: [ScoredTrace]) -> String {
        let table = ReportTable(
            columns: [.text("trace"), .text("rule"), .text("profile")] + names.map { .number($0, digits: 3) },
            rows: rows.map { row in
                let cells = row.values.map { $0.number.map(TableCell.number) ?? .text(DecimalText.missing) }
                return [.text(row.path), .text(row.rule ?? ""), .text(row.profile ?? "")] + cells
            })
        var text = TextTable(table).text()
        var notes: [String] = []
        for (index, name) in names.enumerated() {
            for row in rows {
                guard case .undefined(let reason) = row.values[index] else { continue }
                let note = "\(name) \(DecimalText.missing): \(reason)\n"
                if !notes.contains(note) { notes.append(note) }
            }
        }
        if !notes.isEmpty { text += "\n" + notes.joined() }
        return text
    }

    private static func csv(_ rows: [ScoredTrace]) -> String {
        var writer = CSVWriter(header: ["trace", "rule", "profile"] + names)
        for row in rows {
            let cells = row.values.map { $0.number.map(CSVWriter.number) ?? "" }
            writer.append([row.path, row.rule ?? "", row.profile ?? ""] + cells)
        }
        return writer.text
    }

    private static func json(_ rows: [ScoredTrace]) throws -> String {
        try JSONText.document(rows) + "\n"
    }
}

/// The scores of one trace.
private struct ScoredTrace: Encodable {
    var path: String
    var rule: String?
    var profile: String?
    /// In the catalogue's order.
    var values: [ScoreValue]

    init(path: String, viewing: Viewing) {
        self.path = path
        rule = viewing.session.rule
        profile = viewing.session.profile
        values = ScoreCatalogue.values(of: viewing)
    }

    private enum Key: String, CodingKey {
        case path = "trace"
        case rule, profile, scores, undefined
    }

    func encode(to encoder: any Encoder) throws {
        var scores: [String: Double] = [:]
        var undefined: [String: String] = [:]
        for (score, value) in zip(ScoreCatalogue.all, values) {
            switch value {
            case .number(let number): scores[type(of: score).name] = number
            case .undefined(let reason): undefined[type(of: score).name] = reason
            }
        }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(path, forKey: .path)
        try container.encodeIfPresent(rule, forKey: .rule)
        try container.encodeIfPresent(profile, forKey: .profile)
        try container.encode(scores, forKey: .scores)
        try container.encode(undefined, forKey: .undefined)
    }
}
