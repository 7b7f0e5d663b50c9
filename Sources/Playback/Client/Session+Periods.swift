import Adaptation

/// How a session goes from one period to the next where its versions change (ISO/IEC 23009-1 §5.3.2).
extension Session {
    /// Where everything of its period has been fetched, lets a medium go on in the next one that has something to be
    /// fetched. A rule begins anew there, since it may choose among other versions, but knows how the latest transfers
    /// went.
    mutating func enterNextPeriod(_ index: Int) {
        defer { updatePlayableEnd() }
        while streams[index].next >= streams[index].segmentCount {
            guard !sources[index].isInLastPeriod else { return }
            let former = sources[index].period < 0 ? nil : timelines[index]
            let timeline = sources[index].enterNextPeriod()
            timelines[index] = timeline
            guard streams[index].enter(timeline, after: former, until: plan.limit), index == 0 else { continue }
            ladder = plan.ladders[sources[0].period]
            sources[0].setRule(
                timeline.tracks.count > 1 ? plan.configuration.rule.rule(for: ladder) : nil,
                versions: timeline.tracks.count)
            mayAbandon = sources[0].rule?.reconsiders ?? false
            replacement.isOffered = sources[0].rule?.replaces ?? false
        }
    }
}
