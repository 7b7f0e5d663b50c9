/// `tkhd`: a track's number and the size it is shown at (ISO/IEC 14496-12 §8.3.2).
struct TrackHeaderBox: Box {
    static let type: BoxType = "tkhd"

    var trackID: UInt32
    /// Full volume for sound, none for pictures.
    var isAudio: Bool
    /// Display size in 16.16 fixed point, sample aspect ratio applied; 0 for sound.
    var width: UInt32
    var height: UInt32

    init(trackID: UInt32, isAudio: Bool, width: UInt32, height: UInt32) {
        self.trackID = trackID
        self.isAudio = isAudio
        self.width = width
        self.height = height
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let header = try FullBoxHeader(parsing: &body)
        try body.skip(header.version == 1 ? 16 : 8)
        trackID = try body.readUInt32()
        guard trackID != 0 else { throw ISOBMFFError(.malformed, "track ID 0") }
        try body.skip(4 + (header.version == 1 ? 8 : 4) + 8 + 4)
        isAudio = try body.readUInt16() != 0
        try body.skip(2 + 36)
        width = try body.readUInt32()
        height = try body.readUInt32()
    }

    func write(to writer: inout ByteWriter) {
        writer.writeFullBox(Self.type, flags: 0x3) {  // enabled, used in the presentation
            $0.writeZeros(8)
            $0.write(trackID)
            $0.writeZeros(4)
            $0.write(UInt32(0))  // duration: all media are in fragments
            $0.writeZeros(8)
            $0.writeZeros(4)  // layer, alternate group
            $0.write(UInt16(isAudio ? 0x0100 : 0))
            $0.writeZeros(2)
            $0.writeUnityMatrix()
            $0.write(width)
            $0.write(height)
        }
    }
}
