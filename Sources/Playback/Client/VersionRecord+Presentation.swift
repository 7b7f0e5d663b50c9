package import Presentation
package import QoE

extension VersionRecord {
    /// What `track` is like.
    package init(_ track: Track) {
        let frameRate = track.video?.frameRate.value
        self.init(
            id: track.id, media: track.kind.rawValue, bitRate: track.bandwidth, codecs: track.codecs,
            width: track.video?.width, height: track.video?.height,
            // A rate that a manifest leaves out is none.
            frameRate: frameRate.flatMap { $0 > 0 ? $0 : nil })
    }

    /// The versions of what a client plays of `presentation`, for the head of its trace.
    package static func versions(of presentation: Presentation) -> [VersionRecord] {
        MediaKind.allCases.compactMap { presentation.switchingSet($0) }.flatMap(\.tracks).map { VersionRecord($0) }
    }
}
