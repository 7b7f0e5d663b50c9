import Foundation
import NIOHTTP1
import PlaybackTestSupport
import QoE
import Subprocess
import SystemPackage
import Testing

/// What `headwater play --clients N --json` prints, as far as tests look at it.
private struct LoadDocument: Decodable {
    struct Outcomes: Decodable {
        var completed: Int
        var failed: Int
        var stopped: Int
        var notBegun: Int
    }
    struct Times: Decodable {
        var count: Int
        var p50: Double
        var p99: Double
        var maximum: Double
    }
    struct Requests: Decodable {
        var count: Int
        var failed: Int
        var segmentTime: Times?
        var timeToFirstByte: Times?
    }
    struct Session: Decodable {
        var client: Int
        var summary: PlaybackSummary
        var error: String?
    }

    var clients: Int
    var outcomes: Outcomes
    var sharing: LinkSharing
    var requests: Requests
    var bytes: Int
    var sessions: [Session]

    init(_ output: CommandOutput) throws {
        self = try JSONDecoder().decode(LoadDocument.self, from: Data(output.standardOutput.utf8))
    }
}

@Suite("headwater play --clients")
struct LoadTests {
    private func withManifest(_ body: @Sendable (String) async throws -> Void) async throws {
        let library = try await SampleLibrary.path()
        try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
            try await body(server.url + "/manifests/clip.mpd")
        }
    }

    @Test("Eight viewers share a link, and their traces tell what the results say")
    func shared() async throws {
        try await withManifest { mpd in
            try await withTemporaryDirectory { folder in
                let output = try await headwater(
                    "play", mpd, "--clients", "8", "--profile", "constant:bandwidth=8000", "--rule", "throughput",
                    "--duration", "4s", "--trace", folder + "/traces", "--report", folder + "/report", "--json")
                #expect(output.status == 0, "\(output.standardError)")
                let document = try LoadDocument(output)
                #expect(document.clients == 8 && document.outcomes.completed == 8)
                let fairness = try #require(document.sharing.bitRateFairness)
                #expect(fairness > 0 && fairness <= 1)
                #expect(document.sharing.utilisation ?? 0 < 1.1)
                let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/traces").sorted()
                #expect(names == (1...8).map { "client-\($0).jsonl" })
                var (requests, segments) = (0, 0)
                for (name, session) in zip(names, document.sessions) {
                    let text = try String(contentsOfFile: folder + "/traces/" + name, encoding: .utf8)
                    let trace = try TraceEvent.events(inLines: text, of: name)
                    #expect(PlaybackSummary(of: trace) == session.summary)
                    for case .request(let request) in trace {
                        requests += 1
                        if request.segment != nil, request.outcome == RequestRecord.complete { segments += 1 }
                    }
                }
                #expect(document.requests.count == requests && document.requests.failed == 0)
                #expect(document.requests.segmentTime?.count == segments)
                #expect(document.requests.timeToFirstByte?.count == segments)
                let page = try String(contentsOfFile: folder + "/report/index.html", encoding: .utf8)
                #expect(page.contains("8 clients at once"))
                let saved = try Data(contentsOf: URL(filePath: folder + "/report/results.json"))
                #expect(saved == Data(output.standardOutput.utf8))
            }
        }
    }

    @Test("Viewers whose segments are gone fail, and the exit code says so")
    func failures() async throws {
        let library = try await SampleLibrary.path()
        try await withTemporaryDirectory { copy in
            try FileManager.default.createDirectory(atPath: copy + "/media", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: library + "/manifests", toPath: copy + "/manifests")
            try await withServer(["origin", "--library", copy, "--listen", "127.0.0.1:0"]) { server in
                let output = try await headwater("play", server.url + "/manifests/clip.mpd", "--clients", "3")
                #expect(output.status == 69)
                #expect(output.standardOutput.contains("sessions failed"))
                #expect(output.standardError.contains("3 of 3 sessions failed: "), "\(output.standardError)")
            }
        }
    }

    @Test(
        "Over https the certificate is that of the host in the URL, though a link is in between",
        arguments: [true, false])
    func secure(isTrusted: Bool) async throws {
        let library = try await SampleLibrary.path()
        // A certificate for another host is none for this one.
        let identity = try SelfSignedCertificate(host: isTrusted ? "localhost" : "other.example")
        try await withTemporaryDirectory { folder in
            let authority = folder + "/ca.pem"
            try identity.pem.write(toFile: authority, atomically: true, encoding: .utf8)
            try await SecureServer.run(identity) { head in
                FileManager.default.contents(atPath: library + head.uri).map { Array($0) }
            } body: { address in
                let port = address.split(separator: ":").last ?? ""
                let mpd = "https://localhost:\(port)/manifests/clip.mpd"
                let shaped = ["--ca", authority, "--profile", "constant:bandwidth=20000", "--duration", "2s", "--json"]
                for clients in [[], ["--clients", "2"]] {
                    let output = try await command(headwaterExecutable, ["play", mpd] + shaped + clients)
                    #expect(output.status == (isTrusted ? 0 : 69), "\(output.standardError)")
                    #expect(isTrusted || output.standardError.contains("certificate is not trusted"))
                }
                guard isTrusted else { return }
                let bench = try await command(
                    headwaterExecutable,
                    [
                        "bench", mpd, "--real", "--ca", authority, "--rules", "fixed", "--profiles",
                        "constant:bandwidth=20000", "--duration", "2s", "--http", "2", "--json",
                    ])
                #expect(bench.status == 0, "\(bench.standardError)")
                #expect(bench.standardOutput.contains("\"completed\""))
            }
        }
    }

    @Test("Ctrl-C ends a run in order, with what was measured until then")
    func interrupted() async throws {
        try await withManifest { mpd in
            let arguments = ["play", mpd, "--clients", "3", "--stagger", "1h", "--json"]
            let outcome = try await run(
                .path(.init(headwaterExecutable)), arguments: Arguments(arguments), input: .none, output: .sequence,
                error: .sequence
            ) { execution in
                // The first line about the state comes while the first session plays, or has played.
                var messages = execution.standardError.strings().makeAsyncIterator()
                _ = try await messages.next()
                try execution.send(signal: .interrupt)
                while try await messages.next() != nil {}
                var text = ""
                for try await line in execution.standardOutput.strings() { text += line + "\n" }
                return text
            }
            #expect(outcome.terminationStatus.code == 130)
            let document = try LoadDocument(
                CommandOutput(status: 130, standardOutput: outcome.closureResult, standardError: ""))
            #expect(document.outcomes.completed + document.outcomes.stopped == 1)
            #expect(document.outcomes.notBegun == 2 && document.outcomes.failed == 0)
        }
    }

    @Test(
        "Options that make no sense end before any work",
        arguments: [
            (["--clients", "0"], 64, "--clients"), (["--clients", "10001"], 64, "--clients"),
            (["--stagger", "1s"], 64, "--clients"), (["--report", "x"], 64, "--clients"),
            (["--progressive", "--clients", "2"], 64, "--clients"),
            (["--clients", "2", "--trace", "/dev/null/x"], 73, "/dev/null/x"),
            (["--clients", "2", "--report", "/dev/null/x"], 73, "/dev/null/x"),
            (["--clients", "2"], 69, "connection refused"),
        ] as [([String], Int32, String)])
    func refusals(options: [String], status: Int32, text: String) async throws {
        let output = try await command(headwaterExecutable, ["play", "http://127.0.0.1:1/x.mpd"] + options)
        #expect(output.status == status)
        #expect(output.standardError.contains(text), "\(output.standardError)")
        #expect(output.standardOutput.isEmpty)
    }
}
