/// `tfhd`: whose samples a fragment holds, and what most of them have in common (ISO/IEC 14496-12 §8.8.7).
struct TrackFragmentHeaderBox: Box {
    static let type: BoxType = "tfhd"

    var trackID: UInt32
    /// Where data offsets count from, in bytes from the start of the file; nil for the start of the `moof`.
    var baseDataOffset: UInt64?
    var sampleDescriptionIndex: UInt32?
    /// In the track's timescale.
    var defaultSampleDuration: UInt32?
    /// In bytes.
    var defaultSampleSize: UInt32?
    var defaultSampleFlags: SampleFlags?

    init(
        trackID: UInt32, defaultSampleDuration: UInt32?, defaultSampleSize: UInt32?, defaultSampleFlags: SampleFlags?
    ) {
        self.trackID = trackID
        self.defaultSampleDuration = defaultSampleDuration
        self.defaultSampleSize = defaultSampleSize
        self.defaultSampleFlags = defaultSampleFlags
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let flags = try FullBoxHeader(parsing: &body).flags
        trackID = try body.readUInt32()
        if flags & 0x01 != 0 { baseDataOffset = try body.readUInt64() }
        if flags & 0x02 != 0 { sampleDescriptionIndex = try body.readUInt32() }
        if flags & 0x08 != 0 { defaultSampleDuration = try body.readUInt32() }
        if flags & 0x10 != 0 { defaultSampleSize = try body.readUInt32() }
        if flags & 0x20 != 0 { defaultSampleFlags = SampleFlags(rawValue: try body.readUInt32()) }
    }

    func write(to writer: inout ByteWriter) {
        var flags: UInt32 = baseDataOffset == nil ? 0x02_0000 : 0x01  // default-base-is-moof
        if sampleDescriptionIndex != nil { flags |= 0x02 }
        if defaultSampleDuration != nil { flags |= 0x08 }
        if defaultSampleSize != nil { flags |= 0x10 }
        if defaultSampleFlags != nil { flags |= 0x20 }
        writer.writeFullBox(Self.type, flags: flags) {
            $0.write(trackID)
            if let baseDataOffset { $0.write(baseDataOffset) }
            if let sampleDescriptionIndex { $0.write(sampleDescriptionIndex) }
            if let defaultSampleDuration { $0.write(defaultSampleDuration) }
            if let defaultSampleSize { $0.write(defaultSampleSize) }
            if let defaultSampleFlags { $0.write(defaultSampleFlags.rawValue) }
        }
    }
}
