import Presentation
import QoE

/// One medium in one period of a presentation, as it lies on the timeline: what never changes while it is played.
final class MediaTimeline: Sendable {
    /// Index in ``Presentation/periods``.
    let period: Int
    /// Versions, ascending by bit rate.
    let tracks: [Track]
    /// Of each version: its bit rate in bits/s, and how many locations have it, at least 1.
    let bitRates: [Int]
    let locationCounts: [Int]
    /// Whether the quality of some segment was measured.
    private let isMeasured: Bool
    /// Segments that all versions have; versions that disagree are played as far as all go.
    let segmentCount: Int
    /// When each of them starts and ends on the presentation timeline, in seconds, by the lowest version; boundaries of
    /// versions line up.
    let segmentStarts: [Double]
    let segmentEnds: [Double]
    /// When the first segment of the period starts, in seconds; 0 for the first period, whatever its segments say.
    let start: Double
    /// Segments in the periods before.
    let earlierSegments: Int
    /// The version that is played where nothing chooses: the best up to 160 kb/s, else the lowest.
    let fixedTrack: Int

    /// - Parameters:
    ///   - set: its versions.
    ///   - period: index in ``Presentation/periods``.
    ///   - earlierSegments: segments of this medium in the periods before.
    init(_ set: SwitchingSet, inPeriod period: Int, after earlierSegments: Int) {
        self.period = period
        self.earlierSegments = earlierSegments
        tracks = set.tracks
        bitRates = set.tracks.map(\.bandwidth)
        locationCounts = set.tracks.map { max($0.baseURLs.count, 1) }
        isMeasured = set.tracks.contains { $0.segments.contains { $0.ssim != nil } }
        let track = set.tracks[0]
        segmentCount = set.tracks.map(\.segments.count).min() ?? 0
        let segments = track.segments.prefix(segmentCount)
        segmentStarts = segments.map { track.seconds($0.start) }
        segmentEnds = segments.map { track.seconds($0.start + $0.duration) }
        start = period == 0 ? 0 : segmentStarts.first ?? 0
        fixedTrack = set.tracks.lastIndex { $0.bandwidth <= 160_000 } ?? 0
    }

    /// Presentation time at which the last segment ends, in seconds.
    var end: Double { segmentEnds.last ?? 0 }

    /// Segments that start before `end`, in seconds: those that are to be played.
    func segmentCount(until end: Double) -> Int {
        self.end <= end ? segmentCount : segmentStarts.firstIndex { $0 >= end } ?? segmentCount
    }

    /// Length of the segment at `index`, in seconds.
    func duration(ofSegment index: Int) -> Double {
        segmentEnds[index] - (index > 0 ? segmentEnds[index - 1] : start)
    }

    /// What a viewer gets of the segment at `index` in version `track`.
    func shown(_ index: Int, in track: Int) -> ShownSegment {
        ShownSegment(
            bitRate: bitRates[track], duration: duration(ofSegment: index),
            ssim: isMeasured ? tracks[track].segments[index].ssim : nil)
    }

    /// Number of the segment at `index` in the presentation, counted from 1.
    func number(ofSegment index: Int) -> Int { earlierSegments + index + 1 }

    /// The timelines of `kind` in all periods that have some, in order.
    static func all(_ kind: MediaKind, of presentation: Presentation) -> [MediaTimeline] {
        var timelines: [MediaTimeline] = []
        for (period, sets) in presentation.periods.enumerated() {
            guard let set = sets.first(where: { $0.kind == kind }) else { continue }
            let earlier = timelines.last.map { $0.earlierSegments + $0.segmentCount } ?? 0
            timelines.append(MediaTimeline(set, inPeriod: period, after: earlier))
        }
        return timelines
    }
}
