internal import CFFmpeg

/// A decoded picture or a stretch of decoded sound; owns one `AVFrame`, whose buffers are reference counted.
package final class Frame {
    let pointer: UnsafeMutablePointer<AVFrame>

    /// An empty frame, to be filled by ``Decoder/receive()``.
    init() throws(FFmpegError) {
        guard let pointer = av_frame_alloc() else { throw .outOfMemory("allocating a frame") }
        self.pointer = pointer
    }

    /// A picture of unset pixels in 8-bit 4:2:0, the format that encoders get.
    package convenience init(width: Int, height: Int, colour: ColourProperties) throws(FFmpegError) {
        try self.init()
        pointer.pointee.width = Int32(clamping: width)
        pointer.pointee.height = Int32(clamping: height)
        pointer.pointee.format = AV_PIX_FMT_YUV420P.rawValue
        pointer.pointee.setColour(colour)
        try check(headwater_allocate_picture(pointer), "allocating a picture of \(width)x\(height)")
    }

    /// A picture of unset luma alone, 8 bits a sample.
    convenience init(luma width: Int, _ height: Int) throws(FFmpegError) {
        try self.init()
        pointer.pointee.width = Int32(clamping: width)
        pointer.pointee.height = Int32(clamping: height)
        pointer.pointee.format = AV_PIX_FMT_GRAY8.rawValue
        try check(headwater_allocate_picture(pointer), "allocating a picture of \(width)x\(height)")
    }

    /// `count` samples of silence, as planar floats.
    package convenience init(samples count: Int, sampleRate: Int, channelCount: Int) throws(FFmpegError) {
        try self.init()
        pointer.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
        pointer.pointee.sample_rate = Int32(clamping: sampleRate)
        pointer.pointee.nb_samples = Int32(clamping: count)
        try check(
            headwater_allocate_sound(pointer, Int32(clamping: channelCount)), "allocating \(count) samples of sound")
    }

    /// `count` samples of silence in the format, rate and channels of `model`.
    package convenience init(silence count: Int, like model: Frame) throws(FFmpegError) {
        try self.init()
        try check(
            headwater_allocate_silence(pointer, model.pointer, Int32(clamping: count)),
            "allocating \(count) samples of silence")
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&pointer)
    }

    /// When it is shown or heard, in ticks of the stream's time base, FFmpeg's best guess included.
    package var presentationTime: Int64? {
        known(pointer.pointee.best_effort_timestamp) ?? known(pointer.pointee.pts)
    }

    /// What its packet said about when it is shown, in ticks of the stream's time base; nil where it said nothing.
    package var statedTime: Int64? { known(pointer.pointee.pts) }

    /// When the first sample is heard, in ticks of the stream's time base. Unlike ``presentationTime`` it accounts for
    /// samples that the decoder cut off the start (encoder delay).
    package var soundTime: Int64? { known(pointer.pointee.pts) ?? known(pointer.pointee.best_effort_timestamp) }

    /// Whether the decoder says that it had to guess some of it.
    package var isDamaged: Bool {
        pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0 || pointer.pointee.decode_error_flags != 0
    }

    /// Another owner of the same picture, to be shown at `time` in the encoder's time base, without what the decoder
    /// noted about it.
    package func forEncoding(at time: Int64) throws(FFmpegError) -> Frame {
        let copy = try Frame()
        try check(av_frame_ref(copy.pointer, pointer), "sharing a frame")
        headwater_strip_frame(copy.pointer)
        copy.pointer.pointee.pts = time
        return copy
    }

    /// Has an encoder predict this picture from earlier ones only (a P picture), whatever it would choose itself.
    package func forbidBidirectionalPrediction() {
        pointer.pointee.pict_type = AV_PICTURE_TYPE_P
    }
}

// Pictures.
extension Frame {
    /// Size in samples of luma.
    package var width: Int { Int(pointer.pointee.width) }
    package var height: Int { Int(pointer.pointee.height) }
    /// Whether it consists of two fields.
    package var isInterlaced: Bool { headwater_is_interlaced(pointer) != 0 }
    /// Whether it is already 8-bit 4:2:0, as encoders want it.
    package var isEncodable: Bool { PixelFormat(rawValue: pointer.pointee.format).plain == .yuv420p }
    /// Memory that the pixels take, in bytes.
    package var pictureBytes: Int {
        let format = AVPixelFormat(rawValue: pointer.pointee.format)
        return Int(max(0, av_image_get_buffer_size(format, pointer.pointee.width, pointer.pointee.height, 32)))
    }

    package var colour: ColourProperties { pointer.pointee.colour }

    /// Lends the luma, 8 bits a sample, and the distance from one row to the next.
    /// - Returns: nil where the picture has another format.
    package func withLuma<Result>(
        _ body: (UnsafePointer<UInt8>, Int) throws -> Result
    ) rethrows -> Result? {
        guard PixelFormat(rawValue: pointer.pointee.format).hasByteLuma, let plane = pointer.pointee.data.0 else {
            return nil
        }
        return try body(UnsafePointer(plane), Int(pointer.pointee.linesize.0))
    }
}

// Sound.
extension Frame {
    /// Samples per channel.
    package var sampleCount: Int { Int(pointer.pointee.nb_samples) }
    /// Samples per second and channel.
    package var sampleRate: Int { Int(pointer.pointee.sample_rate) }
    package var channelCount: Int { Int(pointer.pointee.ch_layout.nb_channels) }

    /// The samples of the first channel, if they are planar floats, as encoders and resamplers have them; else nothing.
    package var firstChannel: [Float] {
        guard pointer.pointee.format == AV_SAMPLE_FMT_FLTP.rawValue, let plane = pointer.pointee.data.0 else {
            return []
        }
        return plane.withMemoryRebound(to: Float.self, capacity: sampleCount) {
            Array(UnsafeBufferPointer(start: $0, count: sampleCount))
        }
    }

    /// Drops the first `count` samples.
    /// - Precondition: `count` is not above ``sampleCount``.
    package func dropSamples(_ count: Int) {
        precondition(count >= 0 && count <= sampleCount, "a frame cannot lose more samples than it has")
        headwater_drop_samples(pointer, Int32(count))
    }

    /// Whether `other` carries sound of the same format, rate and channels.
    package func hasSameSound(as other: Frame) -> Bool { headwater_same_sound(pointer, other.pointer) != 0 }
}

// A frame is written by the thread that makes it, before others see it; afterwards it is only read, and FFmpeg counts
// references to its buffers atomically.
extension Frame: @unchecked Sendable {}
