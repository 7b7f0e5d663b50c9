internal import CFFmpeg

/// Turns the packets of one stream into frames; owns one `AVCodecContext`.
package final class Decoder {
    private let context: UnsafeMutablePointer<AVCodecContext>

    /// What a decoder has to say.
    package enum Output {
        case frame(Frame)
        /// It wants another packet.
        case needsPacket
        /// Everything has been delivered.
        case finished
    }

    /// - Parameter conceals: whether damaged pictures are guessed; else they are errors.
    init(stream: UnsafeMutablePointer<AVStream>, threads: Int, conceals: Bool) throws(FFmpegError) {
        let name = String(cString: avcodec_get_name(stream.pointee.codecpar.pointee.codec_id))
        context = try Self.open(
            stream.pointee.codecpar, timeBase: stream.pointee.time_base, threads: threads, conceals: conceals,
            "opening the \(name) decoder")
    }

    /// A decoder of what `encoder` makes, in one thread, which takes damage for an error.
    package init(of encoder: Encoder) throws(FFmpegError) {
        let operation = "opening the decoder of an encoder's own pictures"
        guard let parameters = avcodec_parameters_alloc() else { throw .outOfMemory(operation) }
        defer {
            var parameters: UnsafeMutablePointer<AVCodecParameters>? = parameters
            avcodec_parameters_free(&parameters)
        }
        try check(avcodec_parameters_from_context(parameters, encoder.context), operation)
        context = try Self.open(
            parameters, timeBase: encoder.context.pointee.time_base, threads: 1, conceals: false, operation)
    }

    private static func open(
        _ parameters: UnsafeMutablePointer<AVCodecParameters>, timeBase: AVRational, threads: Int, conceals: Bool,
        _ operation: String
    ) throws(FFmpegError) -> UnsafeMutablePointer<AVCodecContext> {
        guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
            throw FFmpegError(headwater_error_no_decoder, operation)
        }
        guard let context = avcodec_alloc_context3(codec) else { throw .outOfMemory(operation) }
        do throws(FFmpegError) {
            try check(avcodec_parameters_to_context(context, parameters), operation)
            context.pointee.pkt_timebase = timeBase
            context.pointee.thread_count = Int32(clamping: threads)
            context.pointee.thread_type = FF_THREAD_FRAME
            if !conceals { context.pointee.err_recognition |= AV_EF_EXPLODE }
            try check(avcodec_open2(context, codec, nil), operation)
        } catch {
            var context: UnsafeMutablePointer<AVCodecContext>? = context
            avcodec_free_context(&context)
            throw error
        }
        return context
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// Feeds one packet, or nil at the end of the stream. ``receive()`` must have answered ``Output/needsPacket``.
    /// - Throws: a packet that cannot be decoded; the next one may be.
    package func send(_ packet: Packet?) throws(FFmpegError) {
        try check(avcodec_send_packet(context, packet?.pointer), "decoding")
    }

    /// The next frame, if there is one yet.
    /// - Throws: data that cannot be decoded; later data may be.
    package func receive() throws(FFmpegError) -> Output {
        let frame = try Frame()
        let result = avcodec_receive_frame(context, frame.pointer)
        if result == headwater_error_again { return .needsPacket }
        if result == headwater_error_end_of_file { return .finished }
        try check(result, "decoding")
        return .frame(frame)
    }

    /// Forgets all state, after a seek.
    package func flush() { avcodec_flush_buffers(context) }
}
