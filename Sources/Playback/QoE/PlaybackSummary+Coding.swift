/// A summary as a member of JSON documents: means, ratios and scores are absent where no segment arrived.
extension PlaybackSummary: Codable {
    private enum Key: String, CodingKey {
        case meanBitRate, startupDelay, stallCount, stallDuration, stallRatio, switchCount, meanSwitch, segmentCount
        case meanSSIM, qoe, played, duration, bytes, wastedBytes, outcome
    }

    /// Whether any segment arrived, so that there is something of which ``meanBitRate``, ``stallRatio``, ``meanSwitch``
    /// and ``qoe`` can be told.
    package var hasQuality: Bool { segmentCount > 0 }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        if hasQuality {
            try container.encode(meanBitRate, forKey: .meanBitRate)
            try container.encode(stallRatio, forKey: .stallRatio)
            try container.encode(meanSwitch, forKey: .meanSwitch)
            try container.encode(qoe, forKey: .qoe)
        }
        try container.encodeIfPresent(startupDelay, forKey: .startupDelay)
        try container.encode(stallCount, forKey: .stallCount)
        try container.encode(stallDuration, forKey: .stallDuration)
        try container.encode(switchCount, forKey: .switchCount)
        try container.encode(segmentCount, forKey: .segmentCount)
        try container.encodeIfPresent(meanSSIM, forKey: .meanSSIM)
        try container.encode(played, forKey: .played)
        try container.encode(duration, forKey: .duration)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(wastedBytes, forKey: .wastedBytes)
        try container.encode(outcome, forKey: .outcome)
    }

    /// - Throws: `DecodingError`; of a session without segments nothing is asked for that it does not have.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let segmentCount = try container.decode(Int.self, forKey: .segmentCount)
        func quality(_ key: Key) throws -> Double {
            segmentCount > 0
                ? try container.decode(Double.self, forKey: key)
                : try container.decodeIfPresent(Double.self, forKey: key) ?? 0
        }
        self.init(
            meanBitRate: try quality(.meanBitRate),
            startupDelay: try container.decodeIfPresent(Double.self, forKey: .startupDelay),
            stallCount: try container.decode(Int.self, forKey: .stallCount),
            stallDuration: try container.decode(Double.self, forKey: .stallDuration),
            stallRatio: try quality(.stallRatio), switchCount: try container.decode(Int.self, forKey: .switchCount),
            meanSwitch: try quality(.meanSwitch), segmentCount: segmentCount,
            meanSSIM: try container.decodeIfPresent(Double.self, forKey: .meanSSIM), qoe: try quality(.qoe),
            played: try container.decode(Double.self, forKey: .played),
            duration: try container.decode(Double.self, forKey: .duration),
            bytes: try container.decode(Int.self, forKey: .bytes),
            wastedBytes: try container.decode(Int.self, forKey: .wastedBytes),
            outcome: try container.decode(String.self, forKey: .outcome))
    }
}
