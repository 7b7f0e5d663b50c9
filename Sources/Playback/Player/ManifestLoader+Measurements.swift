import Foundation
import Logging
import Presentation

/// What manifests refer to for the measured quality of their segments.
extension ManifestLoader {
    /// Of one document, in bytes: a day of segments of two seconds in ten versions.
    private static var measurementLimit: Int { 64 << 20 }
    /// More documents than that are not fetched: a manifest names one for each period at most.
    private static var maximumMeasurements: Int { 32 }

    /// What is at the first of each of `locations`' alternatives that has it. One that cannot be had is left out: media play
    /// without.
    func measurements(at locations: [[String]], edges: [String]) async -> [[String]: SegmentIndex] {
        var measurements: [[String]: SegmentIndex] = [:]
        for urls in locations.prefix(Self.maximumMeasurements) {
            for url in Presentation.addingEdges(edges, to: urls) {
                do throws(PlayerError) {
                    measurements[urls] = try await measurement(at: url)
                    break
                } catch {
                    logger.notice("no measured quality of segments: \(error)")
                }
            }
        }
        return measurements
    }

    private func measurement(at url: String) async throws(PlayerError) -> SegmentIndex {
        let (bytes, _) = try await fetch(url, accepting: "application/json, */*;q=0.5", limit: Self.measurementLimit)
        do {
            return try JSONDecoder().decode(SegmentIndex.self, from: Data(bytes))
        } catch {
            throw PlayerError(.unusable, "\(url): no list of segments (segments.json)")
        }
    }
}
