import Foundation
import Testing

@Suite("headwater bench")
struct BenchCommandTests {
    private static let matrix = ["--rules", "fixed,bola-u", "--profiles", "square,3g", "--seeds", "2"]

    private func withManifest(_ body: @Sendable (String) async throws -> Void) async throws {
        let library = try await SampleLibrary.path()
        try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
            try await body(server.url + "/manifests/clip.mpd")
        }
    }

    private func bench(_ arguments: [String]) async throws -> CommandOutput {
        try await command(headwaterExecutable, ["bench"] + arguments)
    }

    /// Every file under `folder` with its content, by its path there.
    private func files(in folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            files[path] = FileManager.default.contents(atPath: folder + "/" + path)
        }
        return files
    }

    @Test("A run that was killed goes on where it stopped, and leaves the same bytes as one that was not")
    func resumes() async throws {
        try await withManifest { mpd in
            try await withTemporaryDirectory { folder in
                let arguments = [mpd, "--report", folder + "/report", "--baseline", "bola-u"] + Self.matrix
                let whole = try await bench(arguments)
                #expect(whole.status == 0, "\(whole.standardError)")
                let expected = try files(in: folder + "/report")
                let results = String(decoding: try #require(expected["results.csv"]), as: UTF8.self)
                let lines = results.components(separatedBy: "\r\n")
                #expect(lines.count == 8, "a header, three traces with two rules, and nothing")
                #expect(expected.keys.count { $0.hasPrefix("traces/") } == 6)
                // As a kill leaves it: three sessions, half a line, a trace without a line, and no page.
                let left = lines[0...3].joined(separator: "\r\n") + "\r\n" + lines[4].prefix(30)
                try Data(left.utf8).write(to: URL(filePath: folder + "/report/results.csv"))
                for name in ["index.html", "results.json"] {
                    try FileManager.default.removeItem(atPath: folder + "/report/" + name)
                }
                let traces = expected.keys.filter { $0.hasPrefix("traces/") && $0.contains("3g-seed=2") }
                for name in traces { try FileManager.default.removeItem(atPath: folder + "/report/" + name) }
                let resumed = try await bench(arguments + ["--resume"])
                #expect(resumed.status == 0, "\(resumed.standardError)")
                #expect(resumed.standardOutput == whole.standardOutput)
                #expect(try files(in: folder + "/report") == expected)
                // Nothing is left to do.
                #expect(try await bench(arguments + ["--resume"]).standardOutput == whole.standardOutput)
                #expect(try files(in: folder + "/report") == expected)
            }
        }
    }

    @Test("Clients share a link in virtual time, alike or by weight, and a run that stopped among them goes on")
    func shares() async throws {
        try await withManifest { mpd in
            try await withTemporaryDirectory { folder in
                func arguments(_ weights: String, _ name: String) -> [String] {
                    [
                        mpd, "--rules", "bola-u", "--profiles", "square,3g", "--clients", "3", "--stagger", "100ms",
                        "--weights", weights, "--slow-start", "--report", folder + "/" + name,
                    ]
                }
                func fairness(_ name: String) throws -> [Double] {
                    struct Results: Decodable {
                        struct Link: Decodable {
                            struct Sharing: Decodable {
                                var throughputFairness: Double
                                var utilisation: Double
                            }
                            var sharing: Sharing
                        }
                        var sharedLinks: [Link]
                    }
                    let data = try #require(FileManager.default.contents(atPath: folder + "/\(name)/results.json"))
                    let links = try JSONDecoder().decode(Results.self, from: data).sharedLinks
                    #expect(links.allSatisfy { $0.sharing.utilisation > 0 && $0.sharing.utilisation < 1.5 })
                    return links.map(\.sharing.throughputFairness)
                }
                let alike = try await bench(arguments("1", "alike"))
                #expect(alike.status == 0, "\(alike.standardError)")
                #expect(alike.standardOutput.contains("How clients shared their link"))
                let weighted = try await bench(arguments("40,1", "weighted"))
                #expect(weighted.status == 0)
                let pairs = zip(try fairness("alike"), try fairness("weighted"))
                #expect(pairs.allSatisfy { $0 > $1 })
                // One cell and a client of the next are left.
                let expected = try files(in: folder + "/weighted")
                let results = String(decoding: try #require(expected["results.csv"]), as: UTF8.self)
                let left = results.components(separatedBy: "\r\n")[0...4].joined(separator: "\r\n") + "\r\n"
                try Data(left.utf8).write(to: URL(filePath: folder + "/weighted/results.csv"))
                let resumed = try await bench(arguments("40,1", "weighted") + ["--resume"])
                #expect(resumed.status == 0, "\(resumed.standardError)")
                #expect(try files(in: folder + "/weighted") == expected)
                #expect(try await bench([mpd, "--weights", "2,1"]).status == 64)
                #expect(try await bench([mpd, "--weights", "0", "--clients", "2"]).status == 64)
                #expect(try await bench([mpd, "--weights", "1", "--clients", "2", "--real"]).status == 64)
            }
        }
    }

    @Test("What is not a run of the same options is not gone on with")
    func refuses() async throws {
        try await withManifest { mpd in
            try await withTemporaryDirectory { folder in
                let report = folder + "/report"
                #expect(try await bench([mpd, "--resume"]).status == 64)
                #expect(try await bench([mpd, "--resume", "--report", report]).status == 66)
                let arguments = [mpd, "--report", report, "--rules", "fixed", "--profiles", "square"]
                #expect(try await bench(arguments).status == 0)
                let other = try await bench(arguments + ["--resume", "--max-buffer", "12"])
                #expect(other.status == 65)
                #expect(other.standardError.split(separator: "\n").count == 1)
                try Data("url,mode\r\n".utf8).write(to: URL(filePath: report + "/results.csv"))
                #expect(try await bench(arguments + ["--resume"]).status == 65)
            }
        }
    }

    @Test("A rule in a program of its own gives the same bytes in each run in virtual time")
    func externalRule() async throws {
        let rule = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Documentation/examples/buffer_rule.py").standardized.path(percentEncoded: false)
        try await withManifest { mpd in
            try await withTemporaryDirectory { folder in
                let report = folder + "/report"
                var runs: [[String: Data]] = []
                for _ in 0..<2 {
                    let output = try await bench([
                        mpd, "--simulate", "--rules", "exec:\(rule),bola-u", "--profiles", "square,3g", "--report",
                        report,
                    ])
                    #expect(output.status == 0 && output.standardError.isEmpty, "\(output.standardError)")
                    runs.append(try files(in: report))
                    try FileManager.default.removeItem(atPath: report)
                }
                #expect(runs[0] == runs[1])
                let traces = runs[0].filter { $0.key.hasPrefix("traces/") && $0.key.contains("buffer_rule") }
                #expect(traces.count == 2)
                // The program was asked, and did not only start.
                for trace in traces.values { #expect(String(decoding: trace, as: UTF8.self).contains(#""external""#)) }
            }
        }
    }

    @Test("Seeds and comparisons are in the one JSON document")
    func document() async throws {
        struct Document: Decodable {
            struct Row: Decodable {
                var profile: String
                var seed: UInt64
            }
            struct Entry: Decodable {
                var baseline: String
                var traces: Int
            }
            var sessions: [Row]
            var comparisons: [Entry]
        }
        try await withManifest { mpd in
            let output = try await bench([mpd, "--seed", "5", "--json"] + Self.matrix)
            #expect(output.status == 0, "\(output.standardError)")
            let document = try JSONDecoder().decode(Document.self, from: Data(output.standardOutput.utf8))
            #expect(
                document.sessions.map(\.profile) == ["square", "3g:seed=5", "3g:seed=6"].flatMap { [$0, $0] })
            #expect(document.sessions.map(\.seed) == [5, 5, 5, 5, 6, 6])
            #expect(document.comparisons.map(\.baseline) == ["fixed"] && document.comparisons.map(\.traces) == [3])
        }
    }

    @Test(
        "Options that make no sense end before any work",
        arguments: [["--seeds", "0"], ["--seed", "18446744073709551615", "--seeds", "2"], ["--baseline", "nobody"]])
    func usage(options: [String]) async throws {
        let output = try await bench(["http://127.0.0.1:1/film.mpd"] + options)
        #expect(output.status == 64)
        #expect(output.standardOutput.isEmpty)
    }
}
