/// Packet-delivery traces of mahimahi (Netravali et al., "Mahimahi: accurate record-and-replay for HTTP", USENIX ATC
/// 2015): each line is a time in whole milliseconds at which a packet of 1500 bytes may pass; the last line's time is
/// the period. Packets are counted in bins of 100 ms, and latency is zero.
extension ProfileReader {
    /// In milliseconds: short beside a segment, long enough for a packet at 120 kb/s.
    private static let bin = 100
    private static let packetBits = 1500.0 * 8

    static func stepsFromPacketTrace(
        _ content: ArraySlice<UInt8>, source: String
    ) throws(ProfileError) -> [BandwidthProfile.Step] {
        let maximum = Int(maximumDuration * 1000)
        var packets: [Double] = []
        var last = 0
        for (number, line) in Lines(content) {
            guard let time = milliseconds(line), time <= maximum else {
                throw ProfileError(
                    .malformed,
                    "\(source), line \(number): \"\(excerpt(String(decoding: line.prefix(32), as: UTF8.self)))\" is "
                        + "not a time in whole milliseconds up to \(maximum)")
            }
            guard time >= last else {
                throw ProfileError(.malformed, "\(source), line \(number): the time is earlier than on the line before")
            }
            last = time
            // A packet at the end of a bin belongs to the bin that ends there.
            let index = max(0, time - 1) / bin
            guard index < maximumSteps else {
                throw ProfileError(
                    .malformed, "\(source), line \(number): later than \(maximumSteps * bin / 1000) s, too long")
            }
            while packets.count <= index { packets.append(0) }
            packets[index] += 1
        }
        guard last > 0 else {
            throw ProfileError(.malformed, "\(source): the last line's time, which is the period, is zero")
        }
        return packets.indices.map { index in
            let end = min(last, (index + 1) * bin)
            let duration = Double(end - index * bin) / 1000
            return .init(duration: duration, bandwidth: packets[index] * packetBits / duration, latency: 0)
        }
    }

    private static func milliseconds(_ line: ArraySlice<UInt8>) -> Int? {
        guard line.count <= 12 else { return nil }
        var value = 0
        for byte in line {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
