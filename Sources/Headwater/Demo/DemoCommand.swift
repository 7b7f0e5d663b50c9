import ArgumentParser
import Benchmark
import Foundation
import NetworkEmulation
import QoE
import Report

/// `headwater demo`: the whole path of a video, on one machine, in a few minutes.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract:
            "Ingests a clip, serves it through an origin and two edges, plays and benchmarks it, writes a report.",
        discussion: """
            Every step prints the command that does it, so that it can be repeated by hand. All servers listen on free \
            ports of the loopback address and are stopped at the end.

            Example:
              headwater demo --source media/samples/demo.mp4 --report reports/demo
            """)

    @Option(help: "The clip to ingest; a minute or more.")
    var source = "media/samples/demo.mp4"

    @Option(help: "Folder with media/ and manifests/.")
    var library = "."

    @Option(help: ArgumentHelp("Folder for the report.", valueName: "dir"))
    var report = "reports/demo"

    @Option(help: "How long each real session lasts.")
    var duration = TimeLength(seconds: 30)

    @Option(help: "Viewers who watch at once, without edges and with them.")
    var viewers = 6

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (2...100).contains(viewers) else { throw ValidationError("--viewers must be from 2 to 100") }
    }

    func run() async throws {
        let folder = ReportFolder(report)
        let children = try ChildProcesses()
        step("Ingest: one file becomes several versions, cut into segments that line up")
        try await run(children, ["ingest", source, "--name", "demo", "--library", library])

        step("Serve: an origin, and two edges in front of it")
        try await withServer(children, ["origin", "--library", library]) { origin in
            try await withServer(children, ["edge", "--origin", origin.url]) { first in
                try await withServer(children, ["edge", "--origin", origin.url]) { second in
                    try await show(children, folder, origin: origin, edges: [first, second])
                }
            }
        }
        print("\nreport: \(report)/index.html")
    }

    private func show(
        _ children: ChildProcesses, _ folder: ReportFolder, origin: ChildServer, edges: [ChildServer]
    ) async throws {
        let mpd = edges[0].url + "/manifests/demo.mpd"
        let length = "\(Int(min(duration.seconds, 20)))s"
        step("Play: the client adapts while bandwidth falls and rises")
        let trace = report + "/traces/play.jsonl"
        try FileManager.default.createDirectory(atPath: report + "/traces", withIntermediateDirectories: true)
        try await run(
            children,
            [
                "play", mpd, "--base-url", edges[1].url, "--rule", "bola-u", "--profile", "fall-and-rise",
                "--duration", length, "--trace", trace,
            ])

        step("Benchmark in virtual time: all rules, five profiles")
        try await run(
            children,
            [
                "bench", mpd, "--simulate", "--rules", "all", "--profiles", "step-down,square,spike,outage,4g:seed=7",
                "--report", report + "/simulated",
            ])
        step("Benchmark over HTTP through an edge, beside virtual time: two rules, two profiles")
        try await run(
            children,
            [
                "bench", mpd, "--both", "--rules", "bola-u,throughput", "--profiles", "step-down,square",
                "--duration", "\(Int(duration.seconds))s", "--report", report + "/real",
            ])

        step("Edges: what \(viewers) viewers cost the origin without them and with them")
        let scene = DemoScene(viewers: viewers, duration: min(duration.seconds, 16), logger: common.logger("demo"))
        let load = try await scene.originLoad(direct: origin, edges: edges)
        print(TextTable(load.table).text())

        step("Failure: the origin is killed half-way")
        let failure = try await scene.originFailure(origin: origin, edge: edges[0])
        print(TextTable(failure.table).text())

        let page = DemoReport(
            play: try traceSession(at: trace), load: load, failure: failure, commandLine: "headwater demo")
        try folder.write(page.report.html(), as: "index.html")
    }

    /// The session that `headwater play` traced.
    private func traceSession(at path: String) throws -> SessionResult {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError(.software, "no trace was written to \(path)")
        }
        let events = try TraceEvent.events(inLines: String(decoding: data, as: UTF8.self), of: path)
        guard case .session(let head)? = events.first else {
            throw CommandError(.software, "\(path) holds no session")
        }
        return SessionResult(
            mode: .real, url: head.url, rule: head.rule ?? "",
            profile: try ProfileCatalogue.profile(named: "fall-and-rise"),
            client: 1, summary: PlaybackSummary(of: events), trace: events)
    }

    private func step(_ title: String) { print("\n── \(title)") }

    private func print(_ text: String) { StandardStream.output.writeLine(text) }

    private func run(_ children: ChildProcesses, _ arguments: [String]) async throws {
        print("$ headwater \(arguments.joined(separator: " "))")
        try await children.run(arguments)
    }

    /// Runs a server with an administration listener on free ports.
    private func withServer<Result: Sendable>(
        _ children: ChildProcesses, _ arguments: [String], body: @Sendable (ChildServer) async throws -> Result
    ) async throws -> Result {
        let arguments = arguments + ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        print("$ headwater \(arguments.joined(separator: " "))")
        return try await children.withServer(arguments) { server in
            print("  listening on \(server.url), admin on \(server.adminURL)")
            return try await body(server)
        }
    }
}

extension TraceError: ExitStatusProviding {
    var systemExit: SystemExit { .dataError }
}
