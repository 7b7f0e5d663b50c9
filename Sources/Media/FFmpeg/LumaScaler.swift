internal import CFFmpeg

/// Scales the luma of pictures from one size to another, bicubically, as ``Scaler`` does it; owns one `SwsContext`.
package final class LumaScaler {
    /// Nil where the sizes are equal.
    private let context: OpaquePointer?
    private let scaled: Frame

    /// A scaler between two sizes, in samples.
    package init(from source: (width: Int, height: Int), to target: (width: Int, height: Int)) throws(FFmpegError) {
        let scaled = try Frame(luma: target.width, target.height)
        if source == target {
            context = nil
        } else {
            context = sws_getContext(
                Int32(clamping: source.width), Int32(clamping: source.height), AV_PIX_FMT_GRAY8,
                Int32(clamping: target.width), Int32(clamping: target.height), AV_PIX_FMT_GRAY8, SWS_BICUBIC, nil, nil,
                nil)
            guard context != nil else {
                throw FFmpegError(
                    code: .unsupported,
                    operation: "scaling \(source.width)x\(source.height) to \(target.width)x\(target.height)",
                    reason: "the scaler refuses it")
            }
        }
        self.scaled = scaled
    }

    deinit { sws_freeContext(context) }

    /// A picture whose luma is that of `source` in the new size, valid until the next call; `source` itself where the
    /// sizes are equal.
    ///
    /// - Precondition: `source` has the size and the 8 bits a sample that the scaler was made for.
    package func scale(_ source: Frame) throws(FFmpegError) -> Frame {
        guard let context else { return source }
        try check(headwater_scale(context, source.pointer, scaled.pointer), "scaling")
        return scaled
    }
}
