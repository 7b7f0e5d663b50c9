import Adaptation
import ArgumentParser
import AsyncHTTPClient
import Benchmark
import Client
import Foundation
import Logging
import NetworkEmulation
import Player

/// `headwater play`: an adaptive client without a screen.
struct PlayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Plays a DASH presentation, or a file, over HTTP in real time, without showing it.",
        discussion: """
            Fetches segments as a player would, adapts the bit rate by a rule, checks that every segment is what the \
            manifest promises, and measures what a viewer would have seen. With --profile the way to the servers looks \
            like a slow network. The trace is one JSON object a line; Documentation/trace-schema.md lists what is in it.

            --clients N plays N sessions at once, as separate viewers would, over one link: it tells how fairly they share \
            it, and how a server holds out; see Documentation/load.md.

            Examples:
              headwater play http://127.0.0.1:8081/manifests/film.mpd --rule bola-u --profile square --duration 30s
              headwater play --progressive http://127.0.0.1:8080/media/samples/film.mp4
              headwater play http://127.0.0.1:8081/manifests/film.mpd --clients 1000 --duration 60s --report reports/load
            """)

    @Argument(help: ArgumentHelp("Manifest to play; with --progressive, an MP4 file.", valueName: "mpd-url"))
    var url: String

    @Flag(help: "Play one file while it arrives, without adaptation.")
    var progressive = false

    @Option(help: "What chooses the bit rate, perhaps with parameters; see headwater rules.")
    var rule = "bola-u"

    @Option(
        help: ArgumentHelp(
            "What makes a version worth more than another: log, bitrate, or quality as `ingest --quality` measured it "
                + "(default: what each rule's paper has).", valueName: "log|bitrate|quality"))
    var utility: Utility?

    @Option(
        help: ArgumentHelp(
            "Bandwidth and latency on the way, a built-in profile or a file; see headwater profiles.",
            valueName: "name|file"))
    var profile: String?

    @Option(help: "Seed of a random profile that does not name one.")
    var seed: UInt64 = 1

    @Option(help: "Presentation time to begin at: 90s, 2m.")
    var startAt: TimeOffset?

    @Option(help: "Play no more than this much: 20s, 1500ms, 2m.")
    var duration: TimeLength?

    @Option(help: "Media to buffer at most.")
    var maxBuffer = TimeLength(seconds: 30)

    @Option(help: "Media to buffer before playback starts (default: what the manifest says; 2s with --progressive).")
    var startup: TimeLength?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Further servers of the same files, to fail over to.", valueName: "url"))
    var baseURL: [String] = []

    @Option(
        help: ArgumentHelp(
            "Tell servers what the player needs and has (CMCD, CTA-5004), by header fields or a query argument.",
            valueName: "header|query"))
    var cmcd: CommonMediaClientData.Transmission?

    @OptionGroup var transport: TransportOptions

    @Option(help: "Sessions at once, each with connections of its own; all share the link of --profile.")
    var clients: Int?

    @Option(
        help: ArgumentHelp(
            "From one session's start to the next: 20ms, 0s (with --clients; default: spread over one segment).",
            valueName: "time"))
    var stagger: TimeOffset?

    @Option(
        help: ArgumentHelp(
            "File for the trace, replaced if it exists; with --clients a folder with a trace for each.",
            valueName: "file|dir"))
    var trace: String?

    @Option(help: ArgumentHelp("Folder for a report of all sessions (with --clients).", valueName: "dir"))
    var report: String?

    @Flag(help: "Print the result as one JSON document on standard output.")
    var json = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !progressive || startAt == nil else {
            throw ValidationError("--start-at is for manifests; a progressive file plays from its beginning")
        }
        guard !progressive || cmcd == nil else {
            throw ValidationError("--cmcd is for manifests; a progressive file is one request")
        }
        guard !progressive || baseURL.isEmpty else {
            throw ValidationError("--base-url is for manifests; a progressive file has one location")
        }
        guard !progressive || clients == nil else { throw ValidationError("--clients is for manifests") }
        guard clients != nil || stagger == nil && report == nil else {
            throw ValidationError("--stagger and --report go with --clients")
        }
        guard (1...Self.clientLimit).contains(clients ?? 1) else {
            throw ValidationError("--clients must be from 1 to \(Self.clientLimit)")
        }
    }

    /// More sessions than one process could serve with connections.
    private static let clientLimit = 10_000

    func run() async throws {
        let rule = try RuleArgument.rule(rule)
        let profile = try profile.map { try ProfileCatalogue.profile(named: $0, seed: seed) }
        if let clients { return try await play(clients, rule, profile) }
        let file = try trace.map { try TraceFile($0) }
        let transport = try transport.transport()
        let display = PlayDisplay()
        let recording = PlayRecording(file: file, display: display)
        let (result, signal) = try await Interruption.catching {
            try await PlaybackHTTPClient.withClient(transport) { httpClient in
                defer { display.finish() }
                if progressive {
                    return try await playFile(httpClient, transport, profile, recording)
                }
                return try await playPresentation(httpClient, transport, rule, profile, recording)
            }
        }
        try file?.close()
        // The rule has no say in a file.
        let report = PlayReport(
            url: url, rule: progressive ? nil : rule.description, profile: profile?.name, result: result,
            cache: recording.cache)
        try StandardStream.output.writeResult(json ? report.json() : report.text)
        if let failure = report.failure { throw failure }
        if let signal { throw Interruption.exitCode(signal) }
    }

    private func playPresentation(
        _ httpClient: HTTPClient, _ transport: Transport, _ rule: RuleSpecification, _ profile: BandwidthProfile?,
        _ recording: PlayRecording
    ) async throws -> PlayerResult {
        let logger = common.logger("play")
        let reporting = cmcd.map { ClientReporting($0, of: url) }
        let presentation = try await ManifestLoader(
            httpClient: httpClient, transport: transport, reporting: reporting, logger: logger
        )
        .presentation(at: url, edges: baseURL)
        let session = configuration(rule)
        func play(_ authorityMap: AuthorityMap, _ httpClient: HTTPClient) async throws -> PlayerResult {
            try await Player(
                presentation: presentation, url: url, configuration: session, profile: profile?.name,
                seed: profile == nil ? nil : seed, authorityMap: authorityMap, httpClient: httpClient,
                transport: transport, reporting: reporting, logger: logger
            ).run(onTrace: recording.trace, onStatus: recording.status)
        }
        guard let profile else { return try await play([:], httpClient) }
        return try await AccessLink(profile: profile, logger: common.logger("link"))
            .connecting(presentation) { try await shaped(by: $0, httpClient, transport, body: play) }
    }

    /// How a session plays.
    func configuration(_ rule: RuleSpecification) -> SessionConfiguration {
        SessionConfiguration(
            rule: rule, utility: utility, startAt: startAt?.seconds ?? 0, duration: duration?.seconds,
            maxBuffer: maxBuffer.seconds,
            startupThreshold: startup?.seconds)
    }

    private func playFile(
        _ httpClient: HTTPClient, _ transport: Transport, _ profile: BandwidthProfile?, _ recording: PlayRecording
    ) async throws -> PlayerResult {
        func play(_ authorityMap: AuthorityMap, _ httpClient: HTTPClient) async throws -> PlayerResult {
            try await ProgressivePlayer(
                url: url, threshold: startup?.seconds ?? 2, duration: duration?.seconds, profile: profile?.name,
                seed: profile == nil ? nil : seed, authorityMap: authorityMap, httpClient: httpClient,
                transport: transport, logger: common.logger("play")
            ).run(onTrace: recording.trace, onStatus: recording.status)
        }
        guard let profile else { return try await play([:], httpClient) }
        return try await AccessLink(profile: profile, logger: common.logger("link"))
            .connecting(urls: [url]) { try await shaped(by: $0, httpClient, transport, body: play) }
    }

    /// Runs `body` with an HTTP client that finds the hosts of `authorityMap`: `httpClient`, where there are none.
    private func shaped(
        by authorityMap: AuthorityMap, _ httpClient: HTTPClient, _ transport: Transport,
        body: (AuthorityMap, HTTPClient) async throws -> PlayerResult
    ) async throws -> PlayerResult {
        guard !authorityMap.hosts.isEmpty else { return try await body(authorityMap, httpClient) }
        return try await PlaybackHTTPClient.withClient(transport, connecting: authorityMap.hosts) {
            try await body(authorityMap, $0)
        }
    }
}

extension PlayerError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .invalidURL: .usage
        case .unreachable, .refused: .unavailable
        case .notFound: .noInput
        case .unusable: .dataError
        }
    }
}
