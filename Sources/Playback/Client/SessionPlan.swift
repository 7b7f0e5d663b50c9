import Adaptation
package import Presentation

/// A presentation made ready to be played in one way: all that any number of sessions have in common.
package final class SessionPlan: Sendable {
    package let presentation: Presentation
    package let configuration: SessionConfiguration
    /// Whether the rule is a program outside of this process, which may fail.
    let isRuleExternal: Bool
    /// Presentation time at which playback is complete, in seconds.
    package let end: Double
    /// The same as far as the configuration goes; infinite where it sets no limit.
    let limit: Double
    /// What is played, and in which periods; the medium that the rule chooses for comes first.
    let media: [(kind: MediaKind, timelines: [MediaTimeline])]
    /// What the rule may choose among in each period of that medium.
    let ladders: [Ladder]

    /// - Parameters:
    ///   - presentation: what is played.
    ///   - configuration: how it is played.
    /// - Throws: ``SessionError`` when the presentation holds nothing that can be played, or the configuration a number
    ///   that nothing can be played with.
    package init(presentation: Presentation, configuration: SessionConfiguration) throws(SessionError) {
        try Session.check(configuration)
        for sets in presentation.periods {
            for kind in Self.kinds {
                if let set = sets.first(where: { $0.kind == kind }) { try Session.check(set) }
            }
        }
        let media = Self.kinds.map { ($0, MediaTimeline.all($0, of: presentation)) }
            .filter { !$0.1.isEmpty }
        guard let primary = media.first?.1 else {
            throw SessionError(description: "the presentation has neither video nor audio")
        }
        if configuration.utility == .quality {
            for timeline in primary { try Session.checkQuality(timeline) }
        }
        self.presentation = presentation
        self.configuration = configuration
        isRuleExternal = configuration.rule.blocks
        self.media = media
        let timelines = media.flatMap(\.1)
        // Every medium needs room for two segments: audio may be cut longer than video.
        let longest = timelines.reduce(0) { longest, timeline in
            let track = timeline.tracks[0]
            return track.segments.reduce(longest) { max($0, track.seconds($1.duration)) }
        }
        let maxBuffer = max(configuration.maxBuffer, 2 * longest)
        ladders = primary.map { Self.ladder(for: $0, maxBuffer: maxBuffer, utility: configuration.utility) }
        limit = configuration.startAt + (configuration.duration ?? .infinity)
        let mediaEnd = timelines.map(\.end).max() ?? 0
        end = min(limit, mediaEnd)
        guard configuration.startAt < end else {
            throw SessionError(
                description: "the start is at \(Session.rounded(configuration.startAt)) s, "
                    + "but the presentation ends at \(Session.rounded(mediaEnd)) s")
        }
    }

    /// The rule chooses for the first of them that there is.
    private static let kinds = [MediaKind.video, .audio]

    private static func ladder(for timeline: MediaTimeline, maxBuffer: Double, utility: Utility?) -> Ladder {
        let track = timeline.tracks[0]
        let total = track.segments.reduce(0) { $0 + track.seconds($1.duration) }
        return Ladder(
            bitRates: timeline.tracks.map { Double(max($0.bandwidth, 1)) },
            segmentDuration: total / Double(max(track.segments.count, 1)), maxBuffer: maxBuffer, utility: utility,
            qualities: utility == .quality ? qualities(in: timeline) : [], sizes: sizes(in: timeline))
    }

    /// Structural similarity of every segment by segment and version; all are known.
    private static func qualities(in timeline: MediaTimeline) -> [[Double]] {
        (0..<timeline.segmentCount).map { segment in timeline.tracks.map { $0.segments[segment].ssim ?? 0 } }
    }

    /// Bits of every segment by segment and version; empty unless all are known.
    private static func sizes(in timeline: MediaTimeline) -> [[Double]] {
        let tracks = timeline.tracks
        guard tracks.allSatisfy({ $0.segments.prefix(timeline.segmentCount).allSatisfy { $0.bytes != nil } })
        else { return [] }
        return (0..<timeline.segmentCount).map { segment in
            tracks.map { Double($0.segments[segment].bytes ?? 0) * 8 }
        }
    }
}
