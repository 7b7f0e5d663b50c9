import Presentation

extension Track {
    /// A track with segments of these lengths in milliseconds: `ID/init`, `ID/1`, `ID/2` …
    static func made(
        _ id: String, _ kind: MediaKind, kilobits: Int, milliseconds: [Int64], initialization: Bool = true,
        baseURLs: [String] = ["http://a/"]
    ) -> Track {
        var start: Int64 = 0
        let segments = milliseconds.enumerated().map { index, duration in
            defer { start += duration }
            return Segment(
                number: index + 1, start: start, duration: duration, resource: MediaResource(path: "\(id)/\(index + 1)")
            )
        }
        return Track(
            id: id, kind: kind, codecs: "", mimeType: "", bandwidth: kilobits * 1000, timescale: 1000,
            initialization: initialization ? MediaResource(path: "\(id)/init") : nil, segments: segments,
            baseURLs: baseURLs)
    }
}

extension Presentation {
    /// Video of 1, 2, 4 Mb/s (`v1`, `v2`, `v4`) without initialization segments, unless told.
    static func video(
        _ count: Int, of seconds: Int64 = 2, megabits: [Int] = [1, 2, 4], initialization: Bool = false,
        baseURLs: [String] = ["http://a/"], minBufferTime: Double = 2
    ) -> Presentation {
        let lengths = Array(repeating: seconds * 1000, count: count)
        let tracks = megabits.map {
            Track.made(
                "v\($0)", .video, kilobits: $0 * 1000, milliseconds: lengths, initialization: initialization,
                baseURLs: baseURLs)
        }
        return Presentation(
            duration: Double(seconds) * Double(count), minBufferTime: minBufferTime,
            switchingSets: [SwitchingSet(kind: .video, tracks: tracks)])
    }

    /// The same with a set of audio tracks: kilobits of each, and segments in milliseconds.
    func adding(audio kilobits: [Int], milliseconds: [Int64], initialization: Bool = false) -> Presentation {
        var presentation = self
        let tracks = kilobits.map {
            Track.made("a\($0)", .audio, kilobits: $0, milliseconds: milliseconds, initialization: initialization)
        }
        presentation.switchingSets.append(SwitchingSet(kind: .audio, tracks: tracks))
        return presentation
    }
}
