internal import FFmpeg
internal import Foundation
internal import ISOBMFF

/// Turns a source into the segments of a plan.
///
/// One decoder, which uses several threads itself, feeds `jobs` encoders that use one thread each; the sound is encoded
/// beside them. Every video segment × version is made on its own from the same decoded frames, so that bytes depend
/// neither on `jobs` nor on which segments an earlier run left to be made.
package struct Segmenter: Sendable {
    private let plan: SegmentationPlan
    /// Encoders at work at once.
    private let jobs: Int
    package let progress = SegmentationProgress()

    /// - Parameters:
    ///   - plan: what is made of which source.
    ///   - jobs: encoders at work at once, at least 1.
    package init(plan: SegmentationPlan, jobs: Int) {
        self.plan = plan
        self.jobs = max(jobs, 1)
    }

    /// Every initialization segment of the plan.
    package static func initializationSegments(of plan: SegmentationPlan) -> [SegmentOutput] {
        let headers =
            (plan.video?.tracks.map { ($0.id, $0.header) } ?? []) + (plan.audio.map { [($0.id, $0.header)] } ?? [])
        return headers.map { id, header in
            SegmentOutput(
                key: .initialization(of: id), bytes: CMAFWriter(track: header).initializationSegment(), start: 0,
                duration: 0)
        }
    }

    /// Makes the media segments for which `isMissing` answers true, and hands them to `sink`.
    ///
    /// - Parameters:
    ///   - isMissing: asked once for every video segment before the work starts, and for every segment of sound as it
    ///     is finished, from another thread.
    ///   - encodesAudio: false leaves the sound out, because an earlier run finished it.
    ///   - sink: takes each segment as it is finished, in no order.
    /// - Returns: what became of the sound, and of what was damaged.
    /// - Throws: `SegmenterError` for the source and encoders, what `sink` throws, `CancellationError` when the task is
    ///   cancelled. All threads have ended by then.
    package func run(
        isMissing: @escaping @Sendable (SegmentKey) -> Bool, encodesAudio: Bool, sink: any SegmentSink
    ) async throws -> SegmentationOutcome {
        let stop = StopFlag()
        let decoding = plan.video.map { videoDecoding(of: $0, isMissing, sink) }
        return try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: SegmentationOutcome.self) { group in
                if let decoding { addVideo(decoding, to: &group) }
                if encodesAudio, let audio = plan.audio {
                    group.addTask { try await encode(audio, isMissing, sink, stop) }
                }
                var outcome = SegmentationOutcome()
                var failure: (any Error)?
                while let result = await group.nextResult() {
                    switch result {
                    case .success(let part): outcome.add(part)
                    case .failure(let error):
                        // The first failure is the cause; the others follow from it.
                        if failure == nil { failure = error }
                        stop.set()
                        decoding?.pool.fail(error)
                    }
                }
                if let failure { throw (failure as? FFmpegError).map { SegmenterError(encoding: $0) } ?? failure }
                return outcome
            }
        } onCancel: {
            stop.set()
            decoding?.pool.fail(CancellationError())
        }
    }

    private func videoDecoding(
        of video: VideoPlan, _ isMissing: (SegmentKey) -> Bool, _ sink: any SegmentSink
    ) -> VideoDecoding {
        var missing: [Int: [VideoTrackPlan]] = [:]
        for segment in 0..<video.segmentCount {
            let tracks = video.tracks.filter { isMissing(SegmentKey(track: $0.id, number: segment + 1)) }
            if !tracks.isEmpty { missing[segment] = tracks }
        }
        let pool = EncodingPool(plan: video, sink: sink, progress: progress, budget: Self.frameBudget(jobs: jobs))
        return VideoDecoding(
            path: plan.source.path, leaps: plan.source.leaps, plan: video, missing: missing, pool: pool,
            progress: progress,
            threads: min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 16))
    }

    private func addVideo(
        _ decoding: VideoDecoding, to group: inout ThrowingTaskGroup<SegmentationOutcome, any Error>
    ) {
        guard !decoding.missing.isEmpty else { return }
        let pool = decoding.pool
        group.addTask {
            SegmentationOutcome(damagedPictures: try await WorkerThread.run("video decoder") { try decoding.run() })
        }
        for job in 1...jobs {
            group.addTask {
                try await WorkerThread.run("video encoder \(job)") { try pool.work() }
                return SegmentationOutcome()
            }
        }
    }

    private func encode(
        _ audio: AudioPlan, _ isMissing: @escaping @Sendable (SegmentKey) -> Bool, _ sink: any SegmentSink,
        _ stop: StopFlag
    ) async throws -> SegmentationOutcome {
        let (source, progress) = (plan.source, progress)
        return try await WorkerThread.run("audio encoder") {
            var run = try AudioEncodingRun(
                plan: audio, path: source.path, leaps: source.leaps, progress: progress, isCancelled: { stop.isSet },
                deliver: { segment in
                    if isMissing(segment.key) {
                        try sink.accept(segment)
                        progress.add(segments: 1)
                    }
                })
            let sound = try run.run()
            return SegmentationOutcome(sound: sound, damagedSounds: run.damagedFrames)
        }
    }

    /// Bytes that decoded frames may take while they wait: enough to keep every encoder busy, at most a quarter of
    /// the machine's memory.
    private static func frameBudget(jobs: Int) -> Int {
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        return min(128 << 20 + jobs * (64 << 20), memory / 4)
    }
}
