/// A link in virtual time: transfers that run at once share the profile's bandwidth in proportion to their weights
/// (generalised processor sharing); equally where all weigh the same, as long TCP connections over one bottleneck do.
///
/// A transfer's bytes begin to flow one latency after its request, the latency being the profile's at the request.
/// Times are seconds since the profile began and never go back: an earlier one counts as the latest seen.
///
/// What every active transfer has received for each unit of its weight since the link was last idle is the same for all
/// of them, the *level*; a transfer that joins at one level is complete at that level plus its size over its weight. Only
/// when transfers join or leave is the profile's integral asked, from the last such moment on, so that nothing accumulates
/// from many small advances: a transfer that is alone ends exactly at `profile.time(from: request + latency, bits: 8 * bytes)`.
package struct VirtualLink: Sendable {
    /// The bandwidth that the transfers share.
    package let profile: BandwidthProfile
    /// The latest time seen, in seconds.
    package private(set) var now = 0.0

    private struct Transfer {
        enum State { case waiting, active, complete }
        let id: Int
        /// In bits, and as a level.
        let size: Double
        let weight: Double
        var height: Double { size / weight }
        /// When bytes begin to flow.
        let start: Double
        var state = State.waiting
        /// The level at which it joined.
        var joined = 0.0
        /// When its last byte arrived.
        var completion = 0.0
    }

    /// Few, so that a search costs less than a dictionary; the storage is kept when they go.
    private var transfers: [Transfer] = []
    /// The level at ``epoch``, in bits.
    private var level = 0.0
    /// When the active transfers last changed.
    private var epoch = 0.0
    private var activeCount = 0
    /// The sum of their weights.
    private var activeWeight = 0.0
    /// The next transfer to end (an index), known since the last change.
    private var upcoming: (index: Int, time: Double)?
    /// The earliest start of a waiting transfer.
    private var nextStart = Double.infinity
    /// When a transfer joins or leaves next.
    private var nextChange: Double { min(nextStart, upcoming?.time ?? .infinity) }
    /// Index of the profile's step at ``epoch``: the next question is about a time near it.
    private var step = 0

    /// An idle link.
    package init(profile: BandwidthProfile) {
        self.profile = profile
        transfers.reserveCapacity(4)
    }

    /// Requests `bytes` (at least 0) at `time`, under an `id` that no present transfer has.
    ///
    /// - Parameters:
    ///   - id: of the transfer.
    ///   - bytes: its size.
    ///   - time: when, in seconds.
    ///   - weight: what it gets of the bandwidth, relative to others; above 0.
    ///   - delay: seconds after the first byte for which it leaves the bandwidth to others.
    /// - Returns: when its first byte arrives, in seconds; in an outage nothing does.
    @discardableResult
    package mutating func begin(
        _ id: Int, bytes: Double, at time: Double, weight: Double = 1, delay: Double = 0
    ) -> Double {
        precondition(index(of: id) == nil, "a transfer's id is unique")
        precondition(bytes >= 0 && bytes.isFinite && weight > 0, "a transfer has a size and a weight")
        advance(to: time)
        step = profile.step(at: now, near: step)
        let start = now + profile.steps[step].latency
        transfers.append(Transfer(id: id, size: bytes * 8, weight: weight, start: start + delay))
        foresee()
        if nextChange <= now { change() }
        return profile.endOfOutage(at: start, near: step)
    }

    /// What a transfer of `weight` that is requested now can expect: its share of the bandwidth, in bits/s, and the
    /// latency, in seconds.
    package func offer(weight: Double) -> (bandwidth: Double, latency: Double) {
        let step = profile.steps[profile.step(at: now, near: step)]
        return (step.bandwidth * weight / (activeWeight + weight), step.latency)
    }

    /// Ends a transfer before its time and forgets it.
    /// - Returns: bytes that it had received, including those in the instant `time`; 0 for an unknown one.
    package mutating func cancel(_ id: Int, at time: Double) -> Double {
        advance(to: time)
        let received = received(id)
        remove(id)
        return received
    }

    /// The transfer that ends next, and when, if none is begun or cancelled before: of those that are complete and not
    /// yet removed the one that ended first.
    package func nextCompletion() -> (transfer: Int, time: Double)? {
        if transfers.count > activeCount {
            var first: (transfer: Int, time: Double)?
            for index in transfers.indices where transfers[index].state == .complete {
                let time = transfers[index].completion
                if time < first?.time ?? .infinity { first = (transfers[index].id, time) }
            }
            if let first { return first }
        }
        return upcoming.map { (transfers[$0.index].id, $0.time) }
    }

    /// Moves bytes until `time`.
    package mutating func advance(to time: Double) {
        now = max(now, time)
        if nextChange <= now { change() }
    }

    /// Lets transfers join and leave up to now.
    private mutating func change() {
        while true {
            let completion = upcoming?.time ?? .infinity
            if nextStart <= now, nextStart <= completion {
                settle(at: nextStart)
                for index in transfers.indices
                where transfers[index].state == .waiting && transfers[index].start <= epoch {
                    transfers[index].state = .active
                    transfers[index].joined = level
                    activeCount += 1
                    activeWeight += transfers[index].weight
                }
                // That they would join then was foreseen.
                nextStart = transfers.lazy.filter { $0.state == .waiting }.map(\.start).min() ?? .infinity
            } else if completion <= now, let index = upcoming?.index {
                level = transfers[index].joined + transfers[index].height
                epoch = completion
                step = profile.step(at: completion, near: step)
                transfers[index].state = .complete
                transfers[index].completion = completion
                leave(index)
                foresee()
            } else {
                return
            }
        }
    }

    /// Bytes that a transfer has received so far; 0 for an unknown one. Whole bytes are complete, the rest is a part of
    /// the next.
    package func received(_ id: Int) -> Double {
        guard let index = index(of: id) else { return 0 }
        let transfer = transfers[index]
        switch transfer.state {
        case .waiting: return 0
        case .complete: return transfer.size / 8
        case .active:
            let level = level + profile.bits(from: epoch, to: now, near: step) / activeWeight
            return min(max(0, (level - transfer.joined) * transfer.weight), transfer.size) / 8
        }
    }

    /// Forgets a transfer, complete or not.
    package mutating func remove(_ id: Int) {
        guard let index = index(of: id) else { return }
        let state = transfers[index].state
        if state == .active {
            settle(at: now)
            leave(index)
        }
        transfers.remove(at: index)
        if state != .complete {
            foresee()
        } else if let next = upcoming?.index, next > index {
            upcoming?.index = next - 1
        }
    }

    private func index(of id: Int) -> Int? {
        for index in transfers.indices where transfers[index].id == id { return index }
        return nil
    }

    /// An active transfer takes no more.
    private mutating func leave(_ index: Int) {
        activeCount -= 1
        // Sums of weights that are no integers do not come back to zero by themselves.
        activeWeight = activeCount == 0 ? 0 : activeWeight - transfers[index].weight
    }

    /// Accounts for what has been carried until `time`, where the active transfers change.
    private mutating func settle(at time: Double) {
        if activeCount > 0 {
            level += profile.bits(from: epoch, to: time, near: step) / activeWeight
        }
        epoch = time
        step = profile.step(at: time, near: step)
    }

    /// Finds ``upcoming`` and ``nextStart``, with waiting transfers joining on the way.
    private mutating func foresee() {
        // Levels start from zero whenever they can: small numbers are exact ones.
        if activeCount == 0 { level = 0 }
        if transfers.count == 1, activeCount == 0 { return foreseeAlone() }
        var first: Int?
        var finish = Double.infinity
        nextStart = .infinity
        for index in transfers.indices {
            switch transfers[index].state {
            case .waiting: nextStart = min(nextStart, transfers[index].start)
            case .complete: break
            case .active:
                let level = transfers[index].joined + transfers[index].height
                if level < finish { (first, finish) = (index, level) }
            }
        }
        var time = epoch
        var level = level
        var active = activeWeight
        var start = nextStart
        while true {
            if let first {
                let completion = profile.time(from: time, bits: max(0, finish - level) * active, near: step)
                if completion < start || start == .infinity {
                    upcoming = (first, completion)
                    return
                }
            } else if start == .infinity {
                upcoming = nil
                return
            }
            // The next waiting transfers join, those that start at once together.
            if active > 0 { level += profile.bits(from: time, to: start, near: step) / active }
            time = start
            start = .infinity
            for index in transfers.indices where transfers[index].state == .waiting {
                if transfers[index].start == time {
                    active += transfers[index].weight
                    let level = level + transfers[index].height
                    if level < finish { (first, finish) = (index, level) }
                } else if transfers[index].start > time {
                    start = min(start, transfers[index].start)
                }
            }
        }
    }

    /// ``foresee()`` where there is one transfer, and it is not active: most often.
    private mutating func foreseeAlone() {
        guard transfers[0].state == .waiting else {
            nextStart = .infinity
            upcoming = nil
            return
        }
        nextStart = transfers[0].start
        let bits = transfers[0].height * transfers[0].weight
        upcoming = (0, profile.time(from: nextStart, bits: bits, near: step))
    }
}
