internal import CFFmpeg
package import Presentation

/// Reads the packets of a media file; owns one `AVFormatContext` and the file it reads.
///
/// Only plain files are opened, and nothing that a file points to: containers that are lists of other files
/// (playlists, concatenations) are refused, as are text and still pictures, which FFmpeg would otherwise play.
package final class Demuxer {
    private let context: UnsafeMutablePointer<AVFormatContext>
    private let path: String
    /// FFmpeg's name of the container: `mov,mp4,m4a,3gp,3g2,mj2`.
    package let formatName: String
    /// Every stream, by index.
    package let streams: [StreamDescription]
    /// What the container says it lasts, in seconds.
    package let declaredDuration: Double?
    /// Whether the container's timestamps may jump, as those of MPEG transport streams.
    package let mayBeDiscontinuous: Bool
    /// Streams whose packets are wanted; nil for all.
    private var selected: Set<Int>?

    /// Opens `path` and looks into its first packets.
    /// - Throws: a file that cannot be read, a format that is unknown or refused, a damaged header.
    package init(path: String) throws(FFmpegError) {
        FFmpegLog.install()
        var context = try Self.open(path, isPatient: false)
        if Self.lacksParameters(context) {
            Self.close(context)
            context = try Self.open(path, isPatient: true)
        }
        self.context = context
        formatName = String(cString: context.pointee.iformat.pointee.name)
        self.path = path
        streams = UnsafeBufferPointer(start: context.pointee.streams, count: Int(context.pointee.nb_streams))
            .compactMap { $0.map { StreamDescription($0) } }
        // Matroska counts from 0, wherever the first packet is.
        let start = formatName.hasPrefix("matroska") ? max(known(context.pointee.start_time) ?? 0, 0) : 0
        declaredDuration = known(context.pointee.duration).map { Double($0 - start) / Double(AV_TIME_BASE) }
        mayBeDiscontinuous = context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
    }

    deinit { Self.close(context) }

    /// - Parameter isPatient: whether to read on for two minutes or 256 MiB until every stream has shown what it is.
    private static func open(
        _ path: String, isPatient: Bool
    ) throws(FFmpegError) -> UnsafeMutablePointer<AVFormatContext> {
        let operation = "reading \(path)"
        var input: UnsafeMutablePointer<AVIOContext>?
        try check(avio_open2(&input, "file:" + path, AVIO_FLAG_READ, nil, nil), operation)
        do throws(FFmpegError) {
            var format: UnsafePointer<AVInputFormat>?
            let score = av_probe_input_buffer2(input, &format, path, nil, 0, 0)
            // The lowest score means that the name alone speaks for the format.
            guard score > 1, let format else {
                try checkInput(input, path)
                throw unknownFormat(operation)
            }
            let name = String(cString: format.pointee.name)
            guard !isRefused(name) else { throw unknownFormat(operation) }
            guard let allocated = avformat_alloc_context() else { throw .outOfMemory(operation) }
            allocated.pointee.pb = input
            if isPatient {
                allocated.pointee.probesize = 256 << 20
                allocated.pointee.max_analyze_duration = 120 * Int64(AV_TIME_BASE)
            }
            var context: UnsafeMutablePointer<AVFormatContext>? = allocated
            // On failure this frees the context, but not the input that it was given.
            let opened = avformat_open_input(&context, "file:" + path, format, nil)
            guard opened >= 0 else {
                try checkInput(input, path)
                throw unopened(FFmpegError(opened, operation), name)
            }
            guard let context else { throw .outOfMemory(operation) }
            let found = avformat_find_stream_info(context, nil)
            guard found >= 0 else {
                var context: UnsafeMutablePointer<AVFormatContext>? = context
                avformat_close_input(&context)
                try checkInput(input, path)
                throw FFmpegError(found, operation)
            }
            return context
        } catch {
            avio_closep(&input)
            throw error
        }
    }

    private static func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
        var input = context.pointee.pb
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
        avio_closep(&input)
    }

    /// Whether the packets read so far leave open what a stream of pictures or sound is like, as where the sound of a
    /// transport stream starts late.
    private static func lacksParameters(_ context: UnsafeMutablePointer<AVFormatContext>) -> Bool {
        UnsafeBufferPointer(start: context.pointee.streams, count: Int(context.pointee.nb_streams)).contains {
            guard let parameters = $0?.pointee.codecpar.pointee else { return false }
            return switch parameters.codec_type {
            case AVMEDIA_TYPE_VIDEO: parameters.width == 0
            case AVMEDIA_TYPE_AUDIO: parameters.sample_rate == 0
            default: false
            }
        }
    }

    /// Containers' readers take a failure of the system for the file's end or for damage; the input knows better.
    private static func checkInput(
        _ input: UnsafeMutablePointer<AVIOContext>?, _ path: String
    ) throws(FFmpegError) {
        guard let failure = input?.pointee.error, failure < 0, failure != headwater_error_end_of_file else { return }
        let operation = "cannot read \(path)"
        throw FFmpegError(code: .inputOutput, operation: operation, reason: FFmpegError(failure, operation).reason)
    }

    private static func unknownFormat(_ operation: String) -> FFmpegError {
        FFmpegError(code: .invalidData, operation: operation, reason: "not a video or audio file of a known format")
    }

    /// Damage to the header, in words that help.
    private static func unopened(_ error: FFmpegError, _ format: String) -> FFmpegError {
        guard error.code == .invalidData else { return error }
        let container = format.split(separator: ",").first ?? ""
        return FFmpegError(
            code: .invalidData, operation: error.operation,
            reason: "looks like \(container), but its index or header is damaged or missing: perhaps it is cut off")
    }

    /// Containers of text, of still pictures, and those that only point to other files.
    private static func isRefused(_ name: String) -> Bool {
        let refused: Set<String> = [
            "tty", "bin", "xbin", "idf", "adf", "hls", "dash", "concat", "concatf", "image2", "image2pipe", "sdp",
            "rtsp", "imf", "ffmetadata", "tedcaptions", "webvtt", "srt", "ass", "ico", "gdv_text", "txd", "lrc",
        ]
        return name.hasSuffix("_pipe") || name.split(separator: ",").contains { refused.contains(String($0)) }
    }

    /// The stream that FFmpeg would play of `kind`; nil if there is none. Cover pictures do not count as video.
    package func bestStream(_ kind: MediaKind, relatedTo other: Int? = nil) -> StreamDescription? {
        let type = kind == .video ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO
        let index = Int(av_find_best_stream(context, type, -1, Int32(other ?? -1), nil, 0))
        if index >= 0, index < streams.count, matches(streams[index], kind) { return streams[index] }
        return streams.first { matches($0, kind) }
    }

    private func matches(_ stream: StreamDescription, _ kind: MediaKind) -> Bool {
        kind == .video ? stream.video != nil : stream.audio != nil
    }

    /// Skips the packets of all streams but `indices`.
    package func select(_ indices: Set<Int>) {
        selected = indices
        for index in streams.indices {
            headwater_discard_stream(context.pointee.streams[index], indices.contains(index) ? 0 : 1)
        }
    }

    /// Reads the next packet of a selected stream, in file order.
    /// - Returns: false at the end.
    /// - Throws: damage that the container's reader could not skip; a file that cannot be read on
    ///   (``FFmpegError/Code/inputOutput``).
    package func read(into packet: Packet) throws(FFmpegError) -> Bool {
        while true {
            av_packet_unref(packet.pointer)
            let result = av_read_frame(context, packet.pointer)
            if result < 0 { try Self.checkInput(context.pointee.pb, path) }
            if result == headwater_error_end_of_file { return false }
            try check(result, "reading \(path)")
            // What was read before the selection comes all the same.
            if selected?.contains(packet.streamIndex) ?? true { return true }
        }
    }

    /// Goes to the keyframe at or before `time`, in ticks of stream `index`. Decoders fed from here must be flushed.
    package func seek(_ index: Int, to time: Int64) throws(FFmpegError) {
        try check(av_seek_frame(context, Int32(index), time, AVSEEK_FLAG_BACKWARD), "seeking in \(path)")
    }

    /// A decoder for one stream.
    ///
    /// - Parameters:
    ///   - index: of the stream in ``streams``.
    ///   - threads: frames that it works on at once; at least 1.
    ///   - conceals: whether it guesses what is damaged, which several threads do a little differently each time; else
    ///     it throws.
    package func makeDecoder(
        stream index: Int, threads: Int, conceals: Bool = true
    ) throws(FFmpegError) -> Decoder {
        guard streams.indices.contains(index), let stream = context.pointee.streams[index] else {
            throw FFmpegError(code: .other, operation: "decoding \(path)", reason: "it has no stream \(index)")
        }
        return try Decoder(stream: stream, threads: threads, conceals: conceals)
    }
}
