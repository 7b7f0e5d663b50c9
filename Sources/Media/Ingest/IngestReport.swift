package import Presentation

/// What an ingest made.
package struct IngestReport: Sendable, Hashable, Codable {
    /// How much of the presentation was there before.
    package enum Outcome: String, Sendable, Hashable, Codable {
        /// All segments were made in this run.
        case created
        /// An earlier run had made some.
        case resumed
        /// Everything was there.
        case unchanged
    }

    /// One line of the ladder.
    package struct Track: Sendable, Hashable, Codable {
        /// Name of the track, for example `v720`.
        package var id: String
        package var kind: MediaKind
        /// RFC 6381 codecs parameter.
        package var codecs: String
        package var video: VideoFormat?
        package var audio: AudioFormat?
        /// As in the manifest, in bits per second.
        package var bandwidth: Int
        /// What the encoder was held to, in bits per second; nil for sound.
        package var maximumBitRate: Int?
        /// Mean over the track, in bits per second.
        package var averageBitRate: Int
        /// Mean structural similarity to the source, −1 to 1; nil where it was not measured.
        package var ssim: Double?
        package var segments: Int
        /// Of all files together.
        package var bytes: Int
    }

    package var outcome: Outcome
    package var name: String
    package var fingerprint: String
    /// Path of the manifest.
    package var manifest: String
    /// In seconds.
    package var duration: Double
    /// Media segments made in this run.
    package var madeSegments: Int
    /// Media segments found.
    package var keptSegments: Int
    /// How long the ingest took.
    package var elapsedSeconds: Double
    package var tracks: [Track]
    /// What the user should know about the source, one line each.
    package var warnings: [String]
}
