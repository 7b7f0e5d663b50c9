import Foundation

/// JSON (RFC 8259): an array of `{"duration_ms": …, "bandwidth_kbps": …, "latency_ms": …}`, other members ignored.
extension ProfileReader {
    private struct Entry: Decodable {
        var duration: Double
        var bandwidth: Double
        var latency: Double

        enum CodingKeys: String, CodingKey {
            case duration = "duration_ms"
            case bandwidth = "bandwidth_kbps"
            case latency = "latency_ms"
        }
    }

    static func stepsFromJSON(
        _ content: ArraySlice<UInt8>, source: String
    ) throws(ProfileError) -> [BandwidthProfile.Step] {
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: Data(content))
        } catch let error as DecodingError {
            throw ProfileError(.malformed, "\(source): \(reason(error))")
        } catch {
            throw ProfileError(.malformed, "\(source): not JSON")
        }
        guard !entries.isEmpty else {
            throw ProfileError(.malformed, "\(source): an empty array, and a profile has at least one step")
        }
        guard entries.count <= maximumSteps else {
            throw ProfileError(.malformed, "\(source): more than \(maximumSteps) entries")
        }
        var steps: [BandwidthProfile.Step] = []
        steps.reserveCapacity(entries.count)
        var end = 0.0
        for (index, entry) in entries.enumerated() {
            let place = "\(source), entry \(index + 1)"
            let duration = try check(
                entry.duration, "duration_ms", in: minimumStep * 1000...maximumDuration * 1000, at: place)
            let bandwidth = try check(entry.bandwidth, "bandwidth_kbps", in: 0...maximumBandwidth, at: place)
            let latency = try check(entry.latency, "latency_ms", in: 0...maximumLatency, at: place)
            end += duration / 1000
            guard end <= maximumDuration else {
                throw ProfileError(.malformed, "\(place): the profile is longer than \(plain(maximumDuration)) s")
            }
            steps.append(.init(duration: duration / 1000, bandwidth: bandwidth * 1000, latency: latency / 1000))
        }
        return steps
    }

    /// What is wrong, and with which entry.
    private static func reason(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.compactMap(\.intValue).first.map { "entry \($0 + 1)" } ?? "the document"
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(place(context.codingPath)) has no \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            if context.codingPath.count >= 2, let field = context.codingPath.last {
                return "\(place(context.codingPath)): \(field.stringValue) is not a number"
            }
            return "\(place(context.codingPath)) is not what a profile has: an array of {duration_ms, bandwidth_kbps, "
                + "latency_ms}"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "not JSON" : "\(place(context.codingPath)) is damaged"
        @unknown default: return "not JSON"
        }
    }
}
