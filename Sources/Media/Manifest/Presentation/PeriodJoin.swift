import Presentation

/// Joins the periods of a presentation to one timeline.
enum PeriodJoin {
    /// Appends a further period's segments to those of the period before where they continue it, else as a period of
    /// its own.
    ///
    /// - Parameters:
    ///   - next: switching sets whose times count from their period's start; none is a period in which nothing is played.
    ///   - start: of that period, in seconds from the presentation's start.
    static func append(
        _ next: [SwitchingSet], startingAt start: Double, to periods: inout [[SwitchingSet]]
    ) throws(ManifestError) {
        guard !next.isEmpty else { return }
        if var joined = periods.last {
            do {
                try join(next, startingAt: start, to: &joined)
                periods[periods.count - 1] = joined
                return
            } catch {
                guard error.code == .unsupported else { throw error }
            }
        }
        periods.append(next.map { $0.shifted(by: start) })
    }

    /// - Throws: `unsupported` when a set or a track has no partner that it continues.
    private static func join(
        _ next: [SwitchingSet], startingAt start: Double, to joined: inout [SwitchingSet]
    ) throws(ManifestError) {
        guard next.allSatisfy({ set in joined.contains { $0.kind == set.kind } }) else {
            throw ManifestError(.unsupported, "the period before has no such adaptation set")
        }
        for setIndex in joined.indices {
            let set = joined[setIndex]
            guard
                let partner = next.first(where: {
                    $0.kind == set.kind && $0.language == set.language && $0.tracks.count == set.tracks.count
                })
            else {
                throw ManifestError(
                    .unsupported, "no adaptation set continues the \(set.kind.rawValue) of the period before")
            }
            for trackIndex in set.tracks.indices {
                let track = set.tracks[trackIndex]
                let continuation = partner.tracks.first { $0.id == track.id } ?? partner.tracks[trackIndex]
                try append(continuation, startingAt: start, to: &joined[setIndex].tracks[trackIndex])
            }
        }
    }

    private static func append(
        _ next: Track, startingAt start: Double, to track: inout Track
    ) throws(ManifestError) {
        func differ(_ what: String) -> ManifestError {
            ManifestError(.unsupported, "representation '\(next.id)' \(what) than '\(track.id)' in the period before")
        }
        guard next.codecs == track.codecs, next.mimeType == track.mimeType else { throw differ("has another codec") }
        guard next.timescale == track.timescale else { throw differ("counts time in other units") }
        guard next.initialization.map(next.urls(of:)) == track.initialization.map(track.urls(of:)) else {
            throw differ("needs another initialization segment")
        }
        let shift = Int64((start * Double(track.timescale)).rounded())
        guard abs(next.presentationTimeOffset - shift - track.presentationTimeOffset) <= 1 else {
            throw differ("has another media clock")
        }
        // Segments of other base URLs carry the preferred one with them.
        if next.hasNominalTimes { track.hasNominalTimes = true }
        let isElsewhere = next.baseURLs != track.baseURLs
        for segment in next.segments {
            var moved = segment
            moved.number = track.segments.count + 1
            moved.start += shift
            if isElsewhere, let url = next.urls(of: segment.resource).first { moved.resource.path = url }
            if let last = track.segments.last {
                // A segment that spans the border of two periods is in both; the part behind it counts here.
                guard moved.start + moved.duration > last.start + last.duration else { continue }
                if moved.resource == last.resource {
                    track.segments[track.segments.count - 1].duration = moved.start + moved.duration - last.start
                    continue
                }
                if last.start + last.duration > moved.start, moved.start > last.start {
                    track.segments[track.segments.count - 1].duration = moved.start - last.start
                }
            }
            track.segments.append(moved)
        }
    }
}

extension SwitchingSet {
    /// With all times `seconds` later.
    func shifted(by seconds: Double) -> SwitchingSet {
        guard seconds > 0 else { return self }
        var result = self
        for track in result.tracks.indices {
            let shift = Int64((seconds * Double(result.tracks[track].timescale)).rounded())
            result.tracks[track].presentationTimeOffset -= shift
            for segment in result.tracks[track].segments.indices {
                result.tracks[track].segments[segment].start += shift
            }
        }
        return result
    }
}
