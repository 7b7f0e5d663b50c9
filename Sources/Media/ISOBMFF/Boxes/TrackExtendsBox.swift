/// `trex`: a track's defaults for fragments that set none (ISO/IEC 14496-12 §8.8.3).
///
/// CMAF tracks of brand `cmf2` do not lean on these; the writer sets zeros and repeats defaults in each `tfhd`.
struct TrackExtendsBox: Box {
    static let type: BoxType = "trex"

    var trackID: UInt32
    var defaultSampleDescriptionIndex: UInt32 = 1
    /// In the track's timescale.
    var defaultSampleDuration: UInt32 = 0
    /// In bytes.
    var defaultSampleSize: UInt32 = 0
    var defaultSampleFlags = SampleFlags(rawValue: 0)

    init(trackID: UInt32) {
        self.trackID = trackID
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        _ = try FullBoxHeader(parsing: &body)
        trackID = try body.readUInt32()
        defaultSampleDescriptionIndex = try body.readUInt32()
        defaultSampleDuration = try body.readUInt32()
        defaultSampleSize = try body.readUInt32()
        defaultSampleFlags = SampleFlags(rawValue: try body.readUInt32())
    }

    func write(to writer: inout ByteWriter) {
        writer.writeFullBox(Self.type) {
            $0.write(trackID)
            $0.write(defaultSampleDescriptionIndex)
            $0.write(defaultSampleDuration)
            $0.write(defaultSampleSize)
            $0.write(defaultSampleFlags.rawValue)
        }
    }
}

/// What decoding a sample depends on (ISO/IEC 14496-12 §8.8.3.1).
struct SampleFlags: RawRepresentable, Sendable, Hashable {
    let rawValue: UInt32

    /// A sync sample: `sample_depends_on` 2, on no other.
    static let sync = SampleFlags(rawValue: 2 << 24)
    /// `sample_depends_on` 1, on others, and `sample_is_non_sync_sample`.
    static let nonSync = SampleFlags(rawValue: 1 << 24 | 1 << 16)

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    var isSync: Bool { rawValue & 1 << 16 == 0 }
}
