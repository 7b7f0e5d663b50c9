internal import CFFmpeg

/// Makes pictures of any format and size into 8-bit 4:2:0 ones of one size, the right way up; owns one `SwsContext`.
///
/// The picture that ``scale(_:)`` returns is reused by the next call: its pixels must have been copied by then, as
/// libx264 does.
package final class Scaler {
    private var context: OpaquePointer?
    /// What `context` was made for.
    private var shape: Shape?
    private let orientation: Orientation
    private let scaled: Frame
    /// Where turned pictures go; nil if nothing is to be turned.
    private let turned: Frame?

    private struct Shape: Hashable {
        var width: Int32
        var height: Int32
        var format: PixelFormat
        var colour: ColourProperties
    }

    /// A scaler to `width` × `height`, the size after turning.
    package init(
        width: Int, height: Int, orientation: Orientation, colour: ColourProperties
    ) throws(FFmpegError) {
        self.orientation = orientation
        let transposes = orientation.transposes
        scaled = try Frame(width: transposes ? height : width, height: transposes ? width : height, colour: colour)
        turned = orientation == .upright ? nil : try Frame(width: width, height: height, colour: colour)
    }

    deinit { sws_freeContext(context) }

    /// Scales and turns one picture. A picture that already is as wanted comes back itself.
    package func scale(_ source: Frame) throws(FFmpegError) -> Frame {
        let picture: Frame
        if source.isEncodable, source.width == scaled.width, source.height == scaled.height,
            source.colour.isFullRange == scaled.colour.isFullRange
        {
            picture = source
        } else {
            let context = try prepare(for: source)
            try check(av_frame_make_writable(scaled.pointer), "scaling")
            try check(headwater_scale(context, source.pointer, scaled.pointer), "scaling")
            picture = scaled
        }
        guard let turned else { return picture }
        try check(av_frame_make_writable(turned.pointer), "turning a picture")
        headwater_turn_picture(
            picture.pointer, turned.pointer, orientation.transposes ? 1 : 0, orientation.mirrorsHorizontally ? 1 : 0,
            orientation.mirrorsVertically ? 1 : 0)
        return turned
    }

    /// The context for pictures like `source`, which may change in mid-stream.
    private func prepare(for source: Frame) throws(FFmpegError) -> OpaquePointer {
        let wanted = Shape(
            width: source.pointer.pointee.width, height: source.pointer.pointee.height,
            format: PixelFormat(rawValue: source.pointer.pointee.format).plain, colour: source.colour)
        if let context, shape == wanted { return context }
        sws_freeContext(context)
        context = nil
        let operation = "scaling \(wanted.format) \(wanted.width)x\(wanted.height) to \(scaled.width)x\(scaled.height)"
        let made = sws_getContext(
            wanted.width, wanted.height, AVPixelFormat(rawValue: wanted.format.rawValue), scaled.pointer.pointee.width,
            scaled.pointer.pointee.height, AV_PIX_FMT_YUV420P, SWS_BICUBIC, nil, nil, nil)
        guard let made else {
            throw FFmpegError(code: .unsupported, operation: operation, reason: "the scaler refuses it")
        }
        // Coefficients are those of the picture on both sides, so that colours stay as they are; red, green and blue
        // are coded by the target's matrix, and what says nothing is taken to be. Formats without a choice of range answer with an error that means nothing.
        let target = scaled.colour
        let isOpen = wanted.format.isRGB || wanted.colour.matrix == ColourProperties.unspecified
        let matrix = isOpen ? target.matrix : wanted.colour.matrix
        _ = headwater_set_scaler_colour(
            made, matrix, wanted.format.isRGB || wanted.colour.isFullRange ? 1 : 0, target.matrix,
            target.isFullRange ? 1 : 0)
        (context, shape) = (made, wanted)
        return made
    }
}

// A scaler may move between threads as long as one at a time uses it, which its owner ensures.
extension Scaler: @unchecked Sendable {}
