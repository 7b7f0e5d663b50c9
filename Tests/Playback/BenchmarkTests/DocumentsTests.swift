import Foundation
import QoE
import Report
import Testing

@testable import Benchmark

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Results as documents")
struct DocumentsTests {
    private let hostile = "a\"b,c\r\n<script>alert('1')</script>&\u{0}../../é"

    @Test("are one CSV record a session under a header that names its fields")
    func commaSeparatedValues() {
        let results = BenchmarkResults(seed: 1, sessions: [anySession(["v1", "v2"]), anySession(["v3"], mode: .real)])
        let lines = results.csv.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count == 4 && lines[3].isEmpty)
        let fields = lines[0].split(separator: ",").map(String.init)
        let first = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        #expect(first.count == fields.count)
        let row = Dictionary(uniqueKeysWithValues: zip(fields, first))
        #expect(row["mode"] == "simulated")
        #expect(row["mean_bit_rate"] == "1500000")
        #expect(row["switch_count"] == "1")
        #expect(row["startup_delay"]?.isEmpty == true)
        #expect(row["outcome"] == "completed")
    }

    @Test("leave out what cannot be told of a session without a segment, and read it back")
    func withoutSegments() throws {
        var failed = anySession([])
        failed.summary.outcome = "failed"
        let results = BenchmarkResults(seed: 1, sessions: [failed, anySession(["v1", "v2"])])
        let lines = results.csv.split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let row = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[1]))
        for name in ["mean_bit_rate", "startup_delay", "stall_ratio", "mean_switch", "qoe", "mean_ssim"] {
            #expect(row[name]?.isEmpty == true, "\(name) is \(row[name] ?? "absent")")
        }
        #expect(row["segment_count"] == "0" && row["outcome"] == "failed")
        #expect(SessionRow(csvFields: lines[1])?.summary == failed.summary)
        // Records of before, and nothing where there must be something.
        var record = lines[1]
        for place in [6, 10, 12, 14] { record[place] = "0" }
        #expect(SessionRow(csvFields: record)?.summary == failed.summary)
        record = lines[2]
        record[14] = ""
        #expect(SessionRow(csvFields: record) == nil)

        let table = results.table
        for title in ["bit rate", "stalls", "stalled", "stall ratio", "switches", "QoE"] {
            let place = try #require(table.columns.firstIndex { $0.title == title })
            #expect(table.rows[0][place] == .missing, "\(title)")
            #expect(table.rows[1][place] != .missing, "\(title)")
        }
        #expect(Measure.allCases.allSatisfy { $0.value(of: failed.summary) == nil })
        let page = BenchmarkReport([failed, anySession(["v1", "v2"])], commandLine: "").report.html()
        #expect(page.contains("No segment arrived."))
        #expect(page.contains("no stall, one switch."))
    }

    @Test("are one JSON document")
    func json() throws {
        struct Document: Decodable {
            struct Row: Decodable {
                var rule: String
                var profile: String
                var summary: PlaybackSummary
            }
            var seed: UInt64
            var sessions: [Row]
        }
        let session = anySession(["v1"], rule: hostile, profileName: hostile)
        let text = try BenchmarkResults(seed: .max, sessions: [session]).json()
        let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        #expect(document.seed == .max)
        #expect(document.sessions[0].rule == hostile)
        #expect(document.sessions[0].summary == session.summary)
    }

    @Test("name the traces' files apart, also for presentations of one name from two servers")
    func distinctNames() {
        let sessions = [
            anySession(["v1"], url: "http://a/film.mpd"), anySession(["v1"], url: "http://b/film.mpd"),
            anySession(["v1"], url: "http://a/film.mpd", client: 2), anySession(["v1"], rule: "fixed:bitrate=1"),
            anySession(["v1"], rule: "fixed-bitrate=1"), anySession(["v1"], mode: .real),
        ]
        let names = sessions.map(\.identity).traceNames
        #expect(Set(names).count == sessions.count)
        #expect(names[0] == "film_simulated_square_fixed.jsonl")
        #expect(names[1] == "film_simulated_square_fixed+2.jsonl")
        #expect(names[2] == "film_simulated_square_fixed_2.jsonl")
    }

    @Test("name files in the folder that they belong to, whatever presentations and profiles are called")
    func plainNames() {
        let long = String(repeating: "profile/", count: 100)
        let sessions = [
            anySession(["v1"], url: "http://h/\(hostile)", rule: hostile, profileName: hostile),
            anySession(["v1"], url: "http://h/..", profileName: "../../etc/passwd"),
            anySession(["v1"], profileName: long),
            anySession(["v1"], url: "", rule: "", profileName: ""),
        ]
        for name in sessions.map(\.identity).traceNames {
            #expect(name.utf8.count <= 255 && !name.hasPrefix(".") && name.hasSuffix(".jsonl"))
            #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.=+".contains($0)) }, "\(name)")
        }
    }

    @Test("are a page that is well-formed and loads nothing, whatever names hold")
    func page() throws {
        let sessions = BenchmarkMode.allCases.flatMap { mode in
            [
                anySession(
                    ["v1", "v2"], mode: mode, url: "http://h/\(hostile).mpd", rule: hostile, profileName: hostile),
                anySession(["v2", "v2"], mode: mode, rule: "bola-u", profileName: "4g", stalls: [0.5]),
                anySession([], mode: mode, rule: "fixed", profileName: "outage"),
            ]
        }
        let page = BenchmarkReport(sessions, commandLine: "headwater bench \(hostile)").report.html()
        let parser = XMLParser(data: Data(page.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError)) in line \(parser.lineNumber)")
        #expect(!page.contains("<script"))
        for loading in ["src=\"", "<link", "@import", "url(http"] { #expect(!page.contains(loading), "\(loading)") }
    }

    @Test("of nothing are a page and documents of nothing")
    func empty() throws {
        let results = BenchmarkResults(seed: 1, sessions: [SessionRow]())
        let page = BenchmarkReport(results, commandLine: "").report.html()
        #expect(XMLParser(data: Data(page.utf8)).parse())
        #expect(results.csv.split(separator: "\r\n").count == 1)
        #expect(results.agreementTable == nil)
    }
}

