internal import CFFmpeg
package import Presentation

/// How pictures are coded with libx264: constant quality, capped by a leaky bucket, in one thread.
package struct VideoEncoding: Sendable, Hashable {
    /// Size in samples; even.
    package var width: Int
    package var height: Int
    package var sampleAspectRatio: Rational
    /// Seconds per tick of the frames' times.
    package var timeBase: Rational
    /// Frames per second, the average where it varies.
    package var frameRate: Rational
    /// x264's preset, for example `veryfast`.
    package var preset: String
    /// x264's constant rate factor: lower is better, 0 to 51.
    package var rateFactor: Double
    /// Rate at which the bucket refills, in bits per second.
    package var bucketRate: Int
    /// Size of the bucket in bits.
    package var bucketSize: Int
    /// What may leave the bucket at once at the start, in bits.
    package var bucketStart: Int
    package var colour: ColourProperties

    package init(
        width: Int, height: Int, sampleAspectRatio: Rational, timeBase: Rational, frameRate: Rational, preset: String,
        rateFactor: Double, bucketRate: Int, bucketSize: Int, bucketStart: Int, colour: ColourProperties
    ) {
        self.width = width
        self.height = height
        self.sampleAspectRatio = sampleAspectRatio
        self.timeBase = timeBase
        self.frameRate = frameRate
        self.preset = preset
        self.rateFactor = rateFactor
        self.bucketRate = bucketRate
        self.bucketSize = bucketSize
        self.bucketStart = bucketStart
        self.colour = colour
    }
}

/// How sound is coded: AAC-LC at a constant average rate.
package struct AudioEncoding: Sendable, Hashable {
    /// Samples per second and channel.
    package var sampleRate: Int
    package var channelCount: Int
    /// In bits per second.
    package var bitRate: Int

    package init(sampleRate: Int, channelCount: Int, bitRate: Int) {
        self.sampleRate = sampleRate
        self.channelCount = channelCount
        self.bitRate = bitRate
    }
}

