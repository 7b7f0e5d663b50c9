/// `avcC`: what a decoder must know before the first picture (ISO/IEC 14496-15 §5.3.3.1).
package struct AVCDecoderConfiguration: Sendable, Hashable {
    /// Whole NAL units, header byte included; at least one.
    package let sequenceParameterSets: [[UInt8]]
    /// Whole NAL units, header byte included; at least one.
    package let pictureParameterSets: [[UInt8]]
    /// The first sequence parameter set, read.
    package let parameters: SequenceParameterSet

    /// - Throws: `missingBox` without a set of either kind; `malformed` or `truncated` when the first sequence
    ///   parameter set cannot be read; `limitExceeded` when a set does not fit its field.
    package init(sequenceParameterSets: [[UInt8]], pictureParameterSets: [[UInt8]]) throws(ISOBMFFError) {
        guard let first = sequenceParameterSets.first, !pictureParameterSets.isEmpty else {
            throw ISOBMFFError(.missingBox, "H.264 needs a sequence and a picture parameter set")
        }
        guard sequenceParameterSets.count < 32, pictureParameterSets.count < 256,
            (sequenceParameterSets + pictureParameterSets).allSatisfy({ $0.count <= Int(UInt16.max) })
        else {
            throw ISOBMFFError(.limitExceeded, "more or larger parameter sets than avcC has room for")
        }
        self.sequenceParameterSets = sequenceParameterSets
        self.pictureParameterSets = pictureParameterSets
        parameters = try SequenceParameterSet(parsing: first)
    }

    /// From an encoder's extradata, or an access unit that carries its parameter sets, in Annex B format.
    package init(annexB stream: [UInt8]) throws(ISOBMFFError) {
        let units = AnnexB.nalUnits(in: stream)
        func all(_ type: NALUnitType) -> [[UInt8]] {
            units.filter { $0.first.map(NALUnitType.init(header:)) == type }.map(Array.init)
        }
        try self.init(
            sequenceParameterSets: all(.sequenceParameterSet), pictureParameterSets: all(.pictureParameterSet))
    }

    /// RFC 6381 codecs parameter from the bitstream itself: `avc1.64001F` is High profile, level 3.1.
    package var codecs: String { parameters.codecs }
}

extension AVCDecoderConfiguration: Box {
    static let type: BoxType = "avcC"

    init(parsing body: inout ByteReader) throws(ISOBMFFError) {
        guard try body.readUInt8() == 1 else { throw ISOBMFFError(.unsupported, "configuration version is not 1") }
        try body.skip(4)
        let sequenceSets = try Self.readSets(&body, count: Int(try body.readUInt8() & 0x1F))
        let pictureSets = try Self.readSets(&body, count: Int(try body.readUInt8()))
        try self.init(sequenceParameterSets: sequenceSets, pictureParameterSets: pictureSets)
    }

    private static func readSets(_ body: inout ByteReader, count: Int) throws(ISOBMFFError) -> [[UInt8]] {
        var sets: [[UInt8]] = []
        for _ in 0..<count { sets.append(try body.readBytes(Int(try body.readUInt16()))) }
        return sets
    }

    func write(to writer: inout ByteWriter) {
        writer.writeBox(Self.type) {
            $0.write(UInt8(1))
            $0.write([parameters.profile, parameters.constraints, parameters.level])
            $0.write(UInt8(0xFF))  // NAL unit lengths of four bytes
            $0.write(0xE0 | UInt8(sequenceParameterSets.count))
            for set in sequenceParameterSets {
                $0.write(UInt16(set.count))
                $0.write(set)
            }
            $0.write(UInt8(pictureParameterSets.count))
            for set in pictureParameterSets {
                $0.write(UInt16(set.count))
                $0.write(set)
            }
            // Baseline, Main and Extended profile have nothing to add.
            guard ![66, 77, 88].contains(parameters.profile) else { return }
            $0.write(0xFC | parameters.chromaFormat)
            $0.write(0xF8 | (parameters.bitDepthLuma - 8))
            $0.write(0xF8 | (parameters.bitDepthChroma - 8))
            $0.write(UInt8(0))  // no sequence parameter set extensions
        }
    }
}
