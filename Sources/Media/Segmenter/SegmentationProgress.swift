internal import Synchronization

/// How far a segmentation is: counters that the workers raise and anyone may read at any time.
package final class SegmentationProgress: Sendable {
    /// The counters at one moment.
    package struct Snapshot: Sendable, Hashable {
        package var decodedFrames = 0
        /// Over all versions.
        package var encodedFrames = 0
        /// Media segments finished in this run, over all tracks.
        package var segments = 0
        /// Seconds of sound encoded in this run.
        package var soundSeconds = 0.0

        package init() {}
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0 } }

    func add(decodedFrames count: Int) { state.withLock { $0.decodedFrames += count } }
    func add(encodedFrames count: Int) { state.withLock { $0.encodedFrames += count } }
    func add(segments count: Int) { state.withLock { $0.segments += count } }
    func add(soundSeconds seconds: Double) { state.withLock { $0.soundSeconds += seconds } }
}
