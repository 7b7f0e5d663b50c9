/// `mvhd`: the clock of the whole file (ISO/IEC 14496-12 §8.2.2).
///
/// Creation and modification times are written as 0, so that equal media give equal bytes.
struct MovieHeaderBox: Box {
    static let type: BoxType = "mvhd"

    /// Ticks per second of the movie's clock, in which edit lists count.
    var timescale: UInt32
    /// In ticks; 0 where fragments hold all media.
    var duration: UInt64 = 0

    init(timescale: UInt32) {
        self.timescale = timescale
    }

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        let header = try FullBoxHeader(parsing: &body)
        try body.skip(header.version == 1 ? 16 : 8)
        timescale = try body.readUInt32()
        duration = header.version == 1 ? try body.readUInt64() : UInt64(try body.readUInt32())
    }

    func write(to writer: inout ByteWriter) {
        let long = duration > UInt32.max
        writer.writeFullBox(Self.type, version: long ? 1 : 0) {
            $0.writeZeros(long ? 16 : 8)
            $0.write(timescale)
            if long { $0.write(duration) } else { $0.write(UInt32(duration)) }
            $0.write(UInt32(0x0001_0000))  // rate 1.0
            $0.write(UInt16(0x0100))  // volume 1.0
            $0.writeZeros(10)
            $0.writeUnityMatrix()
            $0.writeZeros(24)
            $0.write(UInt32(2))  // next track ID
        }
    }
}

extension ByteWriter {
    /// The matrix that leaves pictures as they are (ISO/IEC 14496-12 §6.2.2).
    mutating func writeUnityMatrix() {
        for value: UInt32 in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] { write(value) }
    }
}
