import QoE
package import Report

/// How far a simulated session is from the real one with the same rule and profile.
package struct Agreement: Sendable {
    package var profile: String
    package var rule: String
    /// Simulated over real mean bit rate, less one.
    package var bitRateDifference: Double
    /// Simulated less real, in seconds and stalls.
    package var stallDurationDifference: Double
    package var stallCountDifference: Int
    /// Part of the segments whose versions differ, from 0 to 1.
    package var choiceDifference: Double
    /// Where the sessions part, and what the rule knew then; nil where they fetched the same.
    package var reason: String?
}

extension BenchmarkResults {
    /// Simulated sessions beside real ones; empty unless there are both.
    package var agreements: [Agreement] {
        var played: [SessionIdentity: SessionRow] = [:]
        for session in sessions.reversed() where session.identity.mode == .real { played[session.identity] = session }
        return sessions.filter { $0.identity.mode == .simulated }.compactMap { simulated in
            var counterpart = simulated.identity
            counterpart.mode = .real
            guard let real = played[counterpart], real.summary.meanBitRate > 0 else { return nil }
            let (ours, theirs) = (simulated.choices, real.choices)
            let differing = zip(ours, theirs).count { $0.fetched != $1.fetched } + abs(ours.count - theirs.count)
            return Agreement(
                profile: simulated.identity.profile, rule: simulated.identity.rule,
                bitRateDifference: simulated.summary.meanBitRate / real.summary.meanBitRate - 1,
                stallDurationDifference: simulated.summary.stallDuration - real.summary.stallDuration,
                stallCountDifference: simulated.summary.stallCount - real.summary.stallCount,
                choiceDifference: Double(differing) / Double(max(ours.count, theirs.count, 1)),
                reason: Agreement.reason(ours, theirs))
        }
    }

    /// ``agreements`` for people; nil unless there are both modes.
    package var agreementTable: ReportTable? {
        let agreements = agreements
        guard !agreements.isEmpty else { return nil }
        return ReportTable(
            columns: [
                .text("profile"), .text("rule"), .number("bit rate, simulated to real", .percentage, digits: 1),
                .number("stalled, difference", .seconds, digits: 2), .number("stalls, difference", digits: 0),
                .number("segments in another version", .percentage, digits: 0), .text("where they part"),
            ],
            rows: agreements.map {
                [
                    .text($0.profile), .text($0.rule), .number($0.bitRateDifference),
                    .number($0.stallDurationDifference), .number(Double($0.stallCountDifference)),
                    .number($0.choiceDifference),
                    .text($0.isWithinLimits ? "" : $0.reason ?? "the same versions at other times"),
                ]
            }, groupColumn: 0)
    }
}
