import Adaptation
import Client
import ISOBMFF
import Logging
import Presentation
import QoE
import Synchronization

@testable import Player

/// A presentation of one second in four segments, two versions of video and one of audio, with its files.
struct Fixture: Sendable {
    /// By path.
    var files: [String: [UInt8]] = [:]
    var presentation: Presentation

    /// - Parameter baseURLs: of the tracks; the files' paths begin with `/`, then the track.
    init(baseURLs: [String]) throws {
        var files: [String: [UInt8]] = [:]
        func track(_ id: String, _ kind: MediaKind, _ bandwidth: Int, priming: Int64, size: Int) throws -> Track {
            let media = try Self.mediaTrack(kind, priming: priming)
            let writer = CMAFWriter(track: media)
            files["/\(id)/init.mp4"] = writer.initializationSegment()
            // Video: 25 frames/s at 25 ticks a frame. Audio: 48 kHz; 12 frames of 1024 samples are 0.256 s.
            let frames = kind == .video ? [6, 6, 6, 7] : [12, 12, 12, 11]
            let ticks: Int64 = kind == .video ? 25 : 1024
            var segments: [Segment] = []
            var decodeTime: Int64 = 0
            for (index, count) in frames.enumerated() {
                let samples = (0..<count).map {
                    FragmentSample(size: size, duration: UInt32(ticks), isSync: kind == .audio || $0 == 0)
                }
                let path = "\(id)/\(index + 1).m4s"
                let bytes = writer.mediaSegment(
                    number: UInt32(index + 1), decodeTime: UInt64(decodeTime), samples: samples,
                    payload: [UInt8](repeating: UInt8(index), count: count * size))
                files["/" + path] = bytes
                let start = max(decodeTime - priming, 0)
                decodeTime += Int64(count) * ticks
                segments.append(
                    Segment(
                        number: index + 1, start: start, duration: decodeTime - priming - start,
                        resource: MediaResource(path: path)))
            }
            return Track(
                id: id, kind: kind, codecs: kind == .video ? "avc1.640028" : "mp4a.40.2", mimeType: "\(kind)/mp4",
                bandwidth: bandwidth,
                video: kind == .video
                    ? VideoFormat(
                        width: 1920, height: 1080, sampleAspectRatio: Rational(1, 1), frameRate: Rational(25, 1)) : nil,
                audio: kind == .audio ? AudioFormat(sampleRate: 48_000, channelCount: 2) : nil,
                timescale: media.timescale, initialization: MediaResource(path: "\(id)/init.mp4"),
                segments: segments, baseURLs: baseURLs)
        }
        let low = try track("low", .video, 400_000, priming: 0, size: 2000)
        let high = try track("high", .video, 800_000, priming: 0, size: 4000)
        let audio = try track("audio", .audio, 64_000, priming: 1024, size: 170)
        self.files = files
        presentation = Presentation(
            duration: 1, minBufferTime: 0.2,
            switchingSets: [
                SwitchingSet(kind: .video, tracks: [low, high]), SwitchingSet(kind: .audio, tracks: [audio]),
            ])
    }

    /// The file at `path`, where segments may be numbered as in manifests that are written for the presentation.
    func file(at path: String) -> [UInt8]? { files[path.replacing("/0000", with: "/")] }

    /// What a server that has all files answers.
    func reply(to request: ScriptedRequest) -> ScriptedReply {
        files[request.path].map { request.range == nil ? .body($0) : .ranged($0) } ?? .status(404)
    }

    static func mediaTrack(_ kind: MediaKind, priming: Int64) throws -> CMAFTrack {
        guard kind == .video else {
            return CMAFTrack(
                timescale: 48_000,
                format: .aac(
                    AACSampleFormat(
                        sampleRate: 48_000, channelCount: 2, audioSpecificConfig: [0x11, 0x90],
                        averageBitRate: 64_000, maximumBitRate: 64_000)),
                editMediaTime: priming)
        }
        // A sequence parameter set of 1920×1080 in the High profile at level 4, and a picture parameter set.
        let configuration = try AVCDecoderConfiguration(
            sequenceParameterSets: [
                [
                    0x67, 0x64, 0x00, 0x28, 0xAC, 0xD9, 0x40, 0x78, 0x02, 0x27, 0xE5, 0xC0, 0x5A, 0x80, 0x80, 0x80,
                    0xA0, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x06, 0x41, 0xE3, 0x06, 0x32, 0xC0,
                ]
            ],
            pictureParameterSets: [[0x68, 0xEF, 0x8F, 0xCB]])
        return CMAFTrack(timescale: 625, format: .avc(AVCSampleFormat(decoderConfiguration: configuration)))
    }
}

/// A run of a player, with what it told.
struct Run: Sendable {
    var result: PlayerResult
    var trace: [TraceEvent]

    var requests: [RequestRecord] {
        trace.compactMap { if case .request(let request) = $0 { request } else { nil } }
    }
    /// The outcomes of requests that did not succeed.
    var failures: [String] { requests.map(\.outcome).filter { $0 != RequestRecord.complete } }
}

/// Plays `presentation` to its end.
func play(
    _ presentation: Presentation, rule: String = "fixed", patience: Double = 30, stallTimeout: Double = 20,
    authorityMap: AuthorityMap = [:]
) async throws -> Run {
    let configuration = SessionConfiguration(
        rule: try RuleSpecification(rule), stallTimeout: stallTimeout, patience: patience)
    let trace = Mutex<[TraceEvent]>([])
    let result = try await PlaybackHTTPClient.withClient { client in
        try await Player(
            presentation: presentation, url: "http://test/x.mpd", configuration: configuration,
            authorityMap: authorityMap, httpClient: client, logger: quietLogger
        ).run(onTrace: { event in trace.withLock { $0.append(event) } })
    }
    return Run(result: result, trace: trace.withLock { $0 })
}

let quietLogger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

extension Run {
    /// Plays the manifest at `url` as the command line does: with one client for all.
    static func of(
        _ url: String, _ transport: Transport = .standard, reporting: ClientReporting? = nil
    ) async throws -> Run {
        let configuration = SessionConfiguration(rule: try RuleSpecification("fixed"))
        let trace = Mutex<[TraceEvent]>([])
        let result = try await PlaybackHTTPClient.withClient(transport) { client in
            let presentation = try await ManifestLoader(
                httpClient: client, transport: transport, reporting: reporting, logger: quietLogger
            ).presentation(at: url)
            return try await Player(
                presentation: presentation, url: url, configuration: configuration, httpClient: client,
                transport: transport, reporting: reporting, logger: quietLogger
            ).run(onTrace: { event in trace.withLock { $0.append(event) } })
        }
        return Run(result: result, trace: trace.withLock { $0 })
    }
}
