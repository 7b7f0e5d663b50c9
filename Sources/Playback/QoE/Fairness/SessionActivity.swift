/// What one of several sessions took of a link, and when: its trace, added up second by second.
///
/// Sessions that share a link share a clock too, and start at different times of it. The memory is some twelve bytes for
/// each second of the session.
package struct SessionActivity: Sendable {
    /// When the session began, in seconds of the shared clock.
    package let start: Double
    /// When the last byte arrived that it fetched, in seconds of the shared clock; ``start`` before there was one.
    package private(set) var lastByte: Double
    /// Seconds of media fetched, of the medium that the rule chooses for.
    package private(set) var mediaDuration = 0.0
    /// Bytes that arrived in each whole second of the shared clock, from the second of ``start`` on.
    private var bytes: [Float] = []
    /// The bit rate of the version fetched last, from a time of the shared clock on; only where it changed.
    private var steps: [(time: Float, bitRate: Float)] = []
    /// What the rule chooses for: video, or audio where nothing else is fetched.
    private var media: String?
    /// Bytes of a request that did not arrive whole, and when they began: the next event tells when they ended.
    private var unfinished: (bytes: Int, begin: Double)?

    /// - Parameter start: when the session begins, in seconds of the shared clock; 0 or more.
    package init(startingAt start: Double) {
        self.start = max(start, 0)
        lastByte = self.start
    }

    /// Takes the next event of the session's trace, whose times count from the session's start.
    package mutating func add(_ event: TraceEvent) {
        if let begun = unfinished, event.time > begun.begin {
            spread(begun.bytes, from: begun.begin, to: event.time)
            unfinished = nil
        }
        switch event {
        case .session(let head):
            media = head.versions.map { versions in versions.contains { $0.media == "video" } ? "video" : "audio" }
        case .request(let request): add(request)
        case .end:
            if let begun = unfinished { spread(begun.bytes, from: begun.begin, to: begun.begin) }
        case .decision, .buffer, .startup, .stallBegan, .stallEnded, .versionSwitch: break
        }
    }

    private mutating func add(_ request: RequestRecord) {
        if request.bytes > 0, let first = request.firstByte {
            if let last = request.lastByte {
                spread(request.bytes, from: first, to: last)
            } else {
                unfinished = (request.bytes, first)
            }
        }
        guard request.outcome == RequestRecord.complete, request.segment != nil, request.media == media ?? "video"
        else {
            return
        }
        mediaDuration += request.duration
        let bitRate = Float(request.bitRate)
        if steps.last?.bitRate != bitRate { steps.append((Float(start + request.time), bitRate)) }
    }

    /// Counts bytes as if they had arrived evenly over a time of the session.
    private mutating func spread(_ count: Int, from begin: Double, to end: Double) {
        // A trace may claim any times; no session lasts longer than some days.
        guard begin >= 0, end >= begin, start + end < 1e6 else { return }
        let (begin, end) = (start + begin, start + end)
        lastByte = max(lastByte, end)
        let (first, last) = (Int(begin) - firstSecond, Int(end) - firstSecond)
        if bytes.count <= last { bytes += repeatElement(0, count: last + 1 - bytes.count) }
        for second in first...last {
            let from = max(begin, Double(firstSecond + second))
            let to = min(end, Double(firstSecond + second + 1))
            bytes[second] += Float(end > begin ? Double(count) * (to - from) / (end - begin) : Double(count))
        }
    }

    /// The second of the shared clock that ``start`` falls in.
    private var firstSecond: Int { Int(start) }

    /// Bytes that arrived between `second` of the shared clock and the next.
    package func bytes(inSecond second: Int) -> Double {
        let index = second - firstSecond
        return bytes.indices.contains(index) ? Double(bytes[index]) : 0
    }

    /// The bit rate of the version being fetched, or fetched last, at `time` of the shared clock, in bits/s; nil before
    /// the first segment was asked for.
    package func bitRate(at time: Double) -> Double? {
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if Double(steps[middle].time) <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? Double(steps[low - 1].bitRate) : nil
    }

    /// The whole seconds of the shared clock in which it fetched: from its start to its last byte.
    package var fetching: Range<Int> {
        let first = Int(start.rounded(.up))
        return first..<max(first, Int(lastByte.rounded(.down)))
    }

    /// ``Instability/mean(of:)`` of the bit rates of every second in which it fetched.
    package var instability: Double? {
        Instability.mean(of: fetching.compactMap { bitRate(at: Double($0)) })
    }
}
