import Adaptation
import Benchmark
import Foundation
import NetworkEmulation
import QoE
import Report

/// The part of a report's folder that fills while a benchmark runs: a trace and a line of `results.csv` for each session
/// that ends, in the order of the matrix. Each is whole or not there: a run that was killed can go on where it stopped.
struct BenchRecording: Sendable {
    private let folder: ReportFolder
    /// The files of traces, one a session.
    let traceNames: [String]
    private let results: FileHandle

    private static let results = "results.csv"
    /// What the run depends on, so that another one is not taken for it.
    private static let run = "run.json"

    /// Begins a recording in `folder`, in place of any that is there.
    ///
    /// - Throws: ``CommandError`` when the folder cannot be written to.
    static func begin(in folder: ReportFolder, _ schedule: BenchmarkSchedule) throws -> BenchRecording {
        try folder.write(try BenchDescription(schedule).json(), as: run)
        try folder.write(BenchmarkResults(seed: 0, sessions: []).csv, as: results)
        return try BenchRecording(folder, schedule.identities.traceNames)
    }

    /// Goes on with the recording in `folder`.
    ///
    /// - Returns: with the recording, the sessions that it has.
    /// - Throws: ``CommandError`` when there is none, when it is of another run, or when it cannot be read or written.
    static func resume(
        in folder: ReportFolder, _ schedule: BenchmarkSchedule
    ) throws -> (BenchRecording, [SessionRow]) {
        guard let former = folder.contents(of: run), let bytes = folder.contents(of: results) else {
            throw CommandError(.noInput, "\(folder.path) holds no run to resume; leave out --resume to begin one")
        }
        let again = "leave out --resume to begin anew"
        guard former == Data(try BenchDescription(schedule).json().utf8) else {
            throw CommandError(.dataError, "\(folder.path) holds a run of other options or profiles: \(again)")
        }
        var reader = CSVReader([UInt8](bytes))
        guard reader.next() == SessionRow.csvHeader else {
            throw CommandError(.dataError, "\(folder.path)/\(results) is not what bench writes: \(again)")
        }
        let identities = schedule.identities
        let recording = try BenchRecording(folder, schedule.identities.traceNames)
        var rows: [SessionRow] = []
        // Clients of one link belong together: of a cell that is not whole, nothing is kept.
        var cell: [SessionRow] = []
        let plan = schedule.plans.first
        let clients = plan?.clients ?? 1
        var end = reader.offset
        while let fields = reader.next() {
            let place = rows.count + cell.count
            guard place < identities.count, var row = SessionRow(csvFields: fields),
                row.identity == identities[place]
            else {
                throw CommandError(
                    .dataError, "\(folder.path)/\(results), record \(place + 2) is not of this run: \(again)")
            }
            // A session that was stopped, as a signal does over HTTP, is to be played again, and with it all that follow.
            guard row.summary.outcome != "stopped" else { break }
            if schedule.modes.count > 1 {
                row.choices = try recording.session(at: place, schedule).choices
            }
            cell.append(row)
            guard cell.count == clients else { continue }
            if clients > 1, let plan, let profile = schedule.profile(at: rows.count) {
                let activities = try cell.indices.map {
                    try recording.session(at: rows.count + $0, schedule).activity(stagger: plan.stagger)
                }
                cell[0].sharing = LinkSharing(of: cell, activities, on: profile)
            }
            rows += cell
            cell = []
            end = reader.offset
        }
        try recording.cut(to: end)
        return (recording, rows)
    }

    private init(_ folder: ReportFolder, _ traceNames: [String]) throws {
        let path = folder.path + "/" + Self.results
        guard let results = FileHandle(forUpdatingAtPath: path) else {
            throw CommandError(.cannotCreate, "cannot write \(path)")
        }
        self.folder = folder
        self.results = results
        self.traceNames = traceNames
        try ReportFolder.make(folder.path + "/traces")
        try tell { try results.seekToEnd() }
    }

