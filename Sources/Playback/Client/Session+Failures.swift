import Presentation
import QoE

/// What a session does when a request fails: another location at once, then a lower version of a segment that exists
/// nowhere, or that is damaged wherever it is and was so twice, then the same again after a pause, until its patience ends.
extension Session {
    mutating func fail(_ id: Int, _ failure: RequestFailure, _ output: inout SessionOutput) {
        guard let index = stream(of: id), let active = streams[index].request else { return }
        streams[index].request = nil
        count(active, isWasted: true)
        record(active, in: index, outcome: failure.description, &output)
        // What is buffered will do.
        if active.replaces != nil { return endReplacement() }

        let request = active.request
        let locations = active.locationCount
        let since = streams[index].failingSince ?? active.sent
        streams[index].failingSince = since
        streams[index].failureCount += 1
        sources[index].missing.note(failure, at: request.base)
        let isMissing = failure.isMissing && sources[index].missing.locations.count >= locations
        // Of the last version that there is, damage may still pass.
        let hasOthers = sources[index].missing.tracks.count + 1 < timelines[index].tracks.count

        if isMissing || hasOthers && sources[index].missing.isDamaged(at: locations) {
            // This version is nowhere. Another may be.
            sources[index].missing.tracks.insert(request.track)
            sources[index].missing.forgetLocations()
            streams[index].failureCount = 0
            streams[index].chosen = nil
            if sources[index].missing.tracks.count == timelines[index].tracks.count {
                giveUp(index, "\(describe(request)): no server has it in any version")
            }
        } else {
            // The other stream may have moved on from this location already.
            if base % locations == request.base { base = (base + 1) % locations }
            let count = streams[index].failureCount
            if count % locations == 0 {
                streams[index].resumeTime = now + Self.pause(afterRounds: count / locations)
            }
            // Every location has its turn, and what is damaged another version.
            if now - since >= plan.configuration.patience, count >= locations, !(failure.isDamage && hasOthers) {
                giveUp(index, "\(describe(request)): \(failure)")
            }
        }
    }

    /// Nothing more of a medium will come.
    private mutating func giveUp(_ index: Int, _ message: String) {
        streams[index].hasFailed = true
        sources[index].failure = message
    }

    /// Seconds until the next attempt: 0.5, 1, 2, 4, then 8.
    private static func pause(afterRounds rounds: Int) -> Double {
        0.5 * Double(1 << min(max(rounds - 1, 0), 4))
    }

    private func describe(_ request: SegmentRequest) -> String {
        let name = request.segment.map { index in
            let stream = streams.firstIndex { $0.kind == request.kind }
            let number = stream.map { timelines[$0].number(ofSegment: index) } ?? index + 1
            return "segment \(number)"
        }
        return "\(request.kind.rawValue) \(name ?? "initialization segment") (\(url(of: request)))"
    }
}
