import Adaptation
import ArgumentParser
import AsyncHTTPClient
import Benchmark
import Client
import Foundation
import Logging
import NetworkEmulation
import Player
import Presentation
import Report
import Simulator

/// `headwater bench`: rules under profiles, in virtual time, over HTTP, or both.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Plays a presentation with many rules under many bandwidth profiles and reports quality of experience.",
        discussion: """
            --simulate runs the client in virtual time, with the sizes of segments from segments.json beside the \
            media; the same seed gives the same bytes. --real plays over HTTP through shaping links, all sessions at \
            once and in real time. --both does one after the other and shows how far they agree.

            --model sabre plays a movie that is described by a file in virtual time as the public simulator Sabre does, \
            for comparison with published figures.

            Examples:
              headwater bench http://127.0.0.1:8081/manifests/film.mpd --rules all --profiles step-down,4g:seed=7 \
            --simulate --report reports/film
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

    @Option(help: "Sessions in each cell of the matrix, which share one link (with --real).")
    var clients = 1

    @Option(help: "Play no further than this presentation time: 30s, 2m.")
    var duration: TimeLength?

    @Option(help: "Media that a client may buffer; with --model sabre perhaps several, separated by commas.")
    var maxBuffer = TimeLengths(seconds: [30])

    @Option(help: "What makes a version worth more than another, to rules that ask: log or bitrate.")
    var utility = Utility.logarithmic

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

    @Option(help: "Seed of random profiles that do not name one.")
    var seed: UInt64 = 1

    @Option(parsing: .singleValue, help: "Further servers of the same files, to fail over to (with --real).")
    var baseURL: [String] = []

    @Option(help: ArgumentHelp("Folder for the report: index.html, results and traces.", valueName: "dir"))
    var report: String?

    @Option(help: ArgumentHelp("File for the results, one row a session.", valueName: "file"))
    var csv: String?

    @Flag(help: "Print the results as one JSON document on standard output.")
    var json = false

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
            guard mode == .simulate, clients == 1, duration == nil, report == nil else {
                throw ValidationError("--model sabre takes no --real, --both, --clients, --duration and --report")
            }
        }
        guard (1...1000).contains(clients) else { throw ValidationError("--clients must be from 1 to 1000") }
        guard clients == 1 || mode == .real else {
            throw ValidationError("--clients works with --real: in virtual time each session has a link of its own")
        }
    }

    func run() async throws {
        let rules = try RuleArgument.list(rules)
        let profiles = try ProfileCatalogue.list(profiles, seed: seed)
        if model == .sabre { return try await compare(rules, profiles) }
        if let report { try ReportFolder.make(report) }
        let plans = urls.map { url in
            BenchmarkPlan(
                url: url, rules: rules, profiles: profiles, clients: clients, duration: duration?.seconds,
                maxBuffer: maxBuffer.seconds[0], utility: utility, seed: seed, baseURLs: baseURL)
        }
        let (sessions, signal) = try await Interruption.catching { try await play(plans) }
        let results = BenchmarkResults(seed: seed, sessions: sessions)
        if let report { try ReportFolder(report).write(results, commandLine: Self.commandLine) }
        if let csv { try ReportFolder.write(results.csv, to: csv) }
        if json {
            try StandardStream.output.writeResult(results.json() + "\n")
        } else {
            var text = TextTable(results.table).text()
            if let agreement = results.agreementTable { text += "\n" + TextTable(agreement).text() }
            if let report { text += "\nreport: \(report)/index.html\n" }
            try StandardStream.output.writeResult(text)
        }
        if let signal { throw Interruption.exitCode(signal) }
        let failures = sessions.compactMap(\.failure)
        if let first = failures.first {
            throw CommandError(.unavailable, "\(failures.count) of \(sessions.count) sessions failed: \(first)")
        }
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

    /// The command as it was given, without the program's folder: it stands in the report.
    private static var commandLine: String {
        ShellWords.text(["headwater"] + CommandLine.arguments.dropFirst())
    }

    /// The sessions of all plans; every manifest is read before the first of them is played.
    private func play(_ plans: [BenchmarkPlan]) async throws -> [SessionResult] {
        let logger = common.logger("bench")
        return try await PlaybackHTTPClient.withClient { httpClient in
            let loader = ManifestLoader(httpClient: httpClient, logger: logger)
            var presentations: [Presentation] = []
            for plan in plans {
                presentations.append(try await loader.presentation(at: plan.url, edges: plan.baseURLs))
            }
            var sessions: [SessionResult] = []
            for (plan, presentation) in zip(plans, presentations) {
                sessions += try await play(plan, presentation, httpClient, logger)
            }
            return sessions
        }
    }

    private func play(
        _ plan: BenchmarkPlan, _ presentation: Presentation, _ httpClient: HTTPClient, _ logger: Logger
    ) async throws -> [SessionResult] {
        let count = plan.rules.count * plan.profiles.count
        var sessions: [SessionResult] = []
        if mode != .real {
            let sizes = try await SegmentSizesLoader(httpClient: httpClient, logger: logger).sizes(of: presentation)
            let progress = BenchProgress("simulated", of: count)
            sessions += try await SimulatedRuns(plan: plan, presentation: presentation, sizes: sizes)
                .run(progress: progress.update)
            progress.finish()
        }
        if mode != .simulate {
            let progress = BenchProgress("played", of: count * clients)
            sessions += try await RealRuns(plan: plan, presentation: presentation, logger: logger)
                .run(progress: progress.update)
            progress.finish()
        }
        return sessions
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

extension Utility: ExpressibleByArgument {}

/// A line on a terminal that counts sessions; nothing elsewhere.
private struct BenchProgress: Sendable {
    private let verb: String
    private let count: Int

    init(_ verb: String, of count: Int) {
        self.verb = verb
        self.count = count
        update(0)
    }

    func update(_ done: Int) {
        guard StandardStream.error.isTerminal else { return }
        StandardStream.error.write("\r\(verb) \(done) of \(count) sessions")
    }

    func finish() {
        if StandardStream.error.isTerminal { StandardStream.error.write("\r\u{1B}[K") }
    }
}

extension BenchmarkError: ExitStatusProviding {
    var systemExit: SystemExit { .unavailable }
}

extension SimulationError: ExitStatusProviding {
    var systemExit: SystemExit { .dataError }
}

extension SessionError: ExitStatusProviding {
    var systemExit: SystemExit { .dataError }
}
