import Adaptation
import Logging
import NetworkEmulation
import Player
import Presentation
import QoE
import Simulator
import Synchronization
import Testing

@testable import Benchmark

private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("Runs over HTTP")
struct RealRunsTests {
    @Test("have every client of a cell, each with a trace of its own")
    func clients() async throws {
        let media = try SyntheticMedia(bitRates: [200_000], count: 2, minBufferTime: 0.5)
        let sessions = try await MediaServer.withServer(media.files) { server in
            let plan = BenchmarkPlan(
                url: server.url + "manifest.mpd", rules: [try RuleSpecification("fixed")],
                profiles: [profile((60, 4000, 0))], clients: 3, stagger: 0)
            return try await RealRuns(plan: plan, presentation: media.presentation(at: server.url), logger: logger)
                .all()
        }
        #expect(sessions.map(\.client) == [1, 2, 3])
        for session in sessions {
            #expect(session.mode == .real && session.summary.outcome == "completed")
            #expect(session.choices.map(\.fetched) == ["a0", "a0"])
            guard case .session(let head)? = session.trace.first else {
                Issue.record("a trace has no head")
                continue
            }
            #expect(!head.simulated)
        }
    }

    @Test("do not start when a server cannot be shaped")
    func unshapable() async throws {
        let plan = BenchmarkPlan(
            url: "ftp://h/film.mpd", rules: [try RuleSpecification("fixed")], profiles: [profile((60, 4000, 0))])
        await #expect(throws: BenchmarkError.self) {
            try await RealRuns(plan: plan, presentation: anyPresentation(base: "ftp://h/media/"), logger: logger)
                .all()
        }
    }
}

/// What a logger was told.
private final class Messages: Sendable {
    private let told = Mutex<[String]>([])

    var all: [String] { told.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(messages: self) } }

    private struct Handler: LogHandler {
        let messages: Messages
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            messages.told.withLock { $0.append("\(event.message)") }
        }
    }
}

@Suite("Sizes of segments")
struct SegmentSizesLoaderTests {
    private func sizes(
        of media: SyntheticMedia, files: [String: [UInt8]], headers: [(String, String)] = [], deadBase: String? = nil,
        logger: Logger = logger, change: (inout Track) -> Void = { _ in }
    ) async throws -> SegmentSizes {
        try await MediaServer.withServer(files, headers: headers) { server in
            var presentation = media.presentation(at: server.url)
            if let deadBase {
                for track in presentation.switchingSets[0].tracks.indices {
                    presentation.switchingSets[0].tracks[track].baseURLs.insert(deadBase, at: 0)
                }
            }
            for track in presentation.switchingSets[0].tracks.indices {
                change(&presentation.switchingSets[0].tracks[track])
            }
            let located = presentation
            return try await PlaybackHTTPClient.withClient {
                try await SegmentSizesLoader(httpClient: $0, logger: logger).sizes(of: located)
            }
        }
    }

    private func media() throws -> SyntheticMedia {
        try SyntheticMedia(bitRates: [100_000, 300_000], count: 20, minBufferTime: 1)
    }

    @Test("come from segments.json where there is one")
    func sidecar() async throws {
        let media = try media()
        // The media themselves are not there to be asked for.
        let found = try await sizes(of: media, files: media.files.filter { $0.key == "segments.json" })
        let index = try #require(media.files["a1/7.m4s"])
        let expected = try SegmentSizes(of: media.presentation, initializationBytes: 0)
        #expect(found != expected, "the sizes of initialization segments are known too")
        #expect(media.presentation.switchingSets[0].tracks[1].segments[6].bytes == index.count)
    }

    @Test("are asked for with HEAD where there is none, or one that is no JSON", arguments: [nil, "<html>"])
    func asking(sidecar: String?) async throws {
        let media = try media()
        var files = media.files
        files["segments.json"] = sidecar.map { Array($0.utf8) }
        let found = try await sizes(of: media, files: files)
        let initializations = ["a0", "a1"].compactMap { media.files["\($0)/init.mp4"]?.count }
        #expect(Set(initializations).count == 1, "both have the same description")
        #expect(found == (try SegmentSizes(of: media.presentation, initializationBytes: initializations[0])))
    }

    @Test("come from byte ranges and indices where the manifest has them, and then nobody is asked, nor told of asking")
    func ranges() async throws {
        let media = try media()
        let messages = Messages()
        // There are no files to be asked about.
        let found = try await sizes(of: media, files: [:], logger: messages.logger) { track in
            track.initialization = MediaResource(path: "all.mp4", byteRange: 0...776)
            for index in track.segments.indices {
                if index == 0 {
                    track.segments[index].bytes = 5
                } else {
                    track.segments[index].resource = MediaResource(path: "all.mp4", byteRange: 100...199)
                }
            }
        }
        var expected = media.presentation
        for track in expected.switchingSets[0].tracks.indices {
            for segment in expected.switchingSets[0].tracks[track].segments.indices {
                expected.switchingSets[0].tracks[track].segments[segment].bytes = segment == 0 ? 5 : 100
            }
        }
        #expect(found == (try SegmentSizes(of: expected, initializationBytes: 777)))
        #expect(messages.all == [])
        // Without an initialization segment nothing is fetched for it; what is asked for is announced.
        let whole = try await sizes(
            of: media, files: media.files.filter { $0.key != "segments.json" }, logger: messages.logger
        ) {
            $0.initialization = nil
        }
        #expect(whole == (try SegmentSizes(of: media.presentation, initializationBytes: 0)))
        #expect(messages.all == ["no segments.json beside the media; asking for the size of each segment"])
    }

    @Test("come from the next location when the first is dead")
    func failOver() async throws {
        let media = try media()
        // Port 1 of loopback: nothing listens there, and nothing that a user starts may.
        let found = try await sizes(of: media, files: media.files, deadBase: "http://127.0.0.1:1/")
        #expect(found == (try await sizes(of: media, files: media.files)))
    }

    @Test("end in one clear error when a segment is missing")
    func missing() async throws {
        let media = try media()
        let files = media.files.filter { $0.key != "segments.json" && $0.key != "a1/13.m4s" }
        let error = await #expect(throws: BenchmarkError.self) { try await sizes(of: media, files: files) }
        #expect(error?.description.contains("a1/13.m4s") == true)
        #expect(error?.description.contains("404") == true)
    }

    @Test("are refused when a server makes them up", arguments: ["9223372036854775807", "1099511627777"])
    func impossible(length: String) async throws {
        let media = try media()
        let files = media.files.filter { $0.key != "segments.json" }
        await #expect(throws: (any Error).self) {
            try await sizes(of: media, files: files, headers: [("Content-Length", length)])
        }
    }
}
