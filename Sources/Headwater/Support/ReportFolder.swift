import Benchmark
import Foundation
import NetworkEmulation
import QoE
import Report

/// The folder that a report and what belongs to it are written to.
struct ReportFolder {
    private let path: String

    init(_ path: String) {
        self.path = path
    }

    /// Writes the page, the results and every trace of a benchmark.
    ///
    /// - Throws: ``CommandError`` when the folder cannot be made or written to.
    func write(_ results: BenchmarkResults, commandLine: String) throws {
        try write(try results.json() + "\n", as: "results.json")
        try write(results.csv, as: "results.csv")
        let names = results.traceNames
        for (session, name) in zip(results.sessions, names) {
            let lines = try session.trace.map { try $0.line() + "\n" }
            try write(lines.joined(), as: "traces/" + name)
        }
        var report = BenchmarkReport(results, commandLine: commandLine).report
        report.sections.append(Self.files(named: names))
        try write(report.html(), as: "index.html")
    }

    /// Writes one file, with the folders on its way; it appears whole, by rename.
    func write(_ text: String, as name: String) throws {
        try Self.write(text, to: path + "/" + name)
    }

    /// Makes the folder `path`, so that one that cannot be made is told about before the work and not after it.
    static func make(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError(.cannotCreate, "cannot make the folder \(path): \(error.localizedDescription)")
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            throw CommandError(.cannotCreate, "cannot write to the folder \(path)")
        }
    }

    static func write(_ text: String, to path: String) throws {
        let url = URL(filePath: path)
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url, options: .atomic)
        } catch {
            throw CommandError(.cannotCreate, "cannot write \(path): \(error.localizedDescription)")
        }
    }

    /// The section that leads to the raw files.
    private static func files(named traces: [String]) -> ReportSection {
        ReportSection(
            "Raw files",
            [
                .links([
                    ReportLink("results.csv", path: "results.csv"), ReportLink("results.json", path: "results.json"),
                ]),
                .details(
                    "Traces, one a session (JSON lines)", [.links(traces.map { ReportLink($0, path: "traces/" + $0) })]),
            ])
    }
}
