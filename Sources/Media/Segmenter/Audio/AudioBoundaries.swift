internal import Presentation

/// Where the sound's segments start, in coded frames: next to where the video's do.
struct AudioBoundaries: Sendable, Hashable {
    /// First coded frames of the second and later segments beside the video's, ascending, none twice.
    private let planned: [Int]
    /// Seconds after which the video, if any, ends, and from where on the sound is divided on its own.
    private let end: Double
    private let segmentDuration: Double
    private let sampleRate: Double
    private let frameSize: Int
    private let padding: Int

    init(video: VideoPlan?, segmentDuration: Rational, sampleRate: Int, frameSize: Int, padding: Int) {
        self.segmentDuration = segmentDuration.value
        self.sampleRate = Double(sampleRate)
        self.frameSize = frameSize
        self.padding = padding
        var planned: [Int] = []
        end = video.map { $0.timeline.seconds($0.timeline.duration) } ?? 0
        if let video {
            for boundary in video.boundaries.dropFirst().dropLast() {
                let index = Self.frame(
                    at: video.timeline.seconds(boundary), Double(sampleRate), frameSize: frameSize, padding: padding)
                if index > planned.last ?? 0 { planned.append(index) }
            }
        }
        self.planned = planned
    }

    /// The coded frame that starts nearest to `time` seconds.
    private static func frame(at time: Double, _ sampleRate: Double, frameSize: Int, padding: Int) -> Int {
        Int(((time * sampleRate + Double(padding)) / Double(frameSize)).rounded())
    }

    /// First coded frame behind segment `number` (from 1), and how many coded frames must exist from there on for the
    /// cut to be made: behind the video's end, a rest of less than half a segment stays with the one before.
    func end(ofSegment number: Int) -> (frame: Int, needed: Int) {
        if number <= planned.count { return (planned[number - 1], 1) }
        let steps = number - planned.count - (end > 0 ? 1 : 0)
        let time = end + Double(steps) * segmentDuration
        let frame = Self.frame(at: time, sampleRate, frameSize: frameSize, padding: padding)
        let needed = Int(segmentDuration / 2 * sampleRate / Double(frameSize))
        return (max(frame, (planned.last ?? 0) + 1), max(needed, 1))
    }
}
