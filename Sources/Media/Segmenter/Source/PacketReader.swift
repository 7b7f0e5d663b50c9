internal import FFmpeg
internal import Presentation

/// The packets of the chosen streams on one continuous clock.
///
/// MPEG transport streams that were recorded or joined may jump in time; where a stream's decode times go back, or
/// leap ahead by more than ten seconds, everything behind is moved so that it continues where the leap began.
final class PacketReader {
    let demuxer: Demuxer
    /// Whether a leap was mended so far. Times behind it are known only to a reader that came past it.
    private(set) var sawLeap = false
    /// Seconds that are added to every time.
    private var shift = 0.0
    /// Where each stream's next packet is expected, in seconds, by the container's clock.
    private var expected: [Int: Double] = [:]

    /// Seconds that a stream may pause for, and that it may seem to go back by: other values are leaps.
    private static let tolerance = -0.1...10.0

    init(path: String, streams: Set<Int>) throws(FFmpegError) {
        demuxer = try Demuxer(path: path)
        demuxer.select(streams)
    }

    /// Reads the next packet of a chosen stream.
    /// - Returns: false at the end.
    func read(into packet: Packet) throws(FFmpegError) -> Bool {
        guard try demuxer.read(into: packet) else { return false }
        if demuxer.mayBeDiscontinuous { mend(packet) }
        return true
    }

    private func mend(_ packet: Packet) {
        let timeBase = demuxer.streams[packet.streamIndex].timeBase.value
        guard let decodeTime = packet.decodeTime else { return packet.shift(by: ticks(timeBase)) }
        let time = Double(decodeTime) * timeBase
        if let expected = expected[packet.streamIndex], !Self.tolerance.contains(time + shift - expected) {
            shift = expected - time
            sawLeap = true
        }
        expected[packet.streamIndex] = time + shift + Double(packet.duration) * timeBase
        packet.shift(by: ticks(timeBase))
    }

    /// The shift by the clock of a stream; leaps beyond what the clock can say are left alone.
    private func ticks(_ timeBase: Double) -> Int64 {
        let ticks = (shift / timeBase).rounded()
        return ticks.magnitude < 1e18 ? Int64(ticks) : 0
    }
}
