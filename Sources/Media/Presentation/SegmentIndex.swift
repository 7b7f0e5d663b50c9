/// The sidecar `segments.json` beside a presentation's media: what each segment weighs and, where it was measured, how
/// near its pictures come to the source's.
///
/// A simulator reads it in place of the media. It holds no clock values and no facts about the machine, so that the
/// same source and options always give the same bytes.
package struct SegmentIndex: Sendable, Hashable, Codable {
    /// Version of this schema; 1 so far.
    package var version: Int
    package var tracks: [Track]

    package init(version: Int = 1, tracks: [Track]) {
        self.version = version
        self.tracks = tracks
    }

    /// One track's segments.
    package struct Track: Sendable, Hashable, Codable {
        /// ``Presentation/Track/id``.
        package var id: String
        package var kind: MediaKind
        /// As in the manifest, in bits/s.
        package var bandwidth: Int
        /// Ticks per second of `start` and `duration`.
        package var timescale: UInt32
        /// Size of the initialization segment in bytes.
        package var initializationBytes: Int
        package var segments: [Segment]

        package init(
            id: String, kind: MediaKind, bandwidth: Int, timescale: UInt32, initializationBytes: Int,
            segments: [Segment]
        ) {
            self.id = id
            self.kind = kind
            self.bandwidth = bandwidth
            self.timescale = timescale
            self.initializationBytes = initializationBytes
            self.segments = segments
        }
    }

    /// One segment.
    package struct Segment: Sendable, Hashable, Codable {
        /// Counted from 1.
        package var number: Int
        /// In ticks.
        package var start: Int64
        /// In ticks.
        package var duration: Int64
        package var bytes: Int
        /// Bits per second over the segment's duration, rounded to the nearest.
        package var bitRate: Int
        /// Mean structural similarity of its pictures to the source's, both in the size of the highest version, −1 to 1
        /// in steps of a millionth; nil where it was not measured.
        package var ssim: Double?

        package init(
            number: Int, start: Int64, duration: Int64, bytes: Int, bitRate: Int, ssim: Double? = nil
        ) {
            self.number = number
            self.start = start
            self.duration = duration
            self.bytes = bytes
            self.bitRate = bitRate
            self.ssim = ssim
        }
    }
}
