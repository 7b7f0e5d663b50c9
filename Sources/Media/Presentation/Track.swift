/// One version of one kind of media, cut into segments (MPEG-DASH: a representation).
package struct Track: Sendable, Hashable {
    /// Unique in the presentation, and the name of the track's folder: `v720`, `a128`.
    package var id: String
    package var kind: MediaKind
    /// RFC 6381 codecs parameter, as the bitstream says: `avc1.64001F`, `mp4a.40.2`.
    package var codecs: String
    package var mimeType: String
    /// Bits per second that suffice for continuous playout after buffering `minBufferTime` (ISO/IEC 23009-1 §5.3.5.2).
    package var bandwidth: Int
    package var video: VideoFormat?
    package var audio: AudioFormat?
    /// Ticks per second of the segments' times.
    package var timescale: UInt32
    /// Media time (`tfdt`, edit list applied) at the presentation's start, in ticks: a segment's media time less this
    /// is its ``Segment/start`` (`@presentationTimeOffset`).
    package var presentationTimeOffset: Int64
    /// Whether the segments' times are nominal, so that media may start up to half a segment earlier or later: a
    /// manifest that states one duration for all (ISO/IEC 23009-1 §7.2.1), or only the length of the whole.
    package var hasNominalTimes: Bool
    /// Absent for tracks whose segments initialise themselves.
    package var initialization: MediaResource?
    /// In presentation order, without gaps.
    package var segments: [Segment]
    /// Alternative locations, in order of preference, that ``MediaResource/path`` is resolved against; empty in a
    /// presentation that no manifest located yet.
    package var baseURLs: [String]

    package init(
        id: String, kind: MediaKind, codecs: String, mimeType: String, bandwidth: Int, video: VideoFormat? = nil,
        audio: AudioFormat? = nil, timescale: UInt32, presentationTimeOffset: Int64 = 0,
        hasNominalTimes: Bool = false, initialization: MediaResource?, segments: [Segment], baseURLs: [String] = []
    ) {
        self.id = id
        self.kind = kind
        self.codecs = codecs
        self.mimeType = mimeType
        self.bandwidth = bandwidth
        self.video = video
        self.audio = audio
        self.timescale = timescale
        self.presentationTimeOffset = presentationTimeOffset
        self.hasNominalTimes = hasNominalTimes
        self.initialization = initialization
        self.segments = segments
        self.baseURLs = baseURLs
    }

    /// Seconds that `ticks` of this track's clock last.
    package func seconds(_ ticks: Int64) -> Double { Double(ticks) / Double(timescale) }

    /// Where `resource` can be fetched, one URL for each of ``baseURLs`` and in their order; its path alone in a
    /// presentation that no manifest located yet.
    package func urls(of resource: MediaResource) -> [String] {
        baseURLs.isEmpty ? [resource.path] : baseURLs.map { URIReference.resolve(resource.path, against: $0) }
    }
}

/// A piece of a track that is fetched as a whole and can be decoded without any other media segment.
package struct Segment: Sendable, Hashable {
    /// Counted from 1.
    package var number: Int
    /// Earliest presentation time, in ticks of the track's timescale, from the presentation's start.
    package var start: Int64
    /// In ticks of the track's timescale; above zero.
    package var duration: Int64
    package var resource: MediaResource
    /// Size in bytes, where it is known before the segment is fetched.
    package var bytes: Int?
    /// Mean structural similarity of its pictures to the source's, −1 to 1; nil where it was not measured.
    package var ssim: Double?

    package init(
        number: Int, start: Int64, duration: Int64, resource: MediaResource, bytes: Int? = nil, ssim: Double? = nil
    ) {
        self.number = number
        self.start = start
        self.duration = duration
        self.resource = resource
        self.bytes = bytes
        self.ssim = ssim
    }
}

/// Where bytes of a track are: a URL reference, relative to one of ``Track/baseURLs``, and the part of it.
package struct MediaResource: Sendable, Hashable {
    /// A URI reference (RFC 3986 §4.1): usually relative.
    package var path: String
    /// First and last byte, inclusive as in an HTTP range; nil for the whole.
    package var byteRange: ClosedRange<Int64>?

    package init(path: String, byteRange: ClosedRange<Int64>? = nil) {
        self.path = path
        self.byteRange = byteRange
    }

    /// Size in bytes, where ``byteRange`` tells it.
    package var byteCount: Int? {
        guard let byteRange else { return nil }
        let (difference, overflow) = byteRange.upperBound.subtractingReportingOverflow(byteRange.lowerBound)
        return overflow || difference == .max ? nil : Int(difference + 1)
    }
}

/// What pictures look like.
package struct VideoFormat: Sendable, Hashable, Codable {
    /// Coded size in samples; even.
    package var width: Int
    package var height: Int
    /// Width of one sample over its height.
    package var sampleAspectRatio: Rational
    /// Frames per second; the average where the rate varies.
    package var frameRate: Rational

    package init(width: Int, height: Int, sampleAspectRatio: Rational, frameRate: Rational) {
        self.width = width
        self.height = height
        self.sampleAspectRatio = sampleAspectRatio
        self.frameRate = frameRate
    }
}

/// What sound is like.
package struct AudioFormat: Sendable, Hashable, Codable {
    /// Samples per second and channel.
    package var sampleRate: Int
    package var channelCount: Int

    package init(sampleRate: Int, channelCount: Int) {
        self.sampleRate = sampleRate
        self.channelCount = channelCount
    }
}

/// A fraction of integers, kept in lowest terms with a positive denominator.
package struct Rational: Sendable, Hashable, Codable, CustomStringConvertible {
    package let numerator: Int
    package let denominator: Int

    /// - Precondition: `denominator` is not zero.
    package init(_ numerator: Int, _ denominator: Int = 1) {
        precondition(denominator != 0, "a fraction needs a denominator")
        var (a, b) = (numerator.magnitude, denominator.magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        let divisor = max(Int(a), 1) * (denominator < 0 ? -1 : 1)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    package var value: Double { Double(numerator) / Double(denominator) }

    package var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}
