import QoE
import Report

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

extension SegmentChoice {
    /// What the rule knew, for people; empty where it is not known.
    var knowledge: String {
        var parts: [String] = []
        if let buffer { parts.append(DecimalText.fixed(buffer, digits: 2) + " s buffered") }
        if let throughput { parts.append(DecimalText.fixed(throughput / 1e6, digits: 3) + " Mbit/s") }
        return parts.isEmpty ? "" : "(" + parts.joined(separator: ", ") + ")"
    }
}
