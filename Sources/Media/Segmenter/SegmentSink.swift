/// Names a part of a presentation that is stored on its own: a track's initialization segment or one media segment.
package struct SegmentKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Name of the track.
    package var track: String
    /// Counted from 1; 0 for the initialization segment.
    package var number: Int

    package init(track: String, number: Int) {
        self.track = track
        self.number = number
    }

    package static func initialization(of track: String) -> SegmentKey { SegmentKey(track: track, number: 0) }

    package static func < (a: SegmentKey, b: SegmentKey) -> Bool { (a.track, a.number) < (b.track, b.number) }

    package var description: String { number == 0 ? "\(track)/init" : "\(track)/\(number)" }
}

/// A finished segment.
package struct SegmentOutput: Sendable, Hashable {
    package var key: SegmentKey
    package var bytes: [UInt8]
    /// Where it starts on the presentation timeline, in ticks of its track.
    package var start: Int64
    /// How long it lasts there, in ticks of its track.
    package var duration: Int64
    /// Structural similarity of its pictures to the source's, −1 to 1; nil where it was not measured.
    package var ssim: Double?
}

/// Takes finished segments, from several threads at once and in no particular order.
package protocol SegmentSink: Sendable {
    /// Keeps a segment. May block its caller; an error ends the whole segmentation.
    func accept(_ segment: SegmentOutput) throws
}
