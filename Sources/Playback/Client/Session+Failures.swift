import Presentation
import QoE

/// What a session does when a request fails: another location at once, then a lower version of a segment that exists
/// nowhere, then the same again after a pause, until its patience ends.
extension Session {
    mutating func fail(_ id: Int, _ failure: RequestFailure, _ commands: inout [SessionCommand]) {
        guard let index = stream(of: id), let active = streams[index].request else { return }
        streams[index].request = nil
        summary.addBytes(active.bytes)
        record(active, of: streams[index], outcome: failure.description, &commands)

        let request = active.request
        let locations = max(streams[index].tracks[request.track].baseURLs.count, 1)
        var failures = streams[index].failures
        failures.since = failures.since ?? active.sent
        failures.count += 1
        if failure.isMissing { failures.missingAt.insert(request.base) }

        if failure.isMissing, failures.missingAt.count >= locations {
            // This version is nowhere. Another may be.
            failures.missingTracks.insert(request.track)
            failures.missingAt = []
            failures.count = 0
            streams[index].chosen = nil
            if failures.missingTracks.count == streams[index].tracks.count {
                failures.message = "\(describe(request)): no server has it in any version"
            }
        } else {
            // The other stream may have moved on from this location already.
            if base % locations == request.base { base = (base + 1) % locations }
            if failures.count % locations == 0 {
                streams[index].resumeTime = now + Self.pause(afterRounds: failures.count / locations)
            }
            // Every location has its turn.
            if now - (failures.since ?? now) >= configuration.patience, failures.count >= locations {
                failures.message = "\(describe(request)): \(failure)"
            }
        }
        streams[index].failures = failures
    }

    /// Seconds until the next attempt: 0.5, 1, 2, 4, then 8.
    private static func pause(afterRounds rounds: Int) -> Double {
        0.5 * Double(1 << min(max(rounds - 1, 0), 4))
    }

    private func describe(_ request: SegmentRequest) -> String {
        let name = request.segment.map { index in
            let number = streams.first { $0.kind == request.kind }?.number(ofSegment: index) ?? index + 1
            return "segment \(number)"
        }
        return "\(request.kind.rawValue) \(name ?? "initialization segment") (\(url(of: request)))"
    }
}
