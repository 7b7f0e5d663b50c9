package import Segmenter

/// Where things are in a library: the folder that the origin serves.
///
/// ```
/// media/NAME/FINGERPRINT/TRACK/init.mp4, 00001.m4s, …    never change once they exist
/// media/NAME/FINGERPRINT/segments.json                   sizes of all segments, and their quality if measured
/// manifests/NAME.mpd                                     appears last
/// .work/NAME-FINGERPRINT/                                files that are not finished, and a lock
/// ```
package struct LibraryLayout: Sendable, Hashable {
    /// Path of the library.
    package let root: String
    package let name: PresentationName
    package let fingerprint: Fingerprint

    package init(root: String, name: PresentationName, fingerprint: Fingerprint) {
        self.root = root
        self.name = name
        self.fingerprint = fingerprint
    }

    package var presentation: String { "\(root)/media/\(name)/\(fingerprint)" }
    package var segmentIndex: String { "\(presentation)/segments.json" }
    package var manifest: String { "\(root)/manifests/\(name).mpd" }
    /// Working folders of all ingests.
    var allWork: String { "\(root)/.work" }
    package var work: String { "\(allWork)/\(name)-\(fingerprint)" }
    package var lock: String { "\(work)/lock" }
    /// What is known of the sound once all of it is encoded.
    package var soundRecord: String { "\(work)/\(Self.soundRecordName)" }
    private static let soundRecordName = "sound.json"
    /// Which file on disk the segments were made from so far.
    package var sourceRecord: String { "\(work)/\(Self.sourceRecordName)" }
    private static let sourceRecordName = "source.json"
    /// What was measured of the segments so far, see `QualityJournal`.
    package var qualityRecord: String { "\(work)/\(Self.qualityRecordName)" }
    private static let qualityRecordName = "quality.jsonl"
    /// Files in ``work`` that a later run needs to go on.
    static let records: Set<String> = [soundRecordName, sourceRecordName, qualityRecordName]

    package func track(_ id: String) -> String { "\(presentation)/\(id)" }

    package func path(of key: SegmentKey) -> String { "\(presentation)/\(Self.reference(to: key))" }

    /// Where the manifest finds the presentation's files, relative to itself.
    package var baseURL: String { "../media/\(name)/\(fingerprint)/" }

    /// A segment's path below ``baseURL``.
    package static func reference(to key: SegmentKey) -> String {
        guard key.number > 0 else { return "\(key.track)/init.mp4" }
        let digits = String(key.number)
        return "\(key.track)/\(String(repeating: "0", count: max(5 - digits.count, 0)))\(digits).m4s"
    }
}
