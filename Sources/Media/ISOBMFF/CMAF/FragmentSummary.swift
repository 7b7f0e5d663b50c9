/// One `traf`, added up (ISO/IEC 14496-12 §8.8.6).
struct FragmentSummary: Sendable, Hashable {
    /// In ticks, below ``maximumTime``.
    let decodeTime: Int64
    /// In ticks, below ``maximumTime``.
    var duration: Int64 = 0
    /// The least presentation time of a sample, edit list not applied, in ticks.
    var earliestTime: Int64
    var sampleCount = 0
    private(set) var startsWithSync = true

    /// Times beyond this are refused, so that sums of a few of them cannot overflow: 36,000 years at 1 MHz.
    static let maximumTime: Int64 = 1 << 60

    /// - Returns: nil when the fragment belongs to another track.
    init?(
        parsing box: RawBox, movieFragmentStart: Int, segmentSize: Int, initialization: InitializationInfo
    ) throws(ISOBMFFError) {
        let boxes = try box.body.boxes()
        let header = try boxes.require(TrackFragmentHeaderBox.self, in: "traf")
        guard header.trackID == initialization.trackID else { return nil }
        let time = try boxes.require(TrackFragmentDecodeTimeBox.self, in: "traf").baseMediaDecodeTime
        guard time <= UInt64(Self.maximumTime) else {
            throw ISOBMFFError(.limitExceeded, "a decode time of \(time) ticks")
        }
        decodeTime = Int64(time)
        earliestTime = .max
        var dataEnd: Int?
        for child in boxes where child.type == TrackRunBox.type {
            let run = try child.parse(as: TrackRunBox.self)
            add(run, header, initialization)
            guard duration <= Self.maximumTime else {
                throw ISOBMFFError(.limitExceeded, "a fragment of \(duration) ticks")
            }
            // A base that counts from the start of a file says nothing about a segment on its own.
            guard header.baseDataOffset == nil else { continue }
            let dataStart = run.dataOffset.map { movieFragmentStart + Int($0) } ?? dataEnd ?? movieFragmentStart
            let size = run.dataSize(default: header.defaultSampleSize ?? initialization.defaultSampleSize)
            guard dataStart >= 0, dataStart + size <= segmentSize else {
                throw ISOBMFFError(
                    .truncated,
                    "samples reach from byte \(dataStart) to \(dataStart + size), the segment has \(segmentSize)")
            }
            dataEnd = dataStart + size
        }
        if sampleCount == 0 { earliestTime = decodeTime }
    }

    private mutating func add(
        _ run: TrackRunBox, _ header: TrackFragmentHeaderBox, _ initialization: InitializationInfo
    ) {
        if sampleCount == 0, run.sampleCount > 0 {
            startsWithSync =
                (run.firstSampleFlags ?? run.flags?.first ?? header.defaultSampleFlags
                ?? SampleFlags(rawValue: initialization.defaultSampleFlags)).isSync
        }
        sampleCount += run.sampleCount
        let defaultDuration = Int64(header.defaultSampleDuration ?? initialization.defaultSampleDuration)
        guard run.durations != nil || run.compositionOffsets != nil else {
            if run.sampleCount > 0 { earliestTime = min(earliestTime, decodeTime + duration) }
            duration += defaultDuration * Int64(run.sampleCount)
            return
        }
        for index in 0..<run.sampleCount {
            earliestTime = min(earliestTime, decodeTime + duration + (run.compositionOffsets?[index] ?? 0))
            duration += run.durations.map { Int64($0[index]) } ?? defaultDuration
        }
    }
}

extension TrackRunBox {
    /// Bytes of all its samples.
    func dataSize(default defaultSize: UInt32) -> Int {
        sizes?.reduce(0) { $0 + Int($1) } ?? Int(defaultSize) * sampleCount
    }
}
