/// `Representation@bandwidth` by its definition (ISO/IEC 23009-1 §5.3.5.2), in bits/s, rounded up.
///
/// The least constant rate at which a client that starts with any segment, waits `minBufferTime` and then plays has
/// each segment whole before its playback begins: for all i ≤ j
///
///     bits(i) + … + bits(j) ≤ bandwidth · (minBufferTime + seconds(i) + … + seconds(j − 1))
///
/// The greatest of these quotients is found by Dinkelbach's method (Management Science 13(7), 1967): a candidate rate
/// is tested against all pairs in one pass, and the pair that fails it most gives the next candidate. Some five
/// passes do, so that a day of segments takes milliseconds.
///
/// - Parameters:
///   - segments: in presentation order; sizes from 0, durations above 0.
///   - minBufferTime: in seconds.
/// - Returns: at least 1, as the schema asks.
/// - Precondition: `minBufferTime` is above 0; without a buffer no rate would do.
package func minimumBandwidth(segments: [(bytes: Int, seconds: Double)], minBufferTime: Double) -> Int {
    precondition(minBufferTime > 0, "bandwidth is defined for a minimum buffer time above zero")
    var rate = 0.0
    while true {
        var worst = (shortfall: 0.0, rate: rate)
        // Start and bits before segment i, for the i that is hardest at this rate.
        var hardest = (time: 0.0, bits: 0.0)
        var (time, bits) = (0.0, 0.0)
        for segment in segments {
            if bits - rate * time < hardest.bits - rate * hardest.time { hardest = (time, bits) }
            let needed = bits + Double(segment.bytes) * 8 - hardest.bits
            let available = minBufferTime + time - hardest.time
            if needed - rate * available > worst.shortfall {
                worst = (needed - rate * available, needed / available)
            }
            time += segment.seconds
            bits += Double(segment.bytes) * 8
        }
        // A candidate that grows by less than doubles can tell apart is the answer.
        guard worst.rate > rate * (1 + 1e-13) else { break }
        rate = worst.rate
    }
    // Quotients that are whole numbers but for rounding stay what they are.
    return max(Int((rate * (1 - 1e-12)).rounded(.up)), 1)
}
