import Manifest
import Presentation

extension MPD {
    init(text: String) throws(ManifestError) {
        try self.init(parsing: Array(text.utf8))
    }
}

enum Manifests {
    static let url = "https://cdn.example/vod/show/manifest.mpd?token=1"

    /// One video representation of ten seconds around `segments`, which is put into the representation.
    static func video(
        _ segments: String, period: String = "", baseURL: String = "", duration: String? = "PT10S"
    ) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static"
            \(duration.map { "mediaPresentationDuration=\"\($0)\"" } ?? "") minBufferTime="PT2S">
          \(baseURL)
          <Period>
            \(period)
            <AdaptationSet mimeType="video/mp4">
              <Representation id="v1" bandwidth="800000" codecs="avc1.64001F" width="640" height="360" frameRate="25">
                \(segments)
              </Representation>
            </AdaptationSet>
          </Period>
        </MPD>
        """
    }

    /// The only track of ``video(_:period:baseURL:duration:)``.
    static func track(
        _ segments: String, period: String = "", baseURL: String = "", duration: String? = "PT10S"
    ) throws(ManifestError) -> Track {
        let mpd = try MPD(text: video(segments, period: period, baseURL: baseURL, duration: duration))
        guard let track = try mpd.presentation(at: url).switchingSets.first?.tracks.first else {
            throw ManifestError(.malformed, "no track")
        }
        return track
    }

    /// As Segmenter describes a presentation: video aligned over two rungs, audio with a short first segment.
    static func presentation() -> Presentation {
        func track(
            _ id: String, _ kind: MediaKind, _ bandwidth: Int, _ timescale: UInt32, _ durations: [Int64]
        ) -> Track {
            var start: Int64 = 0
            let segments = durations.enumerated().map { index, duration in
                defer { start += duration }
                let number = "0000\(index + 1)"
                return Segment(
                    number: index + 1, start: start, duration: duration,
                    resource: MediaResource(path: "\(id)/\(number).m4s"))
            }
            return Track(
                id: id, kind: kind, codecs: kind == .video ? "avc1.64001F" : "mp4a.40.2", mimeType: "\(kind)/mp4",
                bandwidth: bandwidth, timescale: timescale,
                initialization: MediaResource(path: "\(id)/init.mp4"), segments: segments)
        }
        let videoDurations: [Int64] = [60_060, 60_060, 60_060, 29_029]
        var low = track("v240", .video, 300_000, 30_000, videoDurations)
        low.video = VideoFormat(
            width: 424, height: 240, sampleAspectRatio: Rational(160, 159), frameRate: Rational(30_000, 1001))
        var high = track("v720", .video, 2_500_000, 30_000, videoDurations)
        high.video = VideoFormat(
            width: 1280, height: 720, sampleAspectRatio: Rational(1), frameRate: Rational(30_000, 1001))
        var audio = track("a128", .audio, 132_000, 48_000, [95_232, 96_256, 96_256, 47_000])
        audio.audio = AudioFormat(sampleRate: 48_000, channelCount: 2)
        return Presentation(
            title: "Bunnies & <others>", duration: 209_209.0 / 30_000, minBufferTime: 4,
            switchingSets: [
                SwitchingSet(kind: .video, tracks: [low, high]),
                SwitchingSet(kind: .audio, language: "en", tracks: [audio]),
            ])
    }
}
