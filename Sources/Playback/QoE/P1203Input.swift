/// The input of programs that compute ITU-T P.1203 quality in mode 0, from a trace: what was played when, how it was
/// coded, and where playback stood still.
///
/// The JSON is the one that the reference program reads (github.com/itu-p1203/itu-p1203): `I11` describes the audio, `I13`
/// the video, `I23` the stalls of Recommendation ITU-T P.1203 §6, `IGen` the display. Times are seconds of media, bit
/// rates kbit/s as the segments' bytes have them. The start-up is a stall at 0. What was fetched and never shown is left
/// out.
package struct P1203Input: Sendable, Hashable, Codable {
    /// `IGen`: the display that the video was watched on.
    package struct General: Sendable, Hashable, Codable {
        /// `pc` or `mobile`.
        package var device: String
        /// `1920x1080`.
        package var displaySize: String
    }

    /// `I13`: the video that was shown, segment by segment.
    package struct Video: Sendable, Hashable, Codable {
        package var segments: [VideoSegment]
        package var streamId = 1
    }

    /// A segment of the video. Its start and duration are in seconds of media, its bit rate in kbit/s;
    /// `codec` is `h264`, `h265`, `vp9` or `av1`, and `resolution` width and height in samples, such as `1920x1080`.
    package struct VideoSegment: Sendable, Hashable, Codable {
        package var bitrate: Double
        package var codec: String
        package var duration: Double
        package var fps: Double
        package var representation: String
        package var resolution: String
        package var start: Double
    }

    /// `I11`: the sound that was played, segment by segment.
    package struct Audio: Sendable, Hashable, Codable {
        package var segments: [AudioSegment]
        package var streamId = 1
    }

    /// A segment of the sound. Its start and duration are in seconds of media, its bit rate in kbit/s.
    package struct AudioSegment: Sendable, Hashable, Codable {
        package var bitrate: Double
        package var codec: String
        package var duration: Double
        package var start: Double
    }

    /// `I23`: where playback stood still, and for how long.
    package struct Stalling: Sendable, Hashable, Codable {
        /// Pairs of the time in the media and the length, both in seconds.
        package var stalling: [[Double]]
        package var streamId = 1
    }

    package var audio: Audio?
    package var video: Video
    package var stalling: Stalling
    package var general: General

    private enum CodingKeys: String, CodingKey {
        case audio = "I11"
        case video = "I13"
        case stalling = "I23"
        case general = "IGen"
    }

    /// - Parameters:
    ///   - viewing: the session.
    ///   - device: what it was watched on, `pc` or `mobile`.
    ///   - display: its size in pixels, `1920x1080`.
    ///   - withAudio: whether audio is described, where the trace has some.
    /// - Throws: ``P1203Error`` when nothing was shown, or the trace's head does not say how it was coded.
    package init(
        _ viewing: Viewing, device: String = "pc", display: String = "1920x1080", withAudio: Bool = true
    ) throws(P1203Error) {
        guard let startup = viewing.startupDelay, viewing.played > 0 else { throw P1203Error("nothing was shown") }
        guard let versions = viewing.session.versions else {
            throw P1203Error("the trace's head has no versions: it was written before they were recorded")
        }
        var video: [VideoSegment] = []
        for segment in viewing.shown(viewing.segments) {
            video.append(try Self.videoSegment(segment, until: viewing.played, versions))
        }
        guard !video.isEmpty else { throw P1203Error("no segment of what was shown is in the trace") }
        var audio: [AudioSegment] = []
        for segment in withAudio ? viewing.shown(viewing.audio) : [] {
            audio.append(try Self.audioSegment(segment, until: viewing.played, versions))
        }
        self.video = Video(segments: video)
        self.audio = audio.isEmpty ? nil : Audio(segments: audio)
        stalling = Stalling(
            stalling: (startup > 0 ? [[0, startup]] : []) + viewing.stalls.map { [$0.position, $0.duration] })
        general = General(device: device, displaySize: display)
        guard stalling.stalling.joined().allSatisfy({ $0.isFinite }), video.allSatisfy({ $0.bitrate.isFinite }),
            audio.allSatisfy({ $0.bitrate.isFinite })
        else { throw P1203Error("its numbers are out of range") }
    }

    private static func videoSegment(
        _ segment: Viewing.Segment, until played: Double, _ versions: [VersionRecord]
    ) throws(P1203Error) -> VideoSegment {
        guard let version = versions.first(where: { $0.id == segment.track && $0.media == "video" }) else {
            throw P1203Error("the trace's head does not describe the video version \"\(segment.track)\"")
        }
        guard let width = version.width, let height = version.height, let frameRate = version.frameRate, width > 0,
            height > 0, frameRate > 0
        else {
            throw P1203Error("the trace's head has no size or no frame rate of the version \"\(version.id)\"")
        }
        guard let codec = videoCodecs[String(version.codecs.prefix(4))] else { throw unknownCodec(of: version) }
        return VideoSegment(
            bitrate: segment.kilobitsPerSecond, codec: codec, duration: segment.duration(until: played), fps: frameRate,
            representation: version.id, resolution: "\(width)x\(height)", start: segment.start)
    }

    private static func audioSegment(
        _ segment: Viewing.Segment, until played: Double, _ versions: [VersionRecord]
    ) throws(P1203Error) -> AudioSegment {
        guard let version = versions.first(where: { $0.id == segment.track && $0.media == "audio" }) else {
            throw P1203Error("the trace's head does not describe the audio version \"\(segment.track)\"")
        }
        guard let codec = audioCodecs[version.codecs] else { throw unknownCodec(of: version) }
        return AudioSegment(
            bitrate: segment.kilobitsPerSecond, codec: codec, duration: segment.duration(until: played),
            start: segment.start)
    }

    /// By the sample entry, with which an RFC 6381 codecs parameter begins. The Recommendation knows H.264 alone; programs
    /// that extend it know the others by these names.
    private static let videoCodecs = [
        "avc1": "h264", "avc3": "h264", "hvc1": "h265", "hev1": "h265", "vp09": "vp9", "av01": "av1",
    ]
    /// By the whole parameter, which for MPEG-4 audio names the object type.
    private static let audioCodecs = [
        "mp4a.40.2": "aaclc", "mp4a.40.02": "aaclc", "mp4a.67": "aaclc", "mp4a.40.5": "heaac", "mp4a.40.05": "heaac",
        "mp4a.40.29": "heaac", "ac-3": "ac3",
    ]

    private static func unknownCodec(of version: VersionRecord) -> P1203Error {
        P1203Error(
            "P.1203 has no name for the codec \"\(version.codecs)\" of the \(version.media) version \"\(version.id)\"")
    }
}

/// Why a trace gives no input for ITU-T P.1203.
package struct P1203Error: Error, Sendable, CustomStringConvertible {
    /// What is missing, in one line.
    package var description: String

    init(_ description: String) { self.description = description }
}

extension Viewing {
    /// Those of `segments` of which something was shown.
    fileprivate func shown(_ segments: [Segment]) -> [Segment] {
        // What rounding of times leaves is nothing.
        segments.filter { $0.duration(until: played) > 1e-6 }
    }
}

extension Viewing.Segment {
    /// How much of it is shown when playback ends at `played`, in seconds; nothing below zero.
    fileprivate func duration(until played: Double) -> Double { max(min(duration, played - start), 0) }

    /// What the whole segment's bytes come to.
    fileprivate var kilobitsPerSecond: Double { Double(bytes) * 8 / 1000 / duration }
}
