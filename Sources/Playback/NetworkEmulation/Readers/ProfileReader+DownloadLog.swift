/// The download logs of Norway (Riiser et al., "Commute path bandwidth traces from 3G networks", MMSys 2013) and of Ghent
/// (van der Hooft et al., "HTTP/2-based adaptive streaming of HEVC video over 4G/LTE networks", IEEE Communications Letters
/// 2016). A line has six numbers, separated by blanks: the time (since 1970, in seconds in Norway and in milliseconds in
/// Ghent), the time on a clock that starts with the log (ms), latitude, longitude, the bytes that arrived since the line
/// before, and the milliseconds that this took.
///
/// The profile is made of the last two: their quotient holds for that long. Neither of the clocks counts, which in the
/// published logs go back now and then. Latency was not logged and is zero.
extension ProfileReader {
    /// Whether the first line that says anything is six numbers.
    static func isDownloadLog(_ content: ArraySlice<UInt8>) -> Bool {
        var lines = Lines(content)
        guard let (_, line) = lines.next(), let fields = logFields(of: line) else { return false }
        return fields.allSatisfy { decimal($0) != nil }
    }

    static func stepsFromDownloadLog(
        _ content: ArraySlice<UInt8>, source: String
    ) throws(ProfileError) -> [BandwidthProfile.Step] {
        var steps: [BandwidthProfile.Step] = []
        var total = 0.0
        // Bytes of lines that took no time belong to the next.
        var waiting = 0.0
        for (number, line) in Lines(content) {
            let place = "\(source), line \(number)"
            guard let fields = logFields(of: line) else {
                throw ProfileError(
                    .malformed,
                    "\(place): a line of a download log is six numbers (time, elapsed ms, latitude, "
                        + "longitude, bytes, ms)")
            }
            for (index, name) in ["time", "elapsed ms", "latitude", "longitude"].enumerated() {
                _ = try Self.number(fields[index], name, in: -1e15...1e15, at: place)
            }
            let bytes = try Self.number(fields[4], "bytes", in: 0...maximumLogBytes, at: place)
            let milliseconds = try Self.number(fields[5], "ms", in: 0...maximumDuration * 1000, at: place)
            waiting += bytes
            guard milliseconds >= minimumStep * 1000 else { continue }
            let bandwidth = waiting * 8 / milliseconds
            waiting = 0
            _ = try check(bandwidth, "the bandwidth (kb/s)", in: 0...maximumBandwidth, at: place)
            total += milliseconds / 1000
            guard total <= maximumDuration else {
                throw ProfileError(.malformed, "\(place): the log is longer than \(plain(maximumDuration)) s")
            }
            guard steps.count < maximumSteps else {
                throw ProfileError(.malformed, "\(place): more than \(maximumSteps) rows")
            }
            steps.append(.init(duration: milliseconds / 1000, bandwidth: bandwidth * 1000, latency: 0))
        }
        guard !steps.isEmpty else {
            throw ProfileError(.malformed, "\(source): no line of the log lasts a millisecond")
        }
        return steps
    }

    /// What a line may have: more than a week at the highest bandwidth is no download.
    private static let maximumLogBytes = 1e17

    /// Six fields, or nil.
    private static func logFields(of line: ArraySlice<UInt8>) -> [String]? {
        let fields = line.split(maxSplits: 6, omittingEmptySubsequences: true, whereSeparator: isWhitespace)
        return fields.count == 6 ? fields.map { String(decoding: $0, as: UTF8.self) } : nil
    }
}
