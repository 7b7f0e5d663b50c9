import Adaptation
import ArgumentParser
import Benchmark
import Client
import Foundation
import Logging
import NetworkEmulation
import Player
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

            Example:
              headwater bench http://127.0.0.1:8081/manifests/film.mpd --rules all --profiles step-down,4g:seed=7 \
            --simulate --report reports/film
            """)

    @Argument(help: ArgumentHelp("Manifests to play.", valueName: "mpd-url"))
    var urls: [String]

    @Option(help: "Rules, separated by commas, or all; see `headwater rules`.")
    var rules = "all"

    @Option(help: "Bandwidth profiles, names or files, separated by commas, or all; see `headwater profiles`.")
    var profiles = "all"

    @Flag(help: "Virtual time (the default), real HTTP, or both.")
    var mode = Mode.simulate

    @Option(help: "Sessions in each cell of the matrix, which share one link (with --real).")
    var clients = 1

    @Option(help: "Play no further than this presentation time: 30s, 2m.")
    var duration: TimeLength?

    @Option(help: "Media that a client may buffer.")
    var maxBuffer = TimeLength(seconds: 30)

    @Option(help: "Seed of random profiles that do not name one.")
    var seed: UInt64 = 1

    @Option(parsing: .upToNextOption, help: "Further servers of the same files, to fail over to (with --real).")
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

    func validate() throws {
        guard !urls.isEmpty else { throw ValidationError("name at least one manifest") }
        guard (1...1000).contains(clients) else { throw ValidationError("--clients must be from 1 to 1000") }
        guard clients == 1 || mode == .real else {
            throw ValidationError("--clients works with --real: in virtual time each session has a link of its own")
        }
    }

    func run() async throws {
        let rules = try RuleSpecification.list(rules)
        let profiles = try ProfileCatalogue.list(profiles, seed: seed)
        var sessions: [SessionResult] = []
        for url in urls {
            let plan = BenchmarkPlan(
                url: url, rules: rules, profiles: profiles, clients: clients, duration: duration?.seconds,
                maxBuffer: maxBuffer.seconds, seed: seed, baseURLs: baseURL)
            sessions += try await results(of: plan)
        }
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
    }

    /// The command as it was given, without the program's folder: it stands in the report.
    private static var commandLine: String {
        ShellWords.text(["headwater"] + CommandLine.arguments.dropFirst())
    }

    private func results(of plan: BenchmarkPlan) async throws -> [SessionResult] {
        let logger = common.logger("bench")
        return try await PlaybackHTTPClient.withClient { httpClient in
            let presentation = try await ManifestLoader(httpClient: httpClient, logger: logger)
                .presentation(at: plan.url, edges: plan.baseURLs)
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
}

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
