import Foundation
import QoE

/// What a rule knew when it chose the version of a segment, and what was fetched in the end.
package struct SegmentChoice: Sendable, Hashable {
    /// The segment's number, counted from 1.
    package var segment: Int
    /// The version that the rule chose, by identifier; nil where there was nothing to choose.
    package var decided: String?
    /// The version that arrived, by identifier.
    package var fetched: String
    /// Seconds buffered when it chose, and what it took the throughput to be, in bits/s.
    package var buffer: Double?
    package var throughput: Double?

    package init(
        segment: Int, decided: String?, fetched: String, buffer: Double? = nil, throughput: Double? = nil
    ) {
        self.segment = segment
        self.decided = decided
        self.fetched = fetched
        self.buffer = buffer
        self.throughput = throughput
    }
}

extension SessionResult {
    /// The segments of the medium that the rule chose for, in order, in the versions that were kept.
    package var choices: [SegmentChoice] {
        let media = primaryMedia
        var decisions: [Int: DecisionRecord] = [:]
        for case .decision(let decision) in trace where decision.media == media {
            decisions[decision.segment] = decision
        }
        var choices: [SegmentChoice] = []
        var places: [Int: Int] = [:]
        for request in primarySegments {
            guard let number = request.segment else { continue }
            if request.replaces != nil, let place = places[number] {
                choices[place].fetched = request.track
                continue
            }
            places[number] = choices.count
            let decision = decisions[number]
            choices.append(
                SegmentChoice(
                    segment: number, decided: decision?.choice, fetched: request.track, buffer: decision?.buffer,
                    throughput: decision?.throughput))
        }
        return choices
    }
}

extension Agreement {
    /// How far a simulated session may be from the real one and still count as the same.
    package enum Limit {
        /// Of the mean bit rate, as a part of it.
        package static let bitRate = 0.02
        /// Of the time stalled, in seconds.
        package static let stall = 0.3
        /// Part of the segments in another version.
        package static let choices = 0.05
    }

    /// Whether all differences are within ``Limit``.
    package var isWithinLimits: Bool {
        bitRateDifference.magnitude <= Limit.bitRate && stallDurationDifference.magnitude <= Limit.stall
            && choiceDifference <= Limit.choices
    }

    /// Where two sessions part, and what their rule knew then; nil where they fetched the same.
    static func reason(_ simulated: [SegmentChoice], _ real: [SegmentChoice]) -> String? {
        guard let (ours, theirs) = zip(simulated, real).first(where: { $0.fetched != $1.fetched }) else {
            return simulated.count == real.count ? nil : "one of them ended early"
        }
        let place = "segment \(ours.segment): "
        if ours.decided == theirs.decided {
            let gaveUp = [(ours, "given up or replaced in virtual time"), (theirs, "given up or replaced over HTTP")]
                .filter { $0.0.decided != $0.0.fetched }.map(\.1)
            return place + "the same choice, but not what was kept of it (\(gaveUp.joined(separator: " and ")))"
        }
        return place + "\(ours.fetched) \(ours.knowledge), really \(theirs.fetched) \(theirs.knowledge)"
    }
}

extension SegmentChoice {
    fileprivate var knowledge: String {
        var parts: [String] = []
        if let buffer { parts.append(String(format: "%.2f s buffered", buffer)) }
        if let throughput { parts.append(String(format: "%.3f Mbit/s", throughput / 1e6)) }
        return parts.isEmpty ? "" : "(" + parts.joined(separator: ", ") + ")"
    }
}
