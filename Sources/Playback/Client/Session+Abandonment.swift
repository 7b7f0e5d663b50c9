import Adaptation
import QoE

/// What the rule learns of transfers, and how it gives one up.
extension Session {
    /// Tells the rule how a transfer of a segment ended.
    mutating func observe(_ active: ActiveRequest, in index: Int, abandonedFor lower: Int?) {
        let report = TransferReport(
            segment: active.request.segment ?? 0, index: active.request.track, time: now, elapsed: now - active.sent,
            buffer: streams[index].bufferedEnd - playback.position, sample: sample(of: active), abandonedFor: lower,
            isReplacement: active.replaces != nil)
        if let sample = report.sample { latestThroughput = sample.bits / sample.duration }
        sources[index].rule?.observe(report)
        guard index == 0, !sources[0].isInLastPeriod else { return }
        sources[0].transfers.append(report)
        if sources[0].transfers.count > Self.transfersKept { sources[0].transfers.removeFirst() }
    }

    /// More than any rule's averages go back to with weight.
    private static var transfersKept: Int { 20 }

    /// Seconds between two looks of a rule at a transfer that has taken `elapsed` seconds: a tenth, and more where the
    /// transfer is so slow that a tenth changes nothing.
    static func lookInterval(after elapsed: Double) -> Double { max(0.1, elapsed / 20) }

    /// When a rule looks again at a transfer that it looks at now: the first of its looks that is `delay` seconds away.
    private static func look(after now: Double, of active: ActiveRequest, atLeast delay: Double) -> Double {
        guard delay.isFinite else { return .infinity }
        var look = now
        repeat { look += lookInterval(after: look - active.sent) } while look < now + delay
        return look
    }

    /// Whether the rule is to look at the transfer that is under way.
    @inline(__always)
    var isLookDue: Bool {
        mayAbandon && streams[0].isFetching && now >= streams[0].transfer.nextLook - Self.tolerance
    }

    /// Lets the rule look at the transfer whose response begins, if it ever gives one up; its first look comes once it may.
    mutating func beginLooks() {
        guard mayAbandon, streams[0].transfer.replaces == nil, let progress = transferProgress else { return }
        let assurance = sources[0].rule?.assurance(progress) ?? .infinity
        streams[0].transfer.nextLook = Self.look(after: now, of: streams[0].transfer, atLeast: assurance)
        wakeTime = min(wakeTime, streams[0].transfer.nextLook)
    }

    /// Lets the rule give up the transfer that is due for a look.
    mutating func reconsider(_ output: inout SessionOutput) {
        guard let active = streams[0].request else { return }
        streams[0].transfer.nextLook = Self.look(after: now, of: active, atLeast: 0)
        guard let progress = transferProgress, progress.received < progress.size else { return }
        guard let lower = sources[0].rule?.reconsider(progress), lower < active.request.track else {
            if let assurance = sources[0].rule?.assurance(progress), assurance > 0 {
                streams[0].transfer.nextLook = Self.look(after: now, of: active, atLeast: assurance)
            }
            return
        }
        abandon(active, for: max(lower, 0), &output)
    }

    /// How far the transfer is that the rule may give up: of a segment, with a response that tells its length.
    private var transferProgress: TransferProgress? {
        guard let segment = streams[0].transfer.request.segment, let firstByte = streams[0].transfer.firstByte,
            let length = streams[0].transfer.length
        else { return nil }
        return TransferProgress(
            segment: segment, index: streams[0].transfer.request.track, elapsed: now - streams[0].transfer.sent,
            latency: firstByte - streams[0].transfer.sent, received: Double(streams[0].transfer.bytes) * 8,
            size: Double(length) * 8, buffer: streams[0].bufferedEnd - playback.position)
    }

    /// Gives up a transfer and fetches the segment in version `lower` instead.
    private mutating func abandon(_ active: ActiveRequest, for lower: Int, _ output: inout SessionOutput) {
        streams[0].request = nil
        count(active, isWasted: true)
        output.commands.append(.cancel(id: active.request.id))
        record(active, in: 0, outcome: RequestRecord.abandoned, &output)
        observe(active, in: 0, abandonedFor: lower)
        streams[0].chosen = available(lower, in: 0)
        // What locations said was about the other version.
        sources[0].missing.forgetLocations()
    }
}