    /// Drops what follows the first `length` bytes of the results.
    private func cut(to length: Int) throws {
        try tell {
            try results.truncate(atOffset: UInt64(length))
            return try results.seekToEnd()
        }
    }

    /// Writes the trace of a session; sessions may be written from several threads at once.
    ///
    /// - Throws: ``CommandError`` when it cannot be written.
    func write(_ trace: [TraceEvent], ofSession index: Int) throws {
        var text = ""
        for event in trace { text += try event.line() + "\n" }
        try folder.write(text, as: "traces/" + traceNames[index])
    }

    /// Adds the line of a session, whose trace is written.
    ///
    /// - Throws: ``CommandError`` when it cannot be written.
    func append(_ row: SessionRow) throws {
        var writer = CSVWriter()
        writer.append(row.csvFields)
        try tell { try results.write(contentsOf: Data(writer.text.utf8)) }
    }

    /// Writes the page and the documents of results whose sessions are all recorded.
    ///
    /// - Throws: ``CommandError`` when they cannot be written, and when a trace cannot be read.
    func finish(_ results: BenchmarkResults, _ schedule: BenchmarkSchedule, commandLine: String) throws {
        try folder.write(try results.json() + "\n", as: "results.json")
        var charted: [Int: SessionResult] = [:]
        for place in BenchmarkReport.charted(results) { charted[place] = try session(at: place, schedule) }
        let page = BenchmarkReport(
            results, commandLine: commandLine, traces: traceNames.map { "traces/" + $0 }, charted: charted)
        try folder.write(page.report.html(), as: "index.html")
    }

    /// The session at `place`, from its trace.
    private func session(at place: Int, _ schedule: BenchmarkSchedule) throws -> SessionResult {
        guard let profile = schedule.profile(at: place) else {
            throw CommandError(.software, "there is no session \(place + 1)")
        }
        return try folder.session(traceNames[place], schedule.identities[place], profile)
    }

    @discardableResult
    private func tell<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw CommandError(
                .ioError, "cannot write \(folder.path)/\(Self.results): \(error.localizedDescription)")
        }
    }
}

/// What the results of a benchmark depend on, beyond the media: two runs with equal descriptions give equal results.
struct BenchDescription: Encodable {
    struct Profile: Encodable {
        var name: String
        /// Of its steps.
        var digest: String
    }
    var urls: [String]
    var modes: [BenchmarkMode]
    var rules: [String]
    var profiles: [Profile]
    var clients: Int
    var stagger: Double
    var weights: [Double]
    var slowStart: Bool
    var duration: Double?
    var maxBuffer: Double
    /// Left out where it is left to each rule.
    var utility: String?
    var seed: UInt64

    init(_ schedule: BenchmarkSchedule) {
        let first = schedule.plans.first
        modes = schedule.modes
        urls = schedule.plans.map(\.url)
        rules = first?.rules.map(\.description) ?? []
        profiles = first?.profiles.map { Profile(name: $0.name, digest: Self.digest($0)) } ?? []
        clients = first?.clients ?? 1
        stagger = first?.stagger ?? 0
        weights = first?.weights ?? []
        slowStart = first?.slowStart ?? false
        duration = first?.duration
        maxBuffer = first?.maxBuffer ?? 0
        utility = first?.utility?.rawValue
        seed = first?.seed ?? 1
    }

    /// FNV-1a (Fowler, Noll and Vo), 64 bits, of the steps: it tells a file that was edited, not one that was forged.
    private static func digest(_ profile: BandwidthProfile) -> String {
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for number in profile.steps.flatMap({ [$0.duration, $0.bandwidth, $0.latency] }) {
            var bits = number.bitPattern
            for _ in 0..<8 {
                digest = (digest ^ (bits & 0xff)) &* 0x100_0000_01b3
                bits >>= 8
            }
        }
        return String(digest, radix: 16)
    }

    func json() throws -> String {
        try JSONText.document(self) + "\n"
    }
}
