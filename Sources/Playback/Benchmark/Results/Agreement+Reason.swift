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
