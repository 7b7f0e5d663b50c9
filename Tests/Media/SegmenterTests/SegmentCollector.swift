import FFmpeg
import Foundation
import ISOBMFF
import Presentation
import Segmenter
import Synchronization

/// Keeps segments in memory.
final class SegmentCollector: SegmentSink {
    private let state = Mutex<[SegmentKey: SegmentOutput]>([:])

    var segments: [SegmentKey: SegmentOutput] { state.withLock { $0 } }

    func accept(_ segment: SegmentOutput) throws {
        state.withLock { $0[segment.key] = segment }
    }
}

/// A finished segmentation.
struct Segmentation {
    var plan: SegmentationPlan
    var outcome: SegmentationOutcome
    var segments: [SegmentKey: SegmentOutput]

    /// Segments `path`, or the part of it for which `isMissing` answers true.
    init(
        of path: String, options: SegmentationOptions = SegmentationOptions(preset: "ultrafast"), jobs: Int = 2,
        isMissing: @escaping @Sendable (SegmentKey) -> Bool = { _ in true }
    ) async throws {
        plan = try SegmentationPlan(source: Source(probing: path), options: options)
        let collector = SegmentCollector()
        outcome = try await Segmenter(plan: plan, jobs: jobs)
            .run(isMissing: isMissing, encodesAudio: true, sink: collector)
        segments = collector.segments
        for header in Segmenter.initializationSegments(of: plan) { segments[header.key] = header }
    }

    var sound: AudioOutcome? { outcome.sound }

    /// A track's media segments in order.
    func media(_ track: String) -> [SegmentOutput] {
        segments.values.filter { $0.key.track == track && $0.key.number > 0 }.sorted { $0.key < $1.key }
    }

    /// What a client reads from each of a track's media segments.
    func timings(_ track: String) throws -> [SegmentTiming] {
        let initialization = try InitializationInfo(parsing: segments[.initialization(of: track)]?.bytes ?? [])
        return try media(track).map { try SegmentTiming(parsing: $0.bytes, initialization: initialization) }
    }

    /// Writes a track as one file.
    func write(_ track: String, to path: String) throws {
        var data = Data(segments[.initialization(of: track)]?.bytes ?? [])
        for segment in media(track) { data.append(contentsOf: segment.bytes) }
        try data.write(to: URL(filePath: path))
    }
}

/// Pictures of a file's video, counted by decoding them.
func countPictures(_ path: String) throws -> Int {
    let demuxer = try Demuxer(path: path)
    guard let stream = demuxer.bestStream(.video) else { return 0 }
    demuxer.select([stream.index])
    let decoder = try demuxer.makeDecoder(stream: stream.index, threads: 1)
    let packet = try Packet()
    var count = 0
    var hasEnded = false
    while !hasEnded {
        hasEnded = try !demuxer.read(into: packet)
        try decoder.send(hasEnded ? nil : packet)
        while case .frame = try decoder.receive() { count += 1 }
    }
    return count
}
