/// What a CMAF header says about its one track (ISO/IEC 23000-19 §7.3).
package struct CMAFTrack: Sendable, Hashable {
    /// Ticks per second of all times in the track; above zero.
    package var timescale: UInt32
    /// ISO 639-2/T, three lowercase letters; `und` when not known. Anything else is written as `und`.
    package var language: String
    package var format: SampleFormat
    /// Encoder delay in ticks that an edit list skips; 0 for none.
    package var editMediaTime: Int64

    /// What the samples are.
    package enum SampleFormat: Sendable, Hashable {
        case avc(AVCSampleFormat)
        case aac(AACSampleFormat)

        /// RFC 6381 codecs parameter.
        package var codecs: String {
            switch self {
            case .avc(let format): format.codecs
            case .aac(let format): format.codecs
            }
        }
    }

    package init(timescale: UInt32, language: String = "und", format: SampleFormat, editMediaTime: Int64 = 0) {
        self.timescale = timescale
        self.language = language
        self.format = format
        self.editMediaTime = editMediaTime
    }
}

/// One coded picture or audio frame of a fragment.
package struct FragmentSample: Sendable, Hashable {
    /// In bytes, below 4 GiB.
    package var size: Int
    /// In ticks of the track's timescale.
    package var duration: UInt32
    /// Presentation time less decode time, in ticks; negative for pictures shown before their place in decode order.
    package var compositionOffset: Int32
    /// Whether decoding can start here (H.264: an IDR picture; audio: always).
    package var isSync: Bool

    package init(size: Int, duration: UInt32, compositionOffset: Int32 = 0, isSync: Bool) {
        self.size = size
        self.duration = duration
        self.compositionOffset = compositionOffset
        self.isSync = isSync
    }
}
