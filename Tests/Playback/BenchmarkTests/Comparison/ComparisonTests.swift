import Foundation
import QoE
import Report
import Testing

@testable import Benchmark

/// A session of `rule` on the trace `profile`.
private func row(
    _ rule: String, _ profile: String, qoe: Double, bitRate: Double = 1e6, stallRatio: Double = 0, switches: Int = 0,
    url: String = "http://h/film.mpd", client: Int = 1, outcome: String = "completed"
) -> SessionRow {
    var summary = SummaryAccumulator().summary(endingAt: 10, played: 10, outcome: outcome)
    (summary.qoe, summary.meanBitRate, summary.stallRatio, summary.switchCount) = (qoe, bitRate, stallRatio, switches)
    summary.segmentCount = 5
    let identity = SessionIdentity(
        mode: .simulated, url: url, rule: rule, profile: profile, seed: 1, client: client)
    return SessionRow(identity: identity, summary: summary)
}

private func compare(_ rows: [SessionRow], baseline: String? = nil) throws -> Comparison {
    try #require(
        Comparison(rows, mode: .simulated, baseline: baseline, bootstrap: Bootstrap(resamples: 200)))
}

@Suite("Comparisons")
struct ComparisonTests {
    /// QoE of three rules on four traces; `c` failed on the last.
    private let table = [
        row("a", "1", qoe: 1), row("b", "1", qoe: 2), row("c", "1", qoe: 1),
        row("a", "2", qoe: 3), row("b", "2", qoe: 3), row("c", "2", qoe: 5),
        row("a", "3", qoe: 5), row("b", "3", qoe: 4), row("c", "3", qoe: 6),
        row("a", "4", qoe: 2), row("b", "4", qoe: 6), row("c", "4", qoe: 0, outcome: "failed"),
    ]

    @Test("are of the first rule unless another is named, and pair by trace")
    func differences() throws {
        let first = try compare(table)
        #expect(first.baseline == "a" && first.rules == ["a", "b", "c"] && first.traceCount == 4)
        #expect(first.differences(of: .qoe, rule: "b", from: "a") == [1, 0, -1, 4])
        #expect(first.differences(of: .qoe, rule: "c", from: "a") == [0, 2, 1])
        let statistics = try #require(first.differenceStatistics(of: .qoe, rule: "b"))
        #expect(statistics.count == 4 && statistics.mean == 1 && statistics.median == 0.5)
        #expect(statistics.interval?.contains(1) == true)
        #expect(first.differenceStatistics(of: .qoe, rule: "a") == nil)
        #expect(first.statistics(of: .qoe, rule: "c").map { [$0.mean, $0.median] } == [4, 5])
        #expect(try compare(table, baseline: "b").differences(of: .qoe, rule: "a", from: "b") == [-1, 0, 1, -4])
        #expect(try compare(table, baseline: "nothing").baseline == "a")
    }

    @Test("count wins, ties and losses, mirrored")
    func records() throws {
        let comparison = try compare(table)
        #expect(comparison.record(of: "b", against: "a") == .init(wins: 2, ties: 1, losses: 1))
        #expect(comparison.record(of: "a", against: "b") == .init(wins: 1, ties: 1, losses: 2))
        #expect(comparison.record(of: "c", against: "a") == .init(wins: 2, ties: 1, losses: 0))
        #expect(comparison.recordTable.rows[1][1] == .text("2–1–1"))
    }

    @Test("win by less where less is better")
    func lower() throws {
        let comparison = try compare([
            row("a", "1", qoe: 0, stallRatio: 0.25, switches: 3), row("b", "1", qoe: 0, stallRatio: 0, switches: 4),
        ])
        #expect(comparison.record(of: "b", against: "a", by: .stallRatio).wins == 1)
        #expect(comparison.record(of: "b", against: "a", by: .switches).losses == 1)
    }

    @Test("take what differs by rounding for equal")
    func rounding() throws {
        let comparison = try compare([row("a", "1", qoe: 0.1 + 0.2), row("b", "1", qoe: 0.3)])
        #expect(comparison.record(of: "b", against: "a") == .init(wins: 0, ties: 1, losses: 0))
    }

    @Test("take the mean of a trace's clients and presentations, and nothing where one of them failed")
    func cells() throws {
        let comparison = try compare([
            row("a", "1", qoe: 1), row("a", "1", qoe: 3, client: 2), row("a", "1", qoe: 5, url: "http://h/other.mpd"),
            row("a", "2", qoe: 1), row("a", "2", qoe: 3, client: 2, outcome: "stopped"),
        ])
        #expect(comparison.values(of: .qoe, rule: "a") == [3])
    }

    @Test("take files of one name for different traces")
    func sameNames() throws {
        let comparison = try compare([
            row("a", "1", qoe: 1), row("b", "1", qoe: 2), row("a", "1", qoe: 5), row("b", "1", qoe: 4),
        ])
        #expect(comparison.differences(of: .qoe, rule: "b", from: "a") == [1, -1])
    }

