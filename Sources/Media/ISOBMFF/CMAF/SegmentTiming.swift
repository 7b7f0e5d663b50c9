/// What a client checks of each media segment before it goes into the buffer: is it whole, and does it continue the
/// timeline?
package struct SegmentTiming: Sendable, Hashable {
    /// Decode time of the first sample, in ticks (`tfdt`).
    package let decodeTime: UInt64
    /// Sum of the samples' durations, in ticks. The next segment's decode time is `decodeTime + duration`.
    package let duration: UInt64
    /// Of the earliest sample, in ticks, with the edit list applied; never below 0, where presentation starts.
    package let earliestPresentationTime: Int64
    package let sampleCount: Int
    /// Whether decoding can start with the first sample.
    package let startsWithSync: Bool
    /// Ticks that the segment fills on the presentation timeline: ``duration`` less what an edit list skips of it.
    package let presentationDuration: Int64

    /// - Parameters:
    ///   - bytes: a whole segment: boxes, among them at least one `moof` with the track's samples.
    ///   - initialization: of the same representation.
    /// - Throws: `truncated` when boxes or samples reach beyond the bytes; `missingBox` without a fragment of the
    ///   track; `malformed` for contradictions such as fragments with a gap between them.
    package init(parsing bytes: [UInt8], initialization: InitializationInfo) throws(ISOBMFFError) {
        var reader = ByteReader(bytes)
        var fragments: [(start: Int, box: RawBox)] = []
        while let box = try reader.nextBox(topLevel: true) {
            if box.type == "moof" { fragments.append((box.start, box)) }
        }
        try self.init(movieFragments: fragments, segmentSize: bytes.count, initialization: initialization)
    }

    /// - Parameters:
    ///   - movieFragments: the segment's `moof` boxes, each with the place of its first byte in the segment.
    ///   - segmentSize: in bytes.
    /// - Throws: as ``init(parsing:initialization:)``.
    init(
        movieFragments: [(start: Int, box: RawBox)], segmentSize: Int, initialization: InitializationInfo
    ) throws(ISOBMFFError) {
        var summary: FragmentSummary?
        for (start, box) in movieFragments {
            for child in try box.body.boxes() where child.type == "traf" {
                let fragment = try FragmentSummary(
                    parsing: child, movieFragmentStart: start, segmentSize: segmentSize,
                    initialization: initialization)
                guard let fragment else { continue }
                try summary.append(fragment)
            }
        }
        guard let summary, summary.sampleCount > 0 else {
            throw ISOBMFFError(.missingBox, "no moof box with samples of track \(initialization.trackID)")
        }
        decodeTime = UInt64(summary.decodeTime)
        duration = UInt64(summary.duration)
        sampleCount = summary.sampleCount
        startsWithSync = summary.startsWithSync
        // Times are below 2^62, so that none of these can overflow.
        let editMediaTime = min(max(initialization.editMediaTime, -FragmentSummary.maximumTime), 1 << 62)
        let earliest = summary.earliestTime - editMediaTime
        earliestPresentationTime = max(earliest, 0)
        // Reordered pictures are shown later than they are decoded, so that where decoding ends says nothing here.
        presentationDuration = max(summary.duration + min(earliest, 0), 0)
    }
}

extension FragmentSummary? {
    /// Continues the sum with the next fragment, which must start where the last one ends.
    fileprivate mutating func append(_ fragment: FragmentSummary) throws(ISOBMFFError) {
        guard var sum = self else {
            self = fragment
            return
        }
        guard fragment.decodeTime == sum.decodeTime + sum.duration else {
            throw ISOBMFFError(
                .malformed,
                "a fragment starts at \(fragment.decodeTime), where the one before it ends at "
                    + "\(sum.decodeTime + sum.duration)")
        }
        guard sum.duration + fragment.duration <= FragmentSummary.maximumTime else {
            throw ISOBMFFError(.limitExceeded, "a segment of \(sum.duration + fragment.duration) ticks")
        }
        sum.duration += fragment.duration
        sum.earliestTime = Swift.min(sum.earliestTime, fragment.earliestTime)
        sum.sampleCount += fragment.sampleCount
        self = sum
    }
}
