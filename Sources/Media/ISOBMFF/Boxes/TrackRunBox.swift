/// `trun`: a run of samples whose bytes follow one another (ISO/IEC 14496-12 §8.8.8).
///
/// Each list is nil, where the defaults of `tfhd` or `trex` hold for all samples, or has ``sampleCount`` elements.
struct TrackRunBox: Box {
    static let type: BoxType = "trun"

    var sampleCount: Int
    /// Of the first sample's first byte, from the start of the `moof`; nil where it follows the run before.
    var dataOffset: Int32?
    var firstSampleFlags: SampleFlags?
    /// In the track's timescale.
    var durations: [UInt32]?
    /// In bytes.
    var sizes: [UInt32]?
    var flags: [SampleFlags]?
    /// Presentation time less decode time; never negative when ``version`` is 0.
    var compositionOffsets: [Int64]?
    /// 1 allows negative composition offsets.
    var version: UInt8

    init(
        sampleCount: Int, firstSampleFlags: SampleFlags? = nil, durations: [UInt32]? = nil, sizes: [UInt32]? = nil,
        flags: [SampleFlags]? = nil, compositionOffsets: [Int64]? = nil, version: UInt8
    ) {
        self.sampleCount = sampleCount
        self.firstSampleFlags = firstSampleFlags
        self.durations = durations
        self.sizes = sizes
        self.flags = flags
        self.compositionOffsets = compositionOffsets
        self.version = version
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let header = try FullBoxHeader(parsing: &body)
        version = header.version
        let count = Int(try body.readUInt32())
        if header.flags & 0x001 != 0 { dataOffset = try body.readInt32() }
        if header.flags & 0x004 != 0 { firstSampleFlags = SampleFlags(rawValue: try body.readUInt32()) }
        let fields = [0x100, 0x200, 0x400, 0x800].filter { header.flags & $0 != 0 }.count
        if fields > 0, count > body.remaining / (4 * fields) {
            throw ISOBMFFError(.truncated, "\(count) samples claimed, room for \(body.remaining / (4 * fields))")
        }
        // A run of defaults alone takes no bytes per sample, so its count is not bounded by the box's size.
        guard count <= Self.maximumSampleCount else {
            throw ISOBMFFError(.limitExceeded, "\(count) samples in a run, more than \(Self.maximumSampleCount)")
        }
        sampleCount = count
        if header.flags & 0x100 != 0 { durations = Self.emptyList(count) }
        if header.flags & 0x200 != 0 { sizes = Self.emptyList(count) }
        if header.flags & 0x400 != 0 { flags = Self.emptyList(count) }
        if header.flags & 0x800 != 0 { compositionOffsets = Self.emptyList(count) }
        guard fields > 0 else { return }
        for _ in 0..<count {
            if durations != nil { durations?.append(try body.readUInt32()) }
            if sizes != nil { sizes?.append(try body.readUInt32()) }
            if flags != nil { flags?.append(SampleFlags(rawValue: try body.readUInt32())) }
            if compositionOffsets != nil {
                compositionOffsets?.append(version == 0 ? Int64(try body.readUInt32()) : Int64(try body.readInt32()))
            }
        }
    }

    func write(to writer: inout ByteWriter) {
        var boxFlags: UInt32 = 0
        if dataOffset != nil { boxFlags |= 0x001 }
        if firstSampleFlags != nil { boxFlags |= 0x004 }
        if durations != nil { boxFlags |= 0x100 }
        if sizes != nil { boxFlags |= 0x200 }
        if flags != nil { boxFlags |= 0x400 }
        if compositionOffsets != nil { boxFlags |= 0x800 }
        writer.writeFullBox(Self.type, version: version, flags: boxFlags) {
            $0.write(UInt32(sampleCount))
            if let dataOffset { $0.write(dataOffset) }
            if let firstSampleFlags { $0.write(firstSampleFlags.rawValue) }
            for index in 0..<sampleCount {
                if let durations { $0.write(durations[index]) }
                if let sizes { $0.write(sizes[index]) }
                if let flags { $0.write(flags[index].rawValue) }
                if let compositionOffsets { $0.write(UInt32(truncatingIfNeeded: compositionOffsets[index])) }
            }
        }
    }

    /// An hour at 240 frames a second has 864,000 samples.
    static let maximumSampleCount = 1_000_000

    private static func emptyList<Element>(_ count: Int) -> [Element] {
        var list: [Element] = []
        list.reserveCapacity(count)
        return list
    }
}
