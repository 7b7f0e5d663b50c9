internal import CFFmpeg

/// How pixels lie in memory.
package struct PixelFormat: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// FFmpeg's number for it.
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// 8-bit 4:2:0 in three planes.
    package static let yuv420p = PixelFormat(rawValue: AV_PIX_FMT_YUV420P.rawValue)

    /// FFmpeg's name for it.
    package var description: String {
        av_get_pix_fmt_name(AVPixelFormat(rawValue: rawValue)).map { String(cString: $0) } ?? "unknown"
    }

    /// The same without the deprecated "full range" variants, which ``ColourProperties/isFullRange`` expresses.
    var plain: PixelFormat {
        switch AVPixelFormat(rawValue: rawValue) {
        case AV_PIX_FMT_YUVJ420P: PixelFormat(rawValue: AV_PIX_FMT_YUV420P.rawValue)
        case AV_PIX_FMT_YUVJ422P: PixelFormat(rawValue: AV_PIX_FMT_YUV422P.rawValue)
        case AV_PIX_FMT_YUVJ444P: PixelFormat(rawValue: AV_PIX_FMT_YUV444P.rawValue)
        case AV_PIX_FMT_YUVJ440P: PixelFormat(rawValue: AV_PIX_FMT_YUV440P.rawValue)
        case AV_PIX_FMT_YUVJ411P: PixelFormat(rawValue: AV_PIX_FMT_YUV411P.rawValue)
        default: self
        }
    }

    /// Whether the first plane is luma of 8 bits a sample.
    var hasByteLuma: Bool {
        [AV_PIX_FMT_YUV420P, AV_PIX_FMT_GRAY8].contains(AVPixelFormat(rawValue: plain.rawValue))
    }

    /// Whether colour is coded as red, green and blue.
    var isRGB: Bool {
        guard let descriptor = av_pix_fmt_desc_get(AVPixelFormat(rawValue: rawValue)) else { return false }
        return descriptor.pointee.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0
    }
}

/// What colours the sample values mean: code points of ITU-T H.273; 2 stands for unspecified.
package struct ColourProperties: Sendable, Hashable {
    package var primaries: Int32
    package var transfer: Int32
    package var matrix: Int32
    /// Whether luma uses 0–255 instead of 16–235.
    package var isFullRange: Bool
    /// FFmpeg's number for where chroma samples lie; 0 for unspecified.
    package var chromaLocation: Int32

    package init(
        primaries: Int32 = 2, transfer: Int32 = 2, matrix: Int32 = 2, isFullRange: Bool = false,
        chromaLocation: Int32 = 0
    ) {
        self.primaries = primaries
        self.transfer = transfer
        self.matrix = matrix
        self.isFullRange = isFullRange
        self.chromaLocation = chromaLocation
    }
}

extension AVFrame {
    var colour: ColourProperties {
        let format = PixelFormat(rawValue: format)
        return ColourProperties(
            primaries: Int32(bitPattern: color_primaries.rawValue), transfer: Int32(bitPattern: color_trc.rawValue),
            matrix: Int32(bitPattern: colorspace.rawValue),
            isFullRange: color_range == AVCOL_RANGE_JPEG || format.plain != format,
            chromaLocation: Int32(bitPattern: chroma_location.rawValue))
    }

    mutating func setColour(_ colour: ColourProperties) {
        color_primaries = AVColorPrimaries(rawValue: UInt32(bitPattern: colour.primaries))
        color_trc = AVColorTransferCharacteristic(rawValue: UInt32(bitPattern: colour.transfer))
        colorspace = AVColorSpace(rawValue: UInt32(bitPattern: colour.matrix))
        color_range = colour.isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        chroma_location = AVChromaLocation(rawValue: UInt32(bitPattern: colour.chromaLocation))
    }
}

extension ColourProperties {
    /// Code point for "unspecified".
    static let unspecified: Int32 = 2

    /// The usual ones for pictures of a size: BT.709 for high definition, else BT.601 for 625 or 525 lines
    /// (ITU-T H.264 Annex E).
    static func usual(width: Int, height: Int) -> ColourProperties {
        if width >= 1_280 || height >= 720 { return ColourProperties(primaries: 1, transfer: 1, matrix: 1) }
        return height == 576
            ? ColourProperties(primaries: 5, transfer: 6, matrix: 5)
            : ColourProperties(primaries: 6, transfer: 6, matrix: 6)
    }

    /// Whether values stand for more light than a usual screen has (ITU-R BT.2100: PQ, HLG), or for more colours.
    package var isWide: Bool { transfer == 16 || transfer == 18 || matrix == 9 || matrix == 10 }

    /// Those of a stream, as far as pictures converted from it still have them: red, green and blue, which have no
    /// matrix, are coded in limited range.
    ///
    /// What a stream leaves open is what its size suggests. Players guess so too, but by the size of the version that
    /// they show, and colours would change from one version to the next.
    init(_ parameters: AVCodecParameters) {
        let format = PixelFormat(rawValue: parameters.format)
        self.init(
            primaries: Int32(bitPattern: parameters.color_primaries.rawValue),
            transfer: Int32(bitPattern: parameters.color_trc.rawValue),
            matrix: Int32(bitPattern: parameters.color_space.rawValue),
            isFullRange: parameters.color_range == AVCOL_RANGE_JPEG || format.plain != format,
            chromaLocation: Int32(bitPattern: parameters.chroma_location.rawValue))
        if format.isRGB || matrix == Int32(bitPattern: AVCOL_SPC_RGB.rawValue) {
            isFullRange = false
            matrix = Self.unspecified
        }
        guard matrix == Self.unspecified else { return }
        let usual = Self.usual(width: Int(parameters.width), height: Int(parameters.height))
        // Wide primaries have a matrix of their own.
        matrix = primaries == 9 ? 9 : usual.matrix
        if primaries == Self.unspecified { primaries = usual.primaries }
        if transfer == Self.unspecified { transfer = usual.transfer }
    }
}
