internal import CFFmpeg
package import Presentation

/// What a container says about one of its streams.
package struct StreamDescription: Sendable, Hashable {
    /// What the stream carries, as far as this package plays it.
    package enum Content: Sendable, Hashable {
        case video(Video)
        case audio(Audio)
        case subtitles
        /// Data, attachments, cover pictures.
        case other
    }

    /// Facts about a video stream.
    package struct Video: Sendable, Hashable {
        /// Size of a coded picture, after cropping.
        package var width: Int
        package var height: Int
        /// Width of a sample over its height; 1 where unknown.
        package var sampleAspectRatio: Rational
        /// How to turn pictures; nil for an angle that is no multiple of 90°.
        package var orientation: Orientation?
        /// The lowest rate at which all timestamps can be stated, FFmpeg's guess; nil where unknown.
        package var baseFrameRate: Rational?
        /// Frames over time; nil where unknown.
        package var averageFrameRate: Rational?
        /// By how many pictures the codec decodes ahead of what is shown.
        package var reorderDelay: Int
        /// Whether the container or codec says that pictures consist of two fields.
        package var isInterlaced: Bool
        /// What the colours of pictures in 8-bit 4:2:0 made from it should be declared as.
        package var colour: ColourProperties

        package init(
            width: Int, height: Int, sampleAspectRatio: Rational = Rational(1), orientation: Orientation? = .upright,
            baseFrameRate: Rational? = nil, averageFrameRate: Rational? = nil, reorderDelay: Int = 0,
            isInterlaced: Bool = false,
            colour: ColourProperties = ColourProperties()
        ) {
            self.width = width
            self.height = height
            self.sampleAspectRatio = sampleAspectRatio
            self.orientation = orientation
            self.baseFrameRate = baseFrameRate
            self.averageFrameRate = averageFrameRate
            self.reorderDelay = reorderDelay
            self.isInterlaced = isInterlaced
            self.colour = colour
        }
    }

    /// Facts about an audio stream.
    package struct Audio: Sendable, Hashable {
        /// Samples per second and channel.
        package var sampleRate: Int
        package var channelCount: Int

        package init(sampleRate: Int, channelCount: Int) {
            self.sampleRate = sampleRate
            self.channelCount = channelCount
        }
    }

    package var index: Int
    /// FFmpeg's name of the codec: `h264`, `aac`.
    package var codecName: String
    /// Seconds per tick of its timestamps; positive.
    package var timeBase: Rational
    package var content: Content
    /// Whether this FFmpeg has a decoder for it.
    package var isDecodable: Bool
    /// RFC 5646 or ISO 639-2 tag as the container has it.
    package var language: String?

    /// The video facts, if it is video.
    package var video: Video? { if case .video(let video) = content { video } else { nil } }
    /// The audio facts, if it is audio.
    package var audio: Audio? { if case .audio(let audio) = content { audio } else { nil } }
}

extension StreamDescription {
    init(_ stream: UnsafeMutablePointer<AVStream>) {
        let parameters = stream.pointee.codecpar.pointee
        index = Int(stream.pointee.index)
        codecName = String(cString: avcodec_get_name(parameters.codec_id))
        isDecodable = avcodec_find_decoder(parameters.codec_id) != nil
        timeBase = Rational(stream.pointee.time_base) ?? Rational(1, 90_000)
        if let entry = av_dict_get(stream.pointee.metadata, "language", nil, 0), let value = entry.pointee.value {
            language = String(cString: value)
        }
        switch parameters.codec_type {
        case AVMEDIA_TYPE_VIDEO where stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0:
            content = .video(
                Video(
                    width: Int(parameters.width), height: Int(parameters.height),
                    sampleAspectRatio: Rational(stream.pointee.sample_aspect_ratio)
                        ?? Rational(parameters.sample_aspect_ratio) ?? Rational(1),
                    orientation: Self.orientation(of: stream),
                    baseFrameRate: Rational(stream.pointee.r_frame_rate),
                    averageFrameRate: Rational(stream.pointee.avg_frame_rate),
                    reorderDelay: Int(parameters.video_delay),
                    isInterlaced: parameters.field_order != AV_FIELD_UNKNOWN
                        && parameters.field_order != AV_FIELD_PROGRESSIVE,
                    colour: ColourProperties(parameters)))
        case AVMEDIA_TYPE_AUDIO:
            content = .audio(
                Audio(sampleRate: Int(parameters.sample_rate), channelCount: Int(parameters.ch_layout.nb_channels)))
        case AVMEDIA_TYPE_SUBTITLE:
            content = .subtitles
        default:
            content = .other
        }
    }

    private static func orientation(of stream: UnsafeMutablePointer<AVStream>) -> Orientation? {
        var matrix = [Int32](repeating: 0, count: 9)
        guard headwater_display_matrix(stream, &matrix) != 0 else { return .upright }
        return Orientation(displayMatrix: matrix)
    }
}

extension Rational {
    /// FFmpeg's fraction, unless it is not positive: its way to say "unknown".
    init?(_ fraction: AVRational) {
        guard fraction.num > 0, fraction.den > 0 else { return nil }
        self.init(Int(fraction.num), Int(fraction.den))
    }
}

extension AVRational {
    /// The fraction in 32-bit terms, rounded where it does not fit.
    init(_ fraction: Rational) {
        self.init()
        av_reduce(&num, &den, Int64(fraction.numerator), Int64(fraction.denominator), Int64(Int32.max))
    }
}
