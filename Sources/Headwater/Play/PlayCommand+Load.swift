import Adaptation
import ArgumentParser
import Benchmark
import Client
import Foundation
import HTTP
import NetworkEmulation
import Player
import QoE
import Report

/// `headwater play --clients N`.
extension PlayCommand {
    /// Plays `clients` sessions at once and tells what they came to.
    func play(_ clients: Int, _ rule: RuleSpecification, _ profile: BandwidthProfile?) async throws {
        try Self.checkFiles(for: clients, isShaped: profile != nil, hasTraces: trace != nil)
        for folder in [trace, report].compactMap({ $0 }) { try ReportFolder.make(folder) }
        let transport = try transport.transport()
        let logger = common.logger("play")
        let plan = LoadPlan(
            url: url, clients: clients, stagger: stagger?.seconds, configuration: configuration(rule),
            profile: profile, seed: seed, reporting: cmcd)
        let display = LoadDisplay()
        let sink = trace.map { folder in { @Sendable client in try Self.sink(of: client, among: clients, in: folder) } }
        let (results, signal) = try await Interruption.catching {
            defer { display.finish() }
            let presentation = try await PlaybackHTTPClient.withClient(transport) { httpClient in
                try await ManifestLoader(
                    httpClient: httpClient, transport: transport, reporting: cmcd.map { ClientReporting($0, of: url) },
                    logger: logger
                )
                .presentation(at: url, edges: baseURL)
            }
            return try await LoadRun(plan: plan, presentation: presentation, transport: transport, logger: logger)
                .run(sink: sink, onStatus: display.show)
        }
        try write(results)
        if let signal { throw Interruption.exitCode(signal) }
        let failed = results.count("failed")
        if failed > 0 {
            let reason = results.failures.first?.reason ?? ""
            throw CommandError(.unavailable, "\(failed) of \(clients) sessions failed: \(reason)")
        }
    }

    private func write(_ results: LoadResults) throws {
        if let report {
            let folder = ReportFolder(report)
            try folder.write(results.json() + "\n", as: "results.json")
            let commandLine = ShellWords.text(["headwater"] + CommandLine.arguments.dropFirst())
            try folder.write(LoadReport(results, commandLine: commandLine).report.html(), as: "index.html")
        }
        guard !json else { return try StandardStream.output.writeResult(results.json() + "\n") }
        var text = TextTable(results.table).text() + "\n" + TextTable(results.latencyTable).text()
        if let report { text += "\nreport: \(report)/index.html\n" }
        try StandardStream.output.writeResult(text)
    }

    /// The file of a client's trace: `client-0042.jsonl`, with as many digits as the last one's number has.
    private static func sink(of client: Int, among clients: Int, in folder: String) throws -> TraceSink {
        let number = String(client)
        let name = String(repeating: "0", count: String(clients).count - number.count) + number
        let file = try TraceFile("\(folder)/client-\(name).jsonl")
        return TraceSink(write: { file.write($0) }, close: { try file.close() })
    }

    /// - Throws: ``CommandError`` when the process may not have as many files and sockets open as the clients need: two
    ///   connections each, and as each goes through the link, two further sockets for it.
    private static func checkFiles(for clients: Int, isShaped: Bool, hasTraces: Bool) throws(CommandError) {
        let needed = clients * ((isShaped ? 6 : 2) + (hasTraces ? 1 : 0))
        let available = FileDescriptors.available
        guard needed <= available else {
            throw CommandError(
                .osError,
                "\(clients) clients need \(needed) open files and sockets, the system allows \(available): raise the "
                    + "limit (ulimit -n), or play fewer")
        }
    }
}
