/// One of several sessions that share a link.
package struct SharedSession: Sendable {
    package var activity: SessionActivity
    package var summary: PlaybackSummary

    package init(activity: SessionActivity, summary: PlaybackSummary) {
        self.activity = activity
        self.summary = summary
    }
}

/// How several sessions share a link: evenly, steadily and to the full, or not.
///
/// Sessions that failed count for nothing here, nor do those that were stopped before their first segment. What compares
/// sessions moment by moment looks at the whole seconds in which all of them fetched: from the last one's start to the first
/// one's last byte.
package struct LinkSharing: Sendable, Hashable, Codable {
    /// Jain's index of the sessions' mean bit rates; see ``JainIndex``.
    package var bitRateFairness: Double?
    /// Jain's index of what the sessions' throughput was while all fetched.
    package var throughputFairness: Double?
    /// The mean of the sessions' instability; see ``SessionActivity/instability``.
    package var instability: Double?
    /// Segments in another version than the one before, for each minute of media fetched, over all sessions.
    package var switchesPerMinute: Double?
    /// Bytes that arrived over those that the link could have carried, while all fetched; nil without a limit. Within a
    /// transfer bytes count as arriving evenly, which may make a short time look a little fuller than it was.
    package var utilisation: Double?
    /// When all fetched, in seconds of the shared clock; nil where they never did for a whole second.
    package var begin: Int?
    package var end: Int?

    /// - Parameters:
    ///   - sessions: at least one for most of the values to be there.
    ///   - capacity: bits that the link carries between two times of the shared clock, in seconds; nil for a link
    ///     without a limit.
    package init(of sessions: [SharedSession], capacity: ((_ from: Double, _ to: Double) -> Double)? = nil) {
        let sessions = sessions.filter { session in
            let summary = session.summary
            return summary.outcome != "failed" && !(summary.outcome == "stopped" && summary.segmentCount == 0)
        }
        bitRateFairness = JainIndex.value(of: sessions.map(\.summary.meanBitRate))
        let instabilities = sessions.compactMap(\.activity.instability)
        if !instabilities.isEmpty { instability = instabilities.reduce(0, +) / Double(instabilities.count) }
        let minutes = sessions.reduce(0) { $0 + $1.activity.mediaDuration } / 60
        if minutes > 0 { switchesPerMinute = Double(sessions.reduce(0) { $0 + $1.summary.switchCount }) / minutes }
        guard let all = Self.common(sessions.map(\.activity.fetching)) else { return }
        (begin, end) = (all.lowerBound, all.upperBound)
        let shares = sessions.map { session in all.reduce(0) { $0 + session.activity.bytes(inSecond: $1) } }
        throughputFairness = JainIndex.value(of: shares)
        guard let bits = capacity?(Double(all.lowerBound), Double(all.upperBound)), bits > 0 else { return }
        utilisation = shares.reduce(0, +) * 8 / bits
    }

    /// The seconds that all of `spans` have; nil where there are none.
    private static func common(_ spans: [Range<Int>]) -> Range<Int>? {
        guard let begin = spans.map(\.lowerBound).max(), let end = spans.map(\.upperBound).min(), begin < end else {
            return nil
        }
        return begin..<end
    }

    /// Jain's index of the bit rates that the sessions chose, second by second while at least two of them fetched.
    package static func fairnessOverTime(_ sessions: [SessionActivity]) -> [(second: Int, index: Double)] {
        let spans = sessions.map(\.fetching)
        let first = spans.map(\.lowerBound).min() ?? 0
        let end = spans.map(\.upperBound).max() ?? 0
        return (first..<max(first, end)).compactMap { second in
            let rates = zip(sessions, spans).compactMap { session, span in
                span.contains(second) ? session.bitRate(at: Double(second)) : nil
            }
            guard rates.count > 1, let index = JainIndex.value(of: rates) else { return nil }
            return (second, index)
        }
    }
}
