/// What an H.264 sequence parameter set says about the pictures (Rec. ITU-T H.264 §7.3.2.1.1 and Annex E).
package struct SequenceParameterSet: Sendable, Hashable {
    /// `profile_idc`: 66 Baseline, 77 Main, 100 High.
    package let profile: UInt8
    /// The eight `constraint_setN_flag` and reserved bits.
    package let constraints: UInt8
    /// `level_idc`: ten times the level.
    package let level: UInt8
    /// `chroma_format_idc`: 1 for 4:2:0.
    package private(set) var chromaFormat: UInt8 = 1
    package private(set) var bitDepthLuma: UInt8 = 8
    package private(set) var bitDepthChroma: UInt8 = 8
    /// In samples, after cropping; at least 1.
    package let width: Int
    package let height: Int
    /// Width of a sample over its height, 1:1 where the stream does not say.
    package private(set) var sampleAspectRatioWidth = 1
    package private(set) var sampleAspectRatioHeight = 1
    package private(set) var colour: ColourDescription?

    /// RFC 6381 §3.3: `avc1.` and profile, constraints and level in hexadecimal.
    package var codecs: String {
        "avc1."
            + [profile, constraints, level].map { byte in
                let digits = String(byte, radix: 16, uppercase: true)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
    }

    /// - Parameter nalUnit: the whole NAL unit with its header byte, without start code or length.
    /// - Throws: `malformed` when it is no sequence parameter set or contradicts itself; `truncated`.
    package init(parsing nalUnit: [UInt8]) throws(ISOBMFFError) {
        guard let header = nalUnit.first, header & 0x9F == 7 else {
            throw ISOBMFFError(.malformed, "no sequence parameter set: the NAL unit's type is not 7")
        }
        guard nalUnit.count <= 4096 else {
            throw ISOBMFFError(.limitExceeded, "a sequence parameter set of \(nalUnit.count) bytes")
        }
        var bits = BitReader(AnnexB.removingEmulationPrevention(nalUnit.dropFirst()))
        profile = UInt8(truncatingIfNeeded: try bits.readBits(8))
        constraints = UInt8(truncatingIfNeeded: try bits.readBits(8))
        level = UInt8(truncatingIfNeeded: try bits.readBits(8))
        _ = try bits.readExpGolomb()  // seq_parameter_set_id
        var separatePlanes = false
        if Self.profilesWithChromaFormat.contains(profile) {
            let chroma = try bits.readExpGolomb()
            guard chroma <= 3 else { throw ISOBMFFError(.malformed, "chroma_format_idc \(chroma)") }
            chromaFormat = UInt8(chroma)
            if chroma == 3 { separatePlanes = try bits.readBit() }
            bitDepthLuma = try Self.readBitDepth(&bits)
            bitDepthChroma = try Self.readBitDepth(&bits)
            _ = try bits.readBit()  // qpprime_y_zero_transform_bypass_flag
            if try bits.readBit() { try Self.skipScalingLists(&bits, count: chroma == 3 ? 12 : 8) }
        }
        try Self.skipOrderCounts(&bits)
        _ = try bits.readExpGolomb()  // max_num_ref_frames
        _ = try bits.readBit()  // gaps_in_frame_num_value_allowed_flag
        let widthInMacroblocks = Int(try bits.readExpGolomb()) + 1
        let heightInMapUnits = Int(try bits.readExpGolomb()) + 1
        let framesOnly = try bits.readBit()
        if !framesOnly { _ = try bits.readBit() }  // mb_adaptive_frame_field_flag
        _ = try bits.readBit()  // direct_8x8_inference_flag
        // Level 6.2 allows 139,264 macroblocks in a frame, at most 1,055 in a row or column.
        guard widthInMacroblocks <= 4096, heightInMapUnits <= 4096 else {
            throw ISOBMFFError(.limitExceeded, "\(widthInMacroblocks)x\(heightInMapUnits) macroblocks")
        }
        var crop = (left: 0, right: 0, top: 0, bottom: 0)
        if try bits.readBit() {
            crop.left = Int(try bits.readExpGolomb())
            crop.right = Int(try bits.readExpGolomb())
            crop.top = Int(try bits.readExpGolomb())
            crop.bottom = Int(try bits.readExpGolomb())
        }
        // §7.4.2.1.1, CropUnitX and CropUnitY: chroma subsampling, and two fields to a frame.
        let hasChromaPlanes = chromaFormat != 0 && !separatePlanes
        let cropUnitX = hasChromaPlanes && chromaFormat < 3 ? 2 : 1
        let cropUnitY = (hasChromaPlanes && chromaFormat == 1 ? 2 : 1) * (framesOnly ? 1 : 2)
        width = widthInMacroblocks * 16 - cropUnitX * (crop.left + crop.right)
        height = heightInMapUnits * 16 * (framesOnly ? 1 : 2) - cropUnitY * (crop.top + crop.bottom)
        guard width > 0, height > 0 else { throw ISOBMFFError(.malformed, "cropping leaves no picture") }
        if try bits.readBit() { try parseUsabilityInformation(&bits) }
    }

    /// §7.3.2.1.1: the profiles whose parameter sets state chroma format, bit depth and scaling lists.
    static let profilesWithChromaFormat: Set<UInt8> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

    private static func readBitDepth(_ bits: inout BitReader) throws(ISOBMFFError) -> UInt8 {
        let depth = try bits.readExpGolomb()
        guard depth <= 6 else { throw ISOBMFFError(.malformed, "a bit depth of 8 + \(depth)") }
        return 8 + UInt8(depth)
    }

    /// §7.3.2.1.1.1
    private static func skipScalingLists(_ bits: inout BitReader, count: Int) throws(ISOBMFFError) {
        for list in 0..<count where try bits.readBit() {
            var (last, next): (Int32, Int32) = (8, 8)
            for _ in 0..<(list < 6 ? 16 : 64) {
                if next != 0 {
                    let delta = try bits.readSignedExpGolomb()
                    guard (-128...127).contains(delta) else {
                        throw ISOBMFFError(.malformed, "delta_scale \(delta)")
                    }
                    next = (last + delta + 256) % 256
                }
                if next != 0 { last = next }
            }
        }
    }

    /// `log2_max_frame_num_minus4` and the fields about picture order counts.
    private static func skipOrderCounts(_ bits: inout BitReader) throws(ISOBMFFError) {
        _ = try bits.readExpGolomb()
        switch try bits.readExpGolomb() {
        case 0:
            _ = try bits.readExpGolomb()
        case 1:
            _ = try bits.readBit()
            _ = try bits.readSignedExpGolomb()
            _ = try bits.readSignedExpGolomb()
            let cycle = try bits.readExpGolomb()
            guard cycle <= 255 else { throw ISOBMFFError(.malformed, "an order count cycle of \(cycle)") }
            for _ in 0..<cycle { _ = try bits.readSignedExpGolomb() }
        case 2: break
        case let type: throw ISOBMFFError(.malformed, "pic_order_cnt_type \(type)")
        }
    }

    /// Annex E.1.1 up to the colour description; what follows is of no use here.
    private mutating func parseUsabilityInformation(_ bits: inout BitReader) throws(ISOBMFFError) {
        if try bits.readBit() {
            let index = Int(try bits.readBits(8))
            if index == 255 {
                let ratio = (Int(try bits.readBits(16)), Int(try bits.readBits(16)))
                // Zero means "unspecified" (Annex E.2.1).
                if ratio.0 > 0, ratio.1 > 0 { (sampleAspectRatioWidth, sampleAspectRatioHeight) = ratio }
            } else if Self.sampleAspectRatios.indices.contains(index) {
                (sampleAspectRatioWidth, sampleAspectRatioHeight) = Self.sampleAspectRatios[index]
            }
        }
        if try bits.readBit() { _ = try bits.readBit() }  // overscan
        guard try bits.readBit() else { return }
        _ = try bits.readBits(3)  // video_format
        let fullRange = try bits.readBit()
        guard try bits.readBit() else { return }
        colour = ColourDescription(
            primaries: UInt8(truncatingIfNeeded: try bits.readBits(8)),
            transferCharacteristics: UInt8(truncatingIfNeeded: try bits.readBits(8)),
            matrixCoefficients: UInt8(truncatingIfNeeded: try bits.readBits(8)), isFullRange: fullRange)
    }

    /// Table E-1, by `aspect_ratio_idc`; 0 is "unspecified".
    private static let sampleAspectRatios: [(Int, Int)] = [
        (1, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11),
        (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
    ]
}

/// How numbers become colours, in the code points of ISO/IEC 23091-2.
package struct ColourDescription: Sendable, Hashable {
    package var primaries: UInt8
    package var transferCharacteristics: UInt8
    package var matrixCoefficients: UInt8
    package var isFullRange: Bool

    package init(
        primaries: UInt8, transferCharacteristics: UInt8, matrixCoefficients: UInt8, isFullRange: Bool
    ) {
        self.primaries = primaries
        self.transferCharacteristics = transferCharacteristics
        self.matrixCoefficients = matrixCoefficients
        self.isFullRange = isFullRange
    }
}
