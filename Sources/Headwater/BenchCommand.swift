import Adaptation
import ArgumentParser
import Benchmark
import Client
import Foundation
import Logging
import NetworkEmulation
import Player
import Presentation
import Report
import Simulator
import UnixSignals

/// `headwater bench`: rules under profiles, in virtual time, over HTTP, or both.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Plays a presentation with many rules under many bandwidth profiles and reports quality of experience.",
        discussion: """
            --simulate runs the client in virtual time, with the sizes of segments from segments.json beside the \
            media, else from the manifest or the server. They are what the simulated link moves; rules know the sizes \
            that a client would, from a segment index or byte ranges in the manifest. The same seed gives the same bytes. --real plays over HTTP through shaping links, all sessions \
            side by side and in real time. --both does one after the other and shows how far they agree.

            --model sabre plays a movie that is described by a file in virtual time as the public simulator Sabre does, \
            for comparison with published figures.

            Rules are compared over the same traces: paired differences from --baseline, with 95 % intervals from the \
            bootstrap. --seeds N plays each random profile with N seeds, which makes N traces of it. With --report, sessions \
            are written as they end, and --resume goes on with a run that was interrupted.

            Examples:
              headwater bench http://127.0.0.1:8081/manifests/film.mpd --rules all --profiles step-down,4g:seed=7 \
            --simulate --report reports/film
              headwater bench http://127.0.0.1:8081/manifests/film.mpd --rules bola-u,dynamic --profiles 3g,4g --seeds 100 \
            --baseline bola-u --report reports/seeds
              headwater bench --model sabre --movie movie.json --profiles traces/ --rules bola-u,dynamic \
            --max-buffer 10,25,60 --abandonment on --csv sabre.csv
            """)

    @Argument(help: ArgumentHelp("Manifests to play.", valueName: "mpd-url"))
    var urls: [String] = []

    @Option(help: "Rules, separated by commas, or all; see `headwater rules`.")
    var rules = "all"

    @Option(help: "Bandwidth profiles, names, files or folders, separated by commas, or all; see `headwater profiles`.")
    var profiles = "all"

    @Flag(help: "Virtual time (the default), real HTTP, or both.")
    var mode = Mode.simulate

    @Option(help: "Sessions in each cell of the matrix, which share one link.")
    var clients = 1

    @Option(
        help: ArgumentHelp(
            "From one start to the next of clients that share a link: 20ms, 0s (default: 1s).",
            valueName: "time"))
    var stagger: TimeOffset?

    @Option(
        help: ArgumentHelp(
            "What clients get of a link relative to each other, separated by commas (in virtual time): 2,1 gives every "
                + "other one the double. The same unless given.", valueName: "numbers"))
    var weights: ClientWeights?

    @Flag(help: "In virtual time, let connections begin slowly as TCP's do (RFC 5681, RFC 6928).")
    var slowStart = false

    @Option(help: "Play no further than this presentation time: 30s, 2m.")
    var duration: TimeLength?

    @Option(help: "Media that a client may buffer; with --model sabre perhaps several, separated by commas.")
    var maxBuffer = TimeLengths(seconds: [30])

    @Option(
        help: ArgumentHelp(
            "What makes a version worth more than another: log, bitrate, or quality as `ingest --quality` measured it "
                + "(default: what each rule's paper has).", valueName: "log|bitrate|quality"))
    var utility: Utility?

    @Option(help: "How virtual time works: headwater, or sabre.")
    var model = Model.headwater

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "With --model sabre: a movie, as JSON with segment_duration_ms, bitrates_kbps and segment_sizes_bits.",
            valueName: "file"))
    var movie: [String] = []

    @Option(help: "With --model sabre: whether rules may abandon transfers, on, off or both.")
    var abandonment = Abandonment.on

    @Option(help: "Seed of random profiles that do not name one, and of the comparison's resampling.")
    var seed: UInt64 = 1

    @Option(help: "Plays each of those profiles with as many seeds: --seed and those that follow it.")
    var seeds = 1

    @Option(
        help: ArgumentHelp("The rule that others are compared with; the first one unless given.", valueName: "rule"))
    var baseline: String?

    @Option(parsing: .singleValue, help: "Further servers of the same files, to fail over to (with --real).")
    var baseURL: [String] = []

    @Option(help: ArgumentHelp("Folder for the report: index.html, results and traces.", valueName: "dir"))
    var report: String?

    @Flag(help: "Go on with the run that --report holds, where it was interrupted.")
    var resume = false

    @Option(help: ArgumentHelp("File for the results, one row a session.", valueName: "file"))
    var csv: String?

    @Flag(help: "Print the results as one JSON document on standard output.")
    var json = false

    @OptionGroup var transport: TransportOptions

    @OptionGroup var common: CommonOptions

    enum Mode: String, EnumerableFlag {
        case simulate, real, both
    }

    enum Model: String, ExpressibleByArgument, CaseIterable {
        case headwater, sabre
    }

    enum Abandonment: String, ExpressibleByArgument, CaseIterable {
        case on, off, both
    }

    func validate() throws {
        switch model {
        case .headwater:
            guard !urls.isEmpty else { throw ValidationError("name at least one manifest") }
            guard movie.isEmpty else { throw ValidationError("--movie is for --model sabre; name a manifest") }
            guard maxBuffer.seconds.count == 1 else {
                throw ValidationError("--max-buffer takes one length; several are for --model sabre")
            }
        case .sabre:
            guard urls.isEmpty, !movie.isEmpty else {
                throw ValidationError("--model sabre plays what --movie describes, no manifest")
            }
            guard mode == .simulate, clients == 1, !slowStart, duration == nil, report == nil, baseline == nil else {
                throw ValidationError(
                    "--model sabre takes no --real, --both, --clients, --slow-start, --duration, --report and "
                        + "--baseline")
            }
            guard utility != .quality else {
                throw ValidationError("--utility quality is for manifests: of --movie nothing was measured")
            }
        }
        guard (1...100_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 100000") }
        guard !seed.addingReportingOverflow(UInt64(seeds)).overflow else {
            throw ValidationError("--seed is too large for --seeds \(seeds)")
        }
        guard !resume || report != nil else { throw ValidationError("--resume goes on with what --report DIR holds") }
        guard (1...1000).contains(clients) else { throw ValidationError("--clients must be from 1 to 1000") }
        guard mode == .simulate || weights == nil && !slowStart else {
            throw ValidationError("--weights and --slow-start are of virtual time, neither --real nor --both")
        }
        guard weights == nil || clients > 1 else {
            throw ValidationError("--weights needs --clients: one client has the link for itself")
        }
    }

    func run() async throws {
        let rules = try RuleArgument.list(rules)
        let profiles = try ProfileCatalogue.list(profiles, seed: seed, seeds: seeds)
        if model == .sabre { return try await compare(rules, profiles) }
        if let baseline, !rules.contains(where: { $0.description == baseline }) {
            throw CommandError(.usage, "--baseline \(baseline) is none of the rules that run")
        }
        let plans = urls.map { url in
            BenchmarkPlan(
                url: url, rules: rules, profiles: profiles, clients: clients, stagger: stagger?.seconds ?? 1,
                weights: weights?.values ?? [], slowStart: slowStart, duration: duration?.seconds,
                maxBuffer: maxBuffer.seconds[0], utility: utility, seed: seed, baseURLs: baseURL)
        }
        let schedule = BenchmarkSchedule(
            plans: plans, modes: mode == .both ? [.simulated, .real] : mode == .real ? [.real] : [.simulated])
        let (recording, done) = try record(schedule)
        let player = BenchPlayer(
            schedule: schedule, recording: recording, transport: try transport.transport(),
            logger: common.logger("bench"))
        let (sessions, signal) = try await play(player, after: done)
        let results = BenchmarkResults(seed: seed, baseline: baseline, sessions: sessions)
        try recording?.finish(results, schedule, commandLine: Self.commandLine)
        if let csv { try ReportFolder.write(results.csv, to: csv) }
        if json {
            try StandardStream.output.writeResult(results.json() + "\n")
        } else {
            var text = BenchText(results, columns: StandardStream.output.columns ?? 100).text()
            if let report { text += "\nreport: \(report)/index.html\n" }
            try StandardStream.output.writeResult(text)
        }
        if let signal { throw Interruption.exitCode(signal) }
        let failures = sessions.compactMap(\.failure)
        if let first = failures.first {
            throw CommandError(.unavailable, "\(failures.count) of \(sessions.count) sessions failed: \(first)")
        }
    }

    /// The sessions, and the signal that stopped some of them.
    private func play(
        _ player: BenchPlayer, after done: [SessionRow]
    ) async throws -> ([SessionRow], UnixSignal?) {
        do {
            return try await Interruption.catching { try await player.play(after: done) }
        } catch let code as ExitCode {
            // A signal came before all sessions were played.
            if let report {
                StandardStream.error.writeLine("stopped; the same command with --resume goes on in \(report)")
            }
            throw code
        }
    }

    /// Begins or resumes the recording in the report's folder; nil without one.
    ///
    /// - Returns: with the recording, the sessions that it already has.
    private func record(_ schedule: BenchmarkSchedule) throws -> (BenchRecording?, [SessionRow]) {
        guard let report else { return (nil, []) }
        try ReportFolder.make(report)
        let folder = ReportFolder(report)
        return resume ? try BenchRecording.resume(in: folder, schedule) : (try .begin(in: folder, schedule), [])
    }

    /// The sessions of Sabre's model, as a table or as JSON on standard output, and as CSV in a file.
    private func compare(_ rules: [RuleSpecification], _ profiles: [BandwidthProfile]) async throws {
        let movies = try movie.map(Self.movie)
        let abandons = abandonment == .both ? [false, true] : [abandonment == .on]
        let runs = SabreRuns(
            movies: movies, profiles: profiles, rules: rules, maxBuffers: maxBuffer.seconds, abandonment: abandons,
            utility: utility)
        let progress = BenchProgress("simulated", of: runs.count)
        let (rows, signal) = try await Interruption.catching { try await runs.run(progress: progress.update) }
        progress.finish()
        if let csv { try ReportFolder.write(rows.csv, to: csv) }
        if json {
            try StandardStream.output.writeResult(rows.json() + "\n")
        } else {
            try StandardStream.output.writeResult(TextTable(rows.table).text())
        }
        if let signal { throw Interruption.exitCode(signal) }
    }

    private static func movie(at path: String) throws -> SabreRuns.Movie {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError(.noInput, "cannot read the movie \(path)")
        }
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        return SabreRuns.Movie(name: name, movie: try SabreMovie(parsing: [UInt8](data), of: path))
    }

    /// The command that gives the same again, without the program's folder: it stands in the report.
    private static var commandLine: String {
        ShellWords.text(["headwater"] + CommandLine.arguments.dropFirst().filter { $0 != "--resume" })
    }
}

