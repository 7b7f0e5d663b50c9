import Foundation
import QoE
import Testing

@Suite("Replacement from end to end")
struct ReplacementTests {
    /// Fetches the lowest version, and then the first buffered segment that is in it again in the next one.
    private static let program = #"""
        #!/bin/sh
        while read -r line; do
            case "$line" in
                *'"type":"session"'*) echo '{"replaces": true}' ;;
                *'"type":"replacement"'*)
                    segment=$(echo "$line" | sed -n 's/.*"buffered":\[{"duration":[0-9.]*,"index":0,"lead":[0-9.]*,"segment":\([0-9]*\)}.*/\1/p')
                    if [ -n "$segment" ]; then echo "{\"replace\": $segment, \"index\": 1}"; else echo '{}'; fi ;;
                *) echo '{"index": 0}' ;;
            esac
        done
        """#

    @Test("A program has a segment replaced over HTTP and in virtual time, and what is shown is what counts")
    func replaces() async throws {
        let library = try await SampleLibrary.path()
        try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
            try await withTemporaryDirectory { folder in
                let program = "\(folder)/rule.sh"
                try Data(Self.program.utf8).write(to: URL(filePath: program))
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
                let report = "\(folder)/report"
                let output = try await headwater(
                    "bench", "\(server.url)/manifests/clip.mpd", "--both", "--rules", "exec:\(program)", "--profiles",
                    "constant:bandwidth=20000", "--report", report, "--json")
                try #require(output.status == 0, "\(output.standardError)")
                let traces = try FileManager.default.contentsOfDirectory(atPath: "\(report)/traces").sorted()
                #expect(traces.count == 2)
                for trace in traces {
                    let path = "\(report)/traces/\(trace)"
                    let events = try TraceEvent.events(inLines: String(contentsOfFile: path, encoding: .utf8), of: path)
                    // Of three segments of two seconds the last one starts far enough ahead.
                    let requests = events.compactMap { if case .request(let request) = $0 { request } else { nil } }
                    let replacing = requests.filter { $0.replaces != nil }
                    #expect(replacing.map(\.segment) == [3] && replacing.map(\.outcome) == ["complete"], "\(trace)")
                    #expect(Viewing(of: events).segments.map(\.track) == ["v240", "v240", "v360"], "\(trace)")
                    let summary = PlaybackSummary(of: events)
                    #expect(summary.switchCount == 1 && summary.segmentCount == 3)
                    let replaced = requests.first { $0.track == "v240" && $0.segment == 3 }
                    #expect(summary.wastedBytes == replaced?.bytes)
                }
            }
        }
    }
}
