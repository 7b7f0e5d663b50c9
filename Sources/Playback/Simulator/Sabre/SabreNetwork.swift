import NetworkEmulation

/// Sabre's network: one transfer at a time over a profile that is walked step by step. Times are milliseconds, sizes
/// bits, rates bits per millisecond; the order of operations is the original's, so that sums round as there.
struct SabreNetwork: Sendable {
    private struct Step: Sendable {
        var duration: Double
        var bandwidth: Double
        var latency: Double
    }

    private let steps: [Step]
    private var index = 0
    /// Time that is left of the step.
    private var left: Double

    init(_ profile: BandwidthProfile) {
        steps = profile.steps.map {
            // Profiles count seconds and bits/s; what was read in milliseconds and kb/s is whole again after rounding.
            Step(
                duration: Self.restored($0.duration * 1000), bandwidth: Self.restored($0.bandwidth / 1000),
                latency: Self.restored($0.latency * 1000))
        }
        left = steps[0].duration
    }

    /// The number of at most six decimals that `value` is but for rounding.
    private static func restored(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }

    private mutating func next() {
        index = (index + 1) % steps.count
        left = steps[index].duration
    }

    /// Lets time pass.
    mutating func wait(_ time: Double) {
        var time = time
        while time > left {
            time -= left
            next()
        }
        left -= time
    }

    /// One request's latency, which stretches or shrinks with that of the steps it falls into.
    mutating func latency() -> Double {
        var units = 1.0
        var total = 0.0
        while units > 0 {
            let latency = steps[index].latency
            let time = units * latency
            if time <= left {
                left -= time
                return total + time
            }
            total += left
            units -= left / latency
            next()
        }
        return total
    }

    /// Transfers `bits` whole.
    mutating func transfer(_ bits: Double) -> Double {
        var bits = bits
        var total = 0.0
        while bits > 0 {
            let bandwidth = steps[index].bandwidth
            if bits <= left * bandwidth {
                let time = bits / bandwidth
                left -= time
                return total + time
            }
            total += left
            bits -= left * bandwidth
            next()
        }
        return total
    }

    /// Transfers a part of `size` bits: at least `leastBits` of them and for at least `leastTime`, unless they end.
    mutating func step(_ size: Double, leastBits: Double, leastTime: Double) -> (bits: Double, time: Double) {
        var (size, leastBits, leastTime) = (size, leastBits, leastTime)
        var (bits, time) = (0.0, 0.0)
        while size > 0, leastBits > 0 || leastTime > 0 {
            let bandwidth = steps[index].bandwidth
            guard bandwidth > 0 else {
                if leastBits > 0 || leastTime > left {
                    time += left
                    leastTime -= left
                    next()
                } else {
                    time += leastTime
                    left -= leastTime
                    leastTime = 0
                }
                continue
            }
            let wanted = max(leastBits, leastTime * bandwidth)
            let toNext = left * bandwidth
            if size <= wanted, size <= toNext {
                left -= size / bandwidth
                return (bits + size, time + size / bandwidth)
            }
            if wanted <= toNext {
                left -= wanted / bandwidth
                return (bits + wanted, time + wanted / bandwidth)
            }
            bits += toNext
            time += left
            size -= toNext
            leastBits -= toNext
            leastTime -= left
            next()
        }
        return (bits, time)
    }
}