/// Lengths of time, separated by commas: `10,25s,1m`.
struct TimeLengths: Sendable, Hashable, ExpressibleByArgument {
    /// Each above zero; at least one.
    let seconds: [Double]

    init(seconds: [Double]) { self.seconds = seconds }

    init?(argument: String) {
        let lengths = argument.split(separator: ",", omittingEmptySubsequences: false)
            .map { TimeLength(argument: String($0))?.seconds }
        let seconds = lengths.compactMap { $0 }
        guard seconds.count == lengths.count, !seconds.isEmpty else { return nil }
        self.seconds = seconds
    }

    var defaultValueDescription: String {
        seconds.map { TimeLength(seconds: $0).defaultValueDescription }.joined(separator: ",")
    }
}

/// What clients get relative to each other: `2,1,0.5`.
struct ClientWeights: Sendable, Hashable, ExpressibleByArgument {
    /// Each above zero; at least one.
    let values: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        values = parts.compactMap { $0 }
        guard !values.isEmpty, values.count == parts.count,
            values.allSatisfy({ (1e-6...1e6).contains($0) })
        else { return nil }
    }
}

extension Utility: ExpressibleByArgument {}

extension BenchmarkError: ExitStatusProviding {
    var systemExit: SystemExit { .unavailable }
}

extension SimulationError: ExitStatusProviding {
    var systemExit: SystemExit { .dataError }
}

extension SessionError: ExitStatusProviding {
    var systemExit: SystemExit { .dataError }
}
