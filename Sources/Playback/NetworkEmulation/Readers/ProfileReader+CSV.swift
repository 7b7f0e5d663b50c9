/// CSV: `time_s,bandwidth_kbps,latency_ms`. The header may be left out. A row holds until the next row's time; times
/// start at 0 and grow by at least a millisecond. The last row only marks the end, where the profile starts again: its
/// other fields may be empty or missing.
extension ProfileReader {
    private static let header = ["time_s", "bandwidth_kbps", "latency_ms"]

    static func stepsFromCSV(
        _ content: ArraySlice<UInt8>, source: String
    ) throws(ProfileError) -> [BandwidthProfile.Step] {
        var steps: [BandwidthProfile.Step] = []
        var previous: Row?
        var isFirst = true
        for (number, line) in Lines(content) {
            let place = "\(source), line \(number)"
            let fields = fields(of: line)
            if isFirst {
                isFirst = false
                if fields.map({ $0.lowercased() }) == header { continue }
                guard decimal(fields[0]) != nil else {
                    throw ProfileError(
                        .malformed,
                        "\(place): \"\(excerpt(String(decoding: line, as: UTF8.self)))\" is neither the header "
                            + "time_s,bandwidth_kbps,latency_ms nor a row of numbers")
                }
            }
            guard fields.count <= 3 else {
                throw ProfileError(.malformed, "\(place): \(fields.count) fields, and a row has three")
            }
            let time = try ProfileReader.number(fields[0], "time_s", in: 0...maximumDuration, at: place)
            if let previous {
                guard time > previous.time else {
                    throw ProfileError(.malformed, "\(place): time_s is not later than in the row before")
                }
                // A margin for the rounding of, say, 0.003 − 0.002.
                guard time - previous.time >= minimumStep * 0.999 else {
                    throw ProfileError(.malformed, "\(place): time_s is less than 0.001 after the row before")
                }
                guard steps.count < maximumSteps else {
                    throw ProfileError(.malformed, "\(place): more than \(maximumSteps) rows")
                }
                steps.append(try step(of: previous, until: time, source: source))
            } else if time != 0 {
                throw ProfileError(.malformed, "\(place): the first row's time_s has to be 0")
            }
            previous = Row(time: time, line: number, fields: fields)
        }
        guard let previous else {
            throw ProfileError(.malformed, "\(source): no rows")
        }
        guard !steps.isEmpty else {
            throw ProfileError(
                .malformed,
                "\(source), line \(previous.line): only one row; another has to mark the end of the profile")
        }
        // Nothing follows the last row, but what stands there has to be right all the same.
        if previous.fields.dropFirst().contains(where: { !$0.isEmpty }) {
            _ = try step(of: previous, until: previous.time + 1, source: source)
        }
        return steps
    }

    /// A row whose end is not yet known.
    private struct Row {
        var time: Double
        var line: Int
        var fields: [String]
    }

    private static func step(
        of row: Row, until end: Double, source: String
    ) throws(ProfileError) -> BandwidthProfile.Step {
        let place = "\(source), line \(row.line)"
        for index in 1...2 where index >= row.fields.count || row.fields[index].isEmpty {
            throw ProfileError(.malformed, "\(place): \(header[index]) is missing")
        }
        let bandwidth = try number(row.fields[1], header[1], in: 0...maximumBandwidth, at: place)
        let latency = try number(row.fields[2], header[2], in: 0...maximumLatency, at: place)
        return .init(duration: end - row.time, bandwidth: bandwidth * 1000, latency: latency / 1000)
    }

    /// Fields without surrounding blanks; never none. More than four are not told apart.
    private static func fields(of line: ArraySlice<UInt8>) -> [String] {
        line.split(separator: UInt8(ascii: ","), maxSplits: 3, omittingEmptySubsequences: false).map { field in
            var field = field
            while let first = field.first, isWhitespace(first) { field = field.dropFirst() }
            while let last = field.last, isWhitespace(last) { field = field.dropLast() }
            return String(decoding: field, as: UTF8.self)
        }
    }
}