    @Test("have a front of rules that nothing beats in both")
    func front() throws {
        let comparison = try compare([
            row("best", "1", qoe: 0, bitRate: 3e6, stallRatio: 0.1), row("safe", "1", qoe: 0, bitRate: 1e6),
            row("worse", "1", qoe: 0, bitRate: 2e6, stallRatio: 0.2),
            row("twin", "1", qoe: 0, bitRate: 3e6, stallRatio: 0.1),
            row("greedy", "1", qoe: 0, bitRate: 4e6, stallRatio: 0.4),
            row("slow", "1", qoe: 0, bitRate: 0.5e6, stallRatio: 0),
        ])
        #expect(comparison.front == ["safe", "best", "twin", "greedy"])
    }

    @Test("of modes that nothing ran in are none")
    func nothing() {
        #expect(Comparison(table, mode: .real) == nil)
        #expect(Comparison([], mode: .simulated) == nil)
    }

    @Test("are part of the JSON document, with the same numbers each time")
    func document() throws {
        struct Document: Decodable {
            struct Numbers: Decodable {
                var mean: Double
                var lower: Double?
            }
            struct Rule: Decodable {
                var rule: String
                var onFront: Bool
                var differences: [String: Numbers]
                var records: [String: Comparison.Record]
            }
            struct Entry: Decodable {
                var baseline: String
                var rules: [Rule]
            }
            var comparisons: [Entry]
        }
        let text = try BenchmarkResults(seed: 5, baseline: "b", sessions: table, resamples: 200).json()
        #expect(text == (try BenchmarkResults(seed: 5, baseline: "b", sessions: table, resamples: 200).json()))
        let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        let entry = try #require(document.comparisons.first)
        #expect(entry.baseline == "b")
        #expect(entry.rules[0].differences["qoe"]?.mean == -1)
        #expect(entry.rules[0].records["b"] == .init(wins: 1, ties: 1, losses: 2))
        #expect(entry.rules[1].differences.isEmpty)
    }
}

@Suite("A session's record")
struct SessionRecordTests {
    @Test("reads back as it was, whatever its texts hold and its numbers are")
    func roundTrip() throws {
        var rows = [
            row("a,\"b\"\r\n", "p\u{1}q", qoe: -0.1, bitRate: 1234567.891, stallRatio: 1 / 3, switches: 7),
            SessionRow(anySession(["v1", "v2"], stalls: [0.5]), keepingChoices: false),
        ]
        rows[0].failure = "no, \"it\" broke\n"
        rows[0].summary.startupDelay = 0.1 + 0.2
        rows[0].summary.meanSSIM = 0.1 + 0.6
        rows[0].summary.wastedBytes = 12_345
        rows[0].identity.seed = .max
        var reader = CSVReader(Array(BenchmarkResults(seed: 1, sessions: rows).csv.utf8))
        #expect(reader.next() == SessionRow.csvHeader)
        for row in rows { #expect(reader.next().flatMap(SessionRow.init(csvFields:)) == row) }
        #expect(reader.next() == nil)
    }

    @Test("is none where a field is none")
    func malformed() {
        let fields = row("a", "1", qoe: 1).csvFields
        for index in [1, 3, 5, 6, 7, 8, 14, 17, 20, 21] {
            var broken = fields
            broken[index] = "x"
            #expect(SessionRow(csvFields: broken) == nil, "\(SessionRow.csvHeader[index])")
        }
        #expect(SessionRow(csvFields: fields.dropLast()) == nil)
    }
}

@Suite("Which sessions have charts")
struct ChartedSessionsTests {
    @Test("all of a few, and of many the worst, the middle and the best of each rule")
    func bounded() {
        let few = (0..<60).map { row("a", "\($0)", qoe: Double($0)) }
        #expect(BenchmarkReport.charted(BenchmarkResults(seed: 1, sessions: few, resamples: 1)) == Array(0..<60))
        let many = (0..<1000).map { row("rule \($0 % 10)", "\($0 / 10)", qoe: Double(($0 / 10) * 37 % 100)) }
        let places = BenchmarkReport.charted(BenchmarkResults(seed: 1, sessions: many, resamples: 1))
        #expect(places.count == 30)
        #expect(Set(places.map { many[$0].summary.qoe }) == [0, 49, 99])
        let rules = (0..<1000).map { row("rule \($0)", "1", qoe: 1) }
        #expect(BenchmarkReport.charted(BenchmarkResults(seed: 1, sessions: rules, resamples: 1)).count == 60)
    }

    @Test("a page of thousands of sessions stays small")
    func size() {
        let rows = (0..<5000).map { row("rule \($0 % 5)", "\($0 / 5)", qoe: Double($0 % 97)) }
        let page = BenchmarkReport(
            BenchmarkResults(seed: 1, sessions: rows, resamples: 1), commandLine: "",
            traces: rows.map(\.identity).traceNames
        ).report.html()
        #expect(page.utf8.count < 1_000_000)
    }
}
