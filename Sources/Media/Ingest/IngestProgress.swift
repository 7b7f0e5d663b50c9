package import Segmenter
internal import Synchronization

/// How far an ingest is; anyone may read it at any time.
package final class IngestProgress: Sendable {
    /// The parts of an ingest, in their order.
    package enum Stage: Sendable, Hashable {
        /// The source is read once: content and packets.
        case reading
        case encoding
        /// The manifest is written.
        case finishing
    }

    /// The state at one moment.
    package struct Snapshot: Sendable, Hashable {
        package var stage: Stage = .reading
        /// Of the source, read so far.
        package var readBytes = 0
        /// Of the source.
        package var totalBytes = 0
        /// Frames to encode in this run, over all versions.
        package var framesToEncode = 0
        /// Versions of the video.
        package var versions = 0
        /// Seconds of the presentation that this run works on.
        package var secondsToEncode = 0.0
        /// Media segments in the presentation; those of the sound are an estimate until it is encoded.
        package var totalSegments = 0
        /// Media segments that were there already.
        package var keptSegments = 0
        /// When the encoding began.
        package var encodingStart: ContinuousClock.Instant?
        /// Counters of the encoding.
        package var segmentation = SegmentationProgress.Snapshot()

        /// Share of the encoding that is done, 0 to 1.
        package var fraction: Double {
            if framesToEncode > 0 { return min(Double(segmentation.encodedFrames) / Double(framesToEncode), 1) }
            return secondsToEncode > 0 ? min(segmentation.soundSeconds / secondsToEncode, 1) : 0
        }

        /// Frames of the source done so far, each in all versions.
        package var frames: Int { versions > 0 ? segmentation.encodedFrames / versions : 0 }
    }

    private let state = Mutex<(snapshot: Snapshot, segmentation: SegmentationProgress?)>((Snapshot(), nil))

    package init() {}

    package var snapshot: Snapshot {
        state.withLock {
            var snapshot = $0.snapshot
            if let segmentation = $0.segmentation { snapshot.segmentation = segmentation.snapshot }
            return snapshot
        }
    }

    func update(_ change: (inout Snapshot) -> Void) { state.withLock { change(&$0.snapshot) } }

    /// Counters to include from now on.
    func follow(_ segmentation: SegmentationProgress) { state.withLock { $0.segmentation = segmentation } }
}
