/// The insufficient-buffer rule that the players of the BOLA papers put behind their other rules (Spiteri et al., MMSys
/// 2018 §4): a segment has to arrive before a part of the buffer has been played.
struct LowBufferGuard: Sendable, Hashable {
    /// The part of the buffer that may go by; it shrinks by a tenth with each decision, to a half.
    private var part = 0.9

    private static let leastPart = 0.5

    /// The highest version up to `index` that arrives in time.
    mutating func limit(
        _ index: Int, ladder: Ladder, buffer: Double, latency: Double, throughput: Double
    ) -> Int {
        let safeSize = part * (buffer - latency) * throughput
        part = max(part * 0.9, Self.leastPart)
        return (0..<index).first { ladder.bitRates[$0 + 1] * ladder.segmentDuration > safeSize } ?? index
    }
}
