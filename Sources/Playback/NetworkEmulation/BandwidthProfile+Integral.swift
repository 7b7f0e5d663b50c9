/// The profile as a function of time, its integral (bits that fit into a span) and the integral's inverse (time that
/// bits need). Times are seconds since the profile began, at least 0 and finite; each call takes O(log steps), or O(1) where
/// `near`, the index of a step, is at most one off.
extension BandwidthProfile {
    /// The bandwidth at `time`, in bits/s.
    package func bandwidth(at time: Double) -> Double { steps[step(at: time)].bandwidth }

    /// What is added to a request made at `time`, in seconds.
    package func latency(at time: Double) -> Double { steps[step(at: time)].latency }

    /// Index of the step that `time` falls in.
    package func step(at time: Double, near: Int = 0) -> Int { position(of: time, near: near).step }

    /// Bits that the link carries between `start` and `end`; zero if `end` is not later.
    package func bits(from start: Double, to end: Double, near: Int = 0) -> Double {
        guard end > start else { return 0 }
        let first = position(of: start, near: near)
        // Most spans lie within one step, and there no large sums need to be subtracted from each other.
        if end - start <= startTimes[first.step + 1] - first.offset {
            return (end - start) * steps[first.step].bandwidth
        }
        let last = position(of: end, near: first.step)
        return max(0, (last.period - first.period) * bitsPerPeriod + bits(before: last) - bits(before: first))
    }

    /// The earliest time at which `bits` have been carried when the first of them leaves at `start`; outages are waited
    /// for. `start` itself when there are none to carry.
    package func time(from start: Double, bits: Double, near: Int = 0) -> Double {
        guard bits > 0 else { return start }
        let first = position(of: start, near: near)
        let step = steps[first.step]
        let left = startTimes[first.step + 1] - first.offset
        if bits <= left * step.bandwidth { return start + bits / step.bandwidth }

        let target = self.bits(before: first) + bits
        var periods = (target / bitsPerPeriod).rounded(.down)
        var rest = target - periods * bitsPerPeriod
        if rest <= 0 {
            // Ends with a period: the next period's start would be too late if this one ends with an outage.
            periods -= 1
            rest += bitsPerPeriod
        }
        let last = firstStep(carrying: min(rest, bitsPerPeriod), near: first.step)
        let offset = startTimes[last] + max(0, rest - cumulativeBits[last]) / steps[last].bandwidth
        return max(start, (first.period + periods) * period + min(offset, startTimes[last + 1]))
    }

    /// The mean bandwidth over a period, in bits/s.
    package var meanBandwidth: Double { bitsPerPeriod / period }

    /// The highest and the lowest bandwidth of any step, in bits/s.
    package var bandwidthRange: ClosedRange<Double> {
        let bandwidths = steps.map(\.bandwidth)
        return (bandwidths.min() ?? 0)...(bandwidths.max() ?? 0)
    }

    /// Bits that one period carries.
    package var bitsPerPeriod: Double { cumulativeBits[steps.count] }

    /// The start of the first step after `time`, in seconds: bandwidth and latency hold until then.
    package func nextChange(after time: Double) -> Double {
        let position = position(of: time)
        return max(time.nextUp, position.period * period + startTimes[position.step + 1])
    }

    /// `time`, or if nothing moves then, the time at which something does again.
    package func endOfOutage(at time: Double, near: Int = 0) -> Double {
        var time = time
        // A period of steps at most: one of them has bandwidth.
        for _ in steps.indices {
            guard steps[step(at: time, near: near)].bandwidth == 0 else { return time }
            time = nextChange(after: time)
        }
        return time
    }

    /// A time as the number of whole periods before it, the seconds since the last of them, and the step it falls in.
    private struct Position {
        var period: Double
        var offset: Double
        var step: Int
    }

    private func position(of time: Double, near: Int = 0) -> Position {
        var whole = 0.0
        var offset = time
        if time >= period {
            whole = (time / period).rounded(.down)
            // The quotient's rounding may leave the offset a hair outside of the period.
            offset = min(max(0, time - whole * period), period)
        }
        if steps.count == 1 { return Position(period: whole, offset: offset, step: 0) }
        for step in near..<min(near + 2, steps.count) where startTimes[step] <= offset && offset < startTimes[step + 1]
        {
            return Position(period: whole, offset: offset, step: step)
        }
        var low = 0
        var high = steps.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if startTimes[middle] <= offset { low = middle } else { high = middle }
        }
        return Position(period: whole, offset: offset, step: low)
    }

    private func bits(before position: Position) -> Double {
        cumulativeBits[position.step] + (position.offset - startTimes[position.step]) * steps[position.step].bandwidth
    }

    /// The first step at whose end at least `bits` (above zero, at most a period's) have been carried. It has bandwidth.
    private func firstStep(carrying bits: Double, near: Int) -> Int {
        for step in near..<min(near + 3, steps.count)
        where cumulativeBits[step] < bits && bits <= cumulativeBits[step + 1] {
            return step
        }
        var low = 0
        var high = steps.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if cumulativeBits[middle] < bits { low = middle } else { high = middle }
        }
        return low
    }
}