@Suite("Agreement of simulated and real sessions")
struct AgreementTests {
    private func agreement(_ simulated: SessionResult, _ real: SessionResult) throws -> Agreement {
        let agreements = BenchmarkResults(seed: 1, sessions: [simulated, real]).agreements
        try #require(agreements.count == 1)
        return agreements[0]
    }

    @Test("is whole between equal sessions")
    func equal() throws {
        let found = try agreement(anySession(["v1", "v2"]), anySession(["v1", "v2"], mode: .real))
        #expect(found.bitRateDifference == 0 && found.choiceDifference == 0)
        #expect(found.stallCountDifference == 0 && found.stallDurationDifference == 0)
    }

    @Test("counts segments in other versions, and those that only one session has")
    func differing() throws {
        let found = try agreement(
            anySession(["v1", "v1", "v2", "v2"]), anySession(["v1", "v2"], mode: .real, stalls: [0.75]))
        #expect(found.choiceDifference == 0.75)
        #expect(found.stallCountDifference == -1)
        #expect(found.stallDurationDifference == -0.75)
        #expect(found.bitRateDifference == 0)
    }

    @Test("says where sessions part, and what the rule knew then")
    func reasons() throws {
        func choices(_ decided: String?, _ fetched: String, buffer: Double) -> [SegmentChoice] {
            [
                SegmentChoice(segment: 1, decided: "v1", fetched: "v1"),
                SegmentChoice(segment: 2, decided: decided, fetched: fetched, buffer: buffer, throughput: 2e6),
            ]
        }
        let (one, other) = (choices("v1", "v1", buffer: 4), choices("v2", "v2", buffer: 4.5))
        #expect(Agreement.reason(one, one) == nil)
        #expect(Agreement.reason(one, [one[0]]) == "one of them ended early")
        #expect(
            Agreement.reason(one, other)
                == "segment 2: v1 (4.00 s buffered, 2.000 Mbit/s), really v2 (4.50 s buffered, 2.000 Mbit/s)")
        #expect(
            Agreement.reason(one, choices("v1", "v0", buffer: 4))
                == "segment 2: the same choice, but not what was kept of it (given up or replaced over HTTP)")
    }

    @Test("is within limits up to two percent, 0.3 s and a twentieth of the segments")
    func limits() throws {
        let many = Array(repeating: "v2", count: 40)
        func within(_ real: [String], stalls: [Double] = []) throws -> Bool {
            try agreement(anySession(many), anySession(real, mode: .real, stalls: stalls)).isWithinLimits
        }
        #expect(try within(many) && within(many, stalls: [0.25]))
        #expect(try !within(many, stalls: [0.5]))
        #expect(try within(many.dropLast() + ["v1"]))
        #expect(try !within(many.dropLast(3) + ["v1", "v1", "v1"]))
    }

    @Test("looks at the audio where there is no video")
    func audioOnly() throws {
        let found = try agreement(
            anySession(["a1", "a1"], media: "audio"), anySession(["a1", "a2"], mode: .real, media: "audio"))
        #expect(found.choiceDifference == 0.5)
    }

    @Test("is only between sessions of the same presentation, rule, profile and client")
    func pairs() {
        let simulated = anySession(["v1"])
        let others = [
            anySession(["v1"], mode: .real, url: "http://other/film.mpd"),
            anySession(["v1"], mode: .real, rule: "bba-0"),
            anySession(["v1"], mode: .real, profileName: "spike"), anySession(["v1"], mode: .real, client: 2),
        ]
        #expect(BenchmarkResults(seed: 1, sessions: [simulated] + others).agreements.isEmpty)
    }
}
