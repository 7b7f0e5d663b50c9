package import Adaptation
import Foundation
package import NetworkEmulation
import Player
package import Report
package import Simulator

/// Sessions by Sabre's model: movies × buffers × rules × abandonment × profiles, on all cores.
package struct SabreRuns: Sendable {
    /// A movie by the name of its file.
    package struct Movie: Sendable {
        package var name: String
        package var movie: SabreMovie

        package init(name: String, movie: SabreMovie) {
            self.name = name
            self.movie = movie
        }
    }

    /// One session and what became of it.
    package struct Row: Sendable {
        var profile: String
        var movie: String
        /// In seconds.
        var maxBuffer: Double
        var rule: String
        var abandons: Bool
        package var result: SabreResult
    }

    private let movies: [Movie]
    private let profiles: [BandwidthProfile]
    private let rules: [RuleSpecification]
    private let maxBuffers: [Double]
    private let abandonment: [Bool]
    private let utility: Utility?

    /// - Parameters:
    ///   - maxBuffers: in seconds.
    ///   - abandonment: whether rules may abandon transfers; both for each in turn.
    package init(
        movies: [Movie], profiles: [BandwidthProfile], rules: [RuleSpecification], maxBuffers: [Double],
        abandonment: [Bool], utility: Utility? = nil
    ) {
        self.movies = movies
        self.profiles = profiles
        self.rules = rules
        self.maxBuffers = maxBuffers
        self.abandonment = abandonment
        self.utility = utility
    }

    /// How many sessions there are.
    package var count: Int { movies.count * maxBuffers.count * rules.count * abandonment.count * profiles.count }

    /// - Parameter progress: is told how many sessions are done.
    /// - Throws: `CancellationError` when the task is cancelled.
    package func run(progress: @escaping @Sendable (Int) -> Void = { _ in }) async throws -> [Row] {
        let groups = movies.flatMap { movie in
            maxBuffers.flatMap { buffer in
                rules.flatMap { rule in
                    abandonment.map { Group(movie: movie, buffer: buffer, rule: rule, abandons: $0) }
                }
            }
        }
        return try await withThrowingTaskGroup(of: (Int, [Row]).self) { tasks in
            var results: [[Row]] = Array(repeating: [], count: groups.count)
            var done = 0
            for (index, group) in groups.enumerated() {
                tasks.addTask(executorPreference: group.rule.blocks ? BlockingExecutor.shared : nil) {
                    (index, try rows(of: group))
                }
            }
            for try await (index, rows) in tasks {
                results[index] = rows
                done += rows.count
                progress(done)
            }
            return results.flatMap { $0 }
        }
    }

    private struct Group: Sendable {
        var movie: Movie
        var buffer: Double
        var rule: RuleSpecification
        var abandons: Bool
    }

    private func rows(of group: Group) throws -> [Row] {
        try profiles.map { profile in
            try Task.checkCancellation()
            let model = SabreModel(
                movie: group.movie.movie, profile: profile, maxBuffer: group.buffer, abandons: group.abandons,
                utility: utility)
            return Row(
                profile: profile.name, movie: group.movie.name, maxBuffer: group.buffer,
                rule: group.rule.description, abandons: group.abandons, result: model.run(group.rule))
        }
    }
}

extension [SabreRuns.Row] {
    /// RFC 4180, one row a session, with the columns and digits of Sabre's own figures: bit rates in kb/s, times in
    /// seconds.
    package var csv: String {
        var writer = CSVWriter(header: [
            "profile", "movie", "max_buffer_s", "rule", "abandonment", "time_average_played_bitrate",
            "time_average_played_utility", "total_rebuffer", "rebuffer_ratio", "total_rebuffer_events",
            "total_bitrate_change", "time_average_bitrate_change", "total_play_time", "time_average_score",
        ])
        for row in self {
            let result = row.result
            let numbers = [
                result.bitRate, result.utility, result.stallTime, result.stallRatio, Double(result.stallCount),
                result.bitRateChange, result.meanBitRateChange, result.playTime, result.score,
            ]
            writer.append(
                [row.profile, row.movie, CSVWriter.number(row.maxBuffer), row.rule, row.abandons ? "on" : "off"]
                    + numbers.map { String(format: "%.6f", $0) })
        }
        return writer.text
    }

    /// The same as one JSON document: an array of objects with the CSV's columns as members.
    package func json() throws -> String {
        try JSONText.document(map(Document.init))
    }

    /// The same for people.
    package var table: ReportTable {
        ReportTable(
            columns: [
                .text("profile"), .text("movie"), .number("buffer", .seconds, digits: 0), .text("rule"),
                .text("abandonment"), .number("bit rate", .bitsPerSecond), .number("utility", digits: 3),
                .number("stalls", digits: 0), .number("stalled", .seconds, digits: 2),
                .number("play time", .seconds, digits: 1), .number("score", digits: 3),
            ],
            rows: map { row in
                [
                    .text(row.profile), .text(row.movie), .number(row.maxBuffer), .text(row.rule),
                    .text(row.abandons ? "on" : "off"), .number(row.result.bitRate * 1000),
                    .number(row.result.utility), .number(Double(row.result.stallCount)),
                    .number(row.result.stallTime), .number(row.result.playTime), .number(row.result.score),
                ]
            })
    }
}

/// A row as JSON has it.
private struct Document: Encodable {
    var profile, movie: String
    var max_buffer_s: Double
    var rule, abandonment: String
    var time_average_played_bitrate, time_average_played_utility, total_rebuffer, rebuffer_ratio: Double
    var total_rebuffer_events: Int
    var total_bitrate_change, time_average_bitrate_change, total_play_time, time_average_score: Double

    init(_ row: SabreRuns.Row) {
        (profile, movie, max_buffer_s, rule) = (row.profile, row.movie, row.maxBuffer, row.rule)
        abandonment = row.abandons ? "on" : "off"
        time_average_played_bitrate = row.result.bitRate
        time_average_played_utility = row.result.utility
        total_rebuffer = row.result.stallTime
        rebuffer_ratio = row.result.stallRatio
        total_rebuffer_events = row.result.stallCount
        total_bitrate_change = row.result.bitRateChange
        time_average_bitrate_change = row.result.meanBitRateChange
        total_play_time = row.result.playTime
        time_average_score = row.result.score
    }
}