/// Turns frames into packets; owns one `AVCodecContext`.
package final class Encoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    private let name: String

    /// An H.264 encoder whose first picture is the only one that decoding can start from.
    package init(video: VideoEncoding) throws(FFmpegError) {
        (name, context) = try Self.open("libx264") { context, operation throws(FFmpegError) in
            context.pointee.width = Int32(clamping: video.width)
            context.pointee.height = Int32(clamping: video.height)
            context.pointee.sample_aspect_ratio = AVRational(video.sampleAspectRatio)
            context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
            context.pointee.time_base = AVRational(video.timeBase)
            context.pointee.framerate = AVRational(video.frameRate)
            context.pointee.color_primaries = AVColorPrimaries(rawValue: UInt32(bitPattern: video.colour.primaries))
            context.pointee.color_trc = AVColorTransferCharacteristic(
                rawValue: UInt32(bitPattern: video.colour.transfer))
            context.pointee.colorspace = AVColorSpace(rawValue: UInt32(bitPattern: video.colour.matrix))
            context.pointee.color_range = video.colour.isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
            context.pointee.chroma_sample_location = AVChromaLocation(
                rawValue: UInt32(bitPattern: video.colour.chromaLocation))
            context.pointee.rc_max_rate = Int64(video.bucketRate)
            context.pointee.rc_buffer_size = Int32(clamping: video.bucketSize)
            context.pointee.rc_initial_buffer_occupancy = Int32(clamping: video.bucketStart)
            // No second picture to start from: the caller cuts segments by opening another encoder. With a distance
            // that depended on the segment's length, parameter sets could differ between segments.
            context.pointee.gop_size = 1 << 30
            context.pointee.keyint_min = 1 << 28
            context.pointee.thread_count = 1
            context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
            context.pointee.flags |= Int32(bitPattern: AV_CODEC_FLAG_CLOSED_GOP)
            // Without pyramids of B pictures every version is reordered by one picture: libavformat's demuxer, which
            // shifts a track by the largest reordering it has seen, then treats all versions alike.
            let parameters = ["opencl=0", "sliced-threads=0", "b-pyramid=none"] + Self.reproducibleCode
            let options = [
                ("preset", video.preset), ("crf", "\(video.rateFactor)"), ("a53cc", "0"),
                ("x264-params", parameters.joined(separator: ":")),
            ]
            for (key, value) in options {
                try check(av_opt_set(context.pointee.priv_data, key, value, 0), "\(operation) (\(key)=\(value))")
            }
        }
    }

    /// x264's AVX-512 code for macroblock trees reads beyond rows of macroblocks whose number is no multiple of its
    /// vectors' (seen with 854 and 426 samples, core 164): what memory held before would then show in the bytes. AVX2
    /// code does not, and is as fast.
    private static var reproducibleCode: [String] {
        #if arch(x86_64)
            av_get_cpu_flags() & AV_CPU_FLAG_AVX512 != 0 ? ["asm=avx2"] : []
        #else
            []
        #endif
    }

    /// An encoder of still pictures: each of its packets is a JPEG file.
    ///
    /// - Parameters:
    ///   - width: in samples; even, as `height`.
    ///   - height: in samples.
    ///   - quantiser: 2 to 31; lower is better.
    package init(jpegOf width: Int, _ height: Int, quantiser: Int) throws(FFmpegError) {
        (name, context) = try Self.open("mjpeg") { context, _ in
            context.pointee.width = Int32(clamping: width)
            context.pointee.height = Int32(clamping: height)
            context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
            // JFIF's samples use the full range; that 4:2:0 is named without saying so is no longer "official".
            context.pointee.color_range = AVCOL_RANGE_JPEG
            context.pointee.strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL
            context.pointee.time_base = AVRational(num: 1, den: 25)
            context.pointee.thread_count = 1
            context.pointee.flags |= Int32(bitPattern: UInt32(AV_CODEC_FLAG_QSCALE))
            context.pointee.global_quality = Int32(clamping: quantiser) * FF_QP2LAMBDA
        }
    }

    /// An AAC-LC encoder.
    package init(audio: AudioEncoding) throws(FFmpegError) {
        (name, context) = try Self.open("aac") { context, _ in
            context.pointee.sample_rate = Int32(clamping: audio.sampleRate)
            context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
            context.pointee.bit_rate = Int64(audio.bitRate)
            context.pointee.time_base = AVRational(num: 1, den: Int32(clamping: audio.sampleRate))
            context.pointee.thread_count = 1
            context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
            headwater_set_channels(context, Int32(clamping: audio.channelCount))
        }
    }

    private static func open(
        _ name: String,
        configure: (UnsafeMutablePointer<AVCodecContext>, String) throws(FFmpegError) -> Void
    ) throws(FFmpegError) -> (String, UnsafeMutablePointer<AVCodecContext>) {
        FFmpegLog.install()
        let operation = "opening the \(name) encoder"
        guard let codec = avcodec_find_encoder_by_name(name) else {
            throw FFmpegError(code: .unsupported, operation: operation, reason: "this FFmpeg was built without it")
        }
        guard let context = avcodec_alloc_context3(codec) else { throw .outOfMemory(operation) }
        do throws(FFmpegError) {
            try configure(context, operation)
            try check(avcodec_open2(context, codec, nil), operation)
        } catch {
            var context: UnsafeMutablePointer<AVCodecContext>? = context
            avcodec_free_context(&context)
            throw error
        }
        return (name, context)
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// What a decoder must know before the first packet: parameter sets in Annex B form, or an AudioSpecificConfig.
    package var extradata: [UInt8] {
        Array(UnsafeBufferPointer(start: context.pointee.extradata, count: Int(context.pointee.extradata_size)))
    }

    /// Samples that every frame of sound but the last must have.
    package var frameSize: Int { Int(context.pointee.frame_size) }

    /// Samples that the encoder puts before the first of the sound.
    package var initialPadding: Int { Int(context.pointee.initial_padding) }

    /// Feeds one frame, or nil at the end. ``receive(into:)`` must have answered false.
    package func send(_ frame: Frame?) throws(FFmpegError) {
        try check(avcodec_send_frame(context, frame?.pointer), "encoding with \(name)")
    }

    /// Takes the next packet, in decoding order.
    /// - Returns: false when it wants another frame, or everything has been delivered.
    package func receive(into packet: Packet) throws(FFmpegError) -> Bool {
        av_packet_unref(packet.pointer)
        let result = avcodec_receive_packet(context, packet.pointer)
        if result == headwater_error_again || result == headwater_error_end_of_file { return false }
        try check(result, "encoding with \(name)")
        return true
    }
}

// An encoder has no thread of its own and keeps nothing that belongs to a thread: it may move between threads as long
// as one at a time uses it, which its owner ensures.
extension Encoder: @unchecked Sendable {}
