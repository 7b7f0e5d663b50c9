internal import FFmpeg
internal import ISOBMFF
internal import Manifest
package import Presentation
package import Segmenter

/// Describes a finished presentation: as the model that the manifest is written from, and as `segments.json`.
package struct PresentationBuilder: Sendable {
    private let plan: SegmentationPlan
    private let stored: [SegmentKey: StoredSegment]
    private let audioSegments: Int

    /// - Parameters:
    ///   - stored: every segment of the plan's video, `audioSegments` of its sound, and the initialization segments.
    ///   - audioSegments: 0 for no sound.
    package init(plan: SegmentationPlan, stored: [SegmentKey: StoredSegment], audioSegments: Int) {
        self.plan = plan
        self.stored = stored
        self.audioSegments = audioSegments
    }

    /// How much a client should have buffered before it starts, in seconds: one segment. `@bandwidth` is stated
    /// against it, and with more it would fall below the mean rate of short presentations.
    private var minBufferTime: Double { plan.options.segmentDuration.value }

    /// The model; paths are relative to the presentation's folder.
    package func presentation(title: String) -> Presentation {
        var sets: [SwitchingSet] = []
        if let video = plan.video {
            let tracks = video.tracks.map { track in
                self.track(
                    track.id, .video, header: track.header, count: video.segmentCount,
                    video: VideoFormat(
                        width: track.rung.width, height: track.rung.height,
                        sampleAspectRatio: track.rung.sampleAspectRatio, frameRate: video.timeline.frameRate))
            }
            sets.append(SwitchingSet(kind: .video, tracks: tracks.sorted { $0.bandwidth < $1.bandwidth }))
        }
        if let audio = plan.audio, audioSegments > 0 {
            let track = track(
                audio.id, .audio, header: audio.header, count: audioSegments,
                audio: AudioFormat(
                    sampleRate: audio.encoding.sampleRate, channelCount: audio.encoding.channelCount))
            sets.append(SwitchingSet(kind: .audio, language: audio.language?.description, tracks: [track]))
        }
        let duration = sets.flatMap(\.tracks).compactMap { track in
            track.segments.last.map { track.seconds($0.start + $0.duration) }
        }.max()
        return Presentation(
            title: title, duration: duration ?? 0, minBufferTime: minBufferTime, switchingSets: sets)
    }

    private func track(
        _ id: String, _ kind: MediaKind, header: CMAFTrack, count: Int, video: VideoFormat? = nil,
        audio: AudioFormat? = nil
    ) -> Track {
        let segments = (0..<count).compactMap { index -> Segment? in
            let key = SegmentKey(track: id, number: index + 1)
            return stored[key].map {
                Segment(
                    number: key.number, start: $0.start, duration: $0.duration,
                    resource: MediaResource(path: LibraryLayout.reference(to: key)), bytes: $0.bytes, ssim: $0.ssim)
            }
        }
        var track = Track(
            id: id, kind: kind, codecs: header.format.codecs, mimeType: "\(kind.rawValue)/mp4", bandwidth: 0,
            video: video, audio: audio, timescale: header.timescale,
            initialization: MediaResource(path: LibraryLayout.reference(to: .initialization(of: id))),
            segments: segments)
        track.bandwidth = minimumBandwidth(
            segments: segments.map { ($0.bytes ?? 0, track.seconds($0.duration)) }, minBufferTime: minBufferTime)
        return track
    }

    /// The content of `segments.json`.
    package func segmentIndex(of presentation: Presentation) -> SegmentIndex {
        SegmentIndex(
            tracks: presentation.switchingSets.flatMap(\.tracks).map { track in
                SegmentIndex.Track(
                    id: track.id, kind: track.kind, bandwidth: track.bandwidth, timescale: track.timescale,
                    initializationBytes: stored[.initialization(of: track.id)]?.bytes ?? 0,
                    segments: track.segments.map { segment in
                        let bytes = segment.bytes ?? 0
                        return SegmentIndex.Segment(
                            number: segment.number, start: segment.start, duration: segment.duration, bytes: bytes,
                            bitRate: Self.bitRate(bytes: bytes, seconds: track.seconds(segment.duration)),
                            ssim: segment.ssim)
                    })
            })
    }

    /// The report's lines.
    func lines(of presentation: Presentation) -> [IngestReport.Track] {
        presentation.switchingSets.flatMap(\.tracks).map { track in
            let media = track.segments.reduce(0) { $0 + ($1.bytes ?? 0) }
            let end = track.segments.last.map { track.seconds($0.start + $0.duration) } ?? 0
            return IngestReport.Track(
                id: track.id, kind: track.kind, codecs: track.codecs, video: track.video, audio: track.audio,
                bandwidth: track.bandwidth,
                maximumBitRate: plan.video?.tracks.first { $0.id == track.id }?.rung.maximumBitRate,
                averageBitRate: Self.bitRate(bytes: media, seconds: end),
                ssim: Self.meanQuality(of: track), segments: track.segments.count,
                bytes: media + (stored[.initialization(of: track.id)]?.bytes ?? 0))
        }
    }

    /// The mean of what was measured over the track's time, in steps of a millionth; nil where a segment was not.
    private static func meanQuality(of track: Track) -> Double? {
        let measured = track.segments.compactMap { segment in segment.ssim.map { ($0, Double(segment.duration)) } }
        guard !measured.isEmpty, measured.count == track.segments.count else { return nil }
        let mean = measured.reduce(0) { $0 + $1.0 * $1.1 } / measured.reduce(0) { $0 + $1.1 }
        return (mean * 1e6).rounded() / 1e6
    }

    private static func bitRate(bytes: Int, seconds: Double) -> Int {
        seconds > 0 ? Int((Double(bytes) * 8 / seconds).rounded()) : 0
    }
}
