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

/// `headwater play`: an adaptive client without a screen.
struct PlayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Plays a DASH presentation, or a file, over HTTP in real time, without showing it.",
        discussion: """
            Fetches segments as a player would, adapts the bit rate by a rule, checks that every segment is what the \
            manifest promises, and measures what a viewer would have seen. With --profile the way to the servers looks \
            like a slow network. The trace is one JSON object a line; Documentation/trace-schema.md lists what is in it.

            Examples:
              headwater play http://127.0.0.1:8081/manifests/film.mpd --rule bola-u --profile square --duration 30s
              headwater play --progressive http://127.0.0.1:8080/media/samples/film.mp4
            """)

    @Argument(help: ArgumentHelp("Manifest to play; with --progressive, an MP4 file.", valueName: "mpd-url"))
    var url: String

    @Flag(help: "Play one file while it arrives, without adaptation.")
    var progressive = false

    @Option(help: "What chooses the bit rate, perhaps with parameters; see headwater rules.")
    var rule = "bola-u"

    @Option(
        help: ArgumentHelp(
            "Bandwidth and latency on the way, a built-in profile or a file; see headwater profiles.",
            valueName: "name|file"))
    var profile: String?

    @Option(help: "Seed of a random profile that does not name one.")
    var seed: UInt64 = 1

    @Option(help: "Presentation time to begin at: 90s, 2m.")
    var startAt: PresentationTime?

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

    @Option(help: ArgumentHelp("File for the trace; replaced if it exists.", valueName: "file"))
    var trace: String?

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
    }

    func run() async throws {
        let rule = try RuleArgument.rule(rule)
        let profile = try profile.map { try ProfileCatalogue.profile(named: $0, seed: seed) }
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
        let reporting = cmcd.map { transmission in
            // The manifest names the content alike in every session; there is room for 64 characters.
            ClientReporting(transmission: transmission, sessionID: UUID().uuidString, contentID: String(url.suffix(64)))
        }
        let presentation = try await ManifestLoader(
            httpClient: httpClient, transport: transport, reporting: reporting, logger: logger
        )
        .presentation(at: url, edges: baseURL)
        let configuration = SessionConfiguration(
            rule: rule, startAt: startAt?.seconds ?? 0, duration: duration?.seconds, maxBuffer: maxBuffer.seconds,
            startupThreshold: startup?.seconds)
        let urls = presentation.periods.joined().flatMap(\.tracks).flatMap(\.baseURLs)
        return try await shaped(by: profile, urls) { authorityMap in
            try await Player(
                presentation: presentation, url: url, configuration: configuration, profile: profile?.name,
                seed: profile == nil ? nil : seed, authorityMap: authorityMap, httpClient: httpClient,
                transport: transport, reporting: reporting, logger: logger
            ).run(onTrace: recording.trace, onStatus: recording.status)
        }
    }

    private func playFile(
        _ httpClient: HTTPClient, _ transport: Transport, _ profile: BandwidthProfile?, _ recording: PlayRecording
    ) async throws -> PlayerResult {
        try await shaped(by: profile, [url]) { authorityMap in
            try await ProgressivePlayer(
                url: url, threshold: startup?.seconds ?? 2, duration: duration?.seconds, profile: profile?.name,
                seed: profile == nil ? nil : seed, authorityMap: authorityMap, httpClient: httpClient,
                transport: transport, logger: common.logger("play")
            ).run(onTrace: recording.trace, onStatus: recording.status)
        }
    }

    /// Runs `body` with the servers of `urls` behind a link that `profile` shapes, when there is one.
    private func shaped(
        by profile: BandwidthProfile?, _ urls: [String], body: (AuthorityMap) async throws -> PlayerResult
    ) async throws -> PlayerResult {
        guard let profile else { return try await body([:]) }
        if let url = urls.first(where: { URIReference($0).scheme?.lowercased() != "http" }) {
            throw CommandError(.usage, "--profile shapes plain http only; \(url) is not")
        }
        return try await AccessLink(profile: profile, logger: common.logger("link"))
            .connecting(urls: urls, body: body)
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
