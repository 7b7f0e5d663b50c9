import Adaptation
import QoE

/// What the rule learns of transfers, and how it gives one up.
extension Session {
    /// Tells the rule how a transfer of a segment ended.
    mutating func observe(_ active: ActiveRequest, in index: Int, abandonedFor lower: Int?) {
        let report = TransferReport(
            segment: active.request.segment ?? 0, index: active.request.track, time: now, elapsed: now - active.sent,
            buffer: streams[index].bufferedEnd - playback.position, sample: sample(of: active), abandonedFor: lower)
        if let sample = report.sample { latestThroughput = sample.bits / sample.duration }
        streams[index].rule?.observe(report)
        guard index == 0, !streams[0].later.isEmpty else { return }
        streams[0].transfers.append(report)
        if streams[0].transfers.count > Self.transfersKept { streams[0].transfers.removeFirst() }
    }

    /// More than any rule's averages go back to with weight.
    private static var transfersKept: Int { 20 }

    /// Seconds between two looks of a rule at a transfer that has taken `elapsed` seconds: a tenth, and more where the
    /// transfer is so slow that a tenth changes nothing.
    static func lookInterval(after elapsed: Double) -> Double { max(0.1, elapsed / 20) }

    /// Lets the rule give up transfers that are due for a look.
    mutating func reconsider(_ commands: inout [SessionCommand]) {
        for index in streams.indices {
            guard let look = streams[index].request?.nextLook, now >= look - Self.tolerance,
                let active = streams[index].request
            else { continue }
            streams[index].request?.nextLook = now + Self.lookInterval(after: now - active.sent)
            guard let firstByte = active.firstByte, let length = active.facts.length, active.bytes < length else {
                continue
            }
            let progress = TransferProgress(
                segment: active.request.segment ?? 0, index: active.request.track, elapsed: now - active.sent,
                latency: firstByte - active.sent, received: Double(active.bytes) * 8, size: Double(length) * 8,
                buffer: streams[index].bufferedEnd - playback.position)
            guard let lower = streams[index].rule?.reconsider(progress), lower < active.request.track else { continue }
            abandon(active, in: index, for: max(lower, 0), &commands)
        }
    }

    /// Gives up a transfer and fetches the segment in version `lower` instead.
    private mutating func abandon(
        _ active: ActiveRequest, in index: Int, for lower: Int, _ commands: inout [SessionCommand]
    ) {
        streams[index].request = nil
        summary.addBytes(active.bytes)
        commands.append(.cancel(id: active.request.id))
        record(active, of: streams[index], outcome: RequestRecord.abandoned, &commands)
        observe(active, in: index, abandonedFor: lower)
        streams[index].chosen = available(lower, in: streams[index])
    }
}
