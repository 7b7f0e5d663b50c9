import Adaptation
import Foundation
import NetworkEmulation
import Simulator
import Testing

@Suite("Sabre's model")
struct SabreModelTests {
    /// A row of the reference.
    private struct Row {
        var profile: String
        var movie: String
        var maxBuffer: Double
        var rule: String
        var abandons: Bool
        var figures: [Double]

        init?(_ line: Substring) {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 14, let maxBuffer = Double(fields[2]) else { return nil }
            (profile, movie, rule) = (fields[0], fields[1], fields[3])
            (self.maxBuffer, abandons) = (maxBuffer, fields[4] == "on")
            figures = fields[5...].compactMap(Double.init)
            guard figures.count == 9 else { return nil }
        }
    }

    private static func fixture(_ path: String) throws -> String {
        try #require(Bundle.module.resourcePath) + "/Fixtures/sabre/" + path
    }

    /// Every so many rows are looked at: all of them take long without optimisation. `make interop` looks at all.
    private static let stride = 13

    @Test(
        "gives every figure that Sabre gives, to its last digit",
        arguments: [
            "bola-basic", "bola-u", "bola-o", "bola-e", "bola-e-o", "throughput", "dynamic", "dynamic-dash",
        ])
    func reference(_ rule: String) throws {
        let text = try String(contentsOfFile: Self.fixture("expected.csv"), encoding: .utf8)
        let rows = text.split(whereSeparator: \.isNewline).dropFirst().compactMap(Row.init).filter { $0.rule == rule }
        #expect(rows.count >= 144)
        let sample = rows.enumerated().filter { $0.offset.isMultiple(of: Self.stride) }.map(\.element)
        var movies: [String: SabreMovie] = [:]
        var profiles: [String: BandwidthProfile] = [:]
        let specification = try RuleSpecification(rule)
        for row in sample {
            if movies[row.movie] == nil {
                let path = try Self.fixture("movies/\(row.movie).json")
                movies[row.movie] = try SabreMovie(parsing: [UInt8](Data(contentsOf: URL(filePath: path))), of: path)
            }
            if profiles[row.profile] == nil {
                profiles[row.profile] = try ProfileReader.profile(at: Self.fixture("profiles/\(row.profile).csv"))
            }
            let model = SabreModel(
                movie: try #require(movies[row.movie]), profile: try #require(profiles[row.profile]),
                maxBuffer: row.maxBuffer, abandons: row.abandons)
            let result = model.run(specification)
            let figures = [
                result.bitRate, result.utility, result.stallTime, result.stallRatio, Double(result.stallCount),
                result.bitRateChange, result.meanBitRateChange, result.playTime, result.score,
            ]
            for (ours, theirs) in zip(figures, row.figures) {
                #expect(
                    abs(ours - theirs) <= max(2e-6, 1e-6 * abs(theirs)),
                    "\(row.profile) \(row.movie) \(row.maxBuffer) \(rule) \(row.abandons)")
            }
            #expect(result.stallCount == Int(row.figures[4]))
        }
    }

    @Test("has all 1,872 rows of the reference to answer for")
    func rows() throws {
        let text = try String(contentsOfFile: Self.fixture("expected.csv"), encoding: .utf8)
        #expect(text.split(whereSeparator: \.isNewline).dropFirst().compactMap(Row.init).count == 1872)
    }

    @Test(
        "refuses what is no movie",
        arguments: [
            "", "[]", #"{"segment_duration_ms": 0, "bitrates_kbps": [1], "segment_sizes_bits": [[1]]}"#,
            #"{"segment_duration_ms": 2000, "bitrates_kbps": [2, 1], "segment_sizes_bits": [[1, 2]]}"#,
            #"{"segment_duration_ms": 2000, "bitrates_kbps": [1, 2], "segment_sizes_bits": [[1]]}"#,
            #"{"segment_duration_ms": 2000, "bitrates_kbps": [1], "segment_sizes_bits": []}"#,
            #"{"segment_duration_ms": 2000, "bitrates_kbps": [1], "segment_sizes_bits": [[-1]]}"#,
        ])
    func refusals(_ text: String) {
        let error = #expect(throws: SimulationError.self) { try SabreMovie(parsing: Array(text.utf8), of: "film.json") }
        #expect(error?.description.hasPrefix("film.json: ") == true)
    }
}
