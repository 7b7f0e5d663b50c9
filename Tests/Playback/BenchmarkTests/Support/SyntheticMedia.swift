import Foundation
import ISOBMFF
import Presentation

/// A presentation of sound in several bit rates whose files are real CMAF, though nobody would want to hear them.
struct SyntheticMedia: Sendable {
    /// Not located yet.
    let presentation: Presentation
    /// By path, `segments.json` among them.
    let files: [String: [UInt8]]

    /// AAC frames in a segment, of 1024 samples each: 0.512 s at 48 kHz.
    private static let framesPerSegment = 24
    private static let segmentTicks = 1024 * framesPerSegment

    init(bitRates: [Int], count: Int, minBufferTime: Double) throws {
        var files: [String: [UInt8]] = [:]
        var index = SegmentIndex(tracks: [])
        var tracks: [Track] = []
        for (version, bitRate) in bitRates.enumerated() {
            let id = "a\(version)"
            let writer = CMAFWriter(
                track: CMAFTrack(
                    timescale: 48_000,
                    format: .aac(
                        AACSampleFormat(
                            sampleRate: 48_000, channelCount: 2, audioSpecificConfig: [0x11, 0x90],
                            averageBitRate: bitRate, maximumBitRate: bitRate))))
            let initialization = writer.initializationSegment()
            files["\(id)/init.mp4"] = initialization
            let frame = bitRate * 1024 / 48_000 / 8
            var segments: [Segment] = []
            for number in 1...count {
                let start = (number - 1) * Self.segmentTicks
                let bytes = writer.mediaSegment(
                    number: UInt32(number), decodeTime: UInt64(start),
                    samples: Array(
                        repeating: FragmentSample(size: frame, duration: 1024, isSync: true),
                        count: Self.framesPerSegment),
                    payload: Array(repeating: UInt8(number), count: frame * Self.framesPerSegment))
                files["\(id)/\(number).m4s"] = bytes
                segments.append(
                    Segment(
                        number: number, start: Int64(start), duration: Int64(Self.segmentTicks),
                        resource: MediaResource(path: "\(id)/\(number).m4s"), bytes: bytes.count))
            }
            tracks.append(
                Track(
                    id: id, kind: .audio, codecs: "mp4a.40.2", mimeType: "audio/mp4", bandwidth: bitRate,
                    audio: AudioFormat(sampleRate: 48_000, channelCount: 2), timescale: 48_000,
                    initialization: MediaResource(path: "\(id)/init.mp4"), segments: segments))
            index.tracks.append(
                SegmentIndex.Track(
                    id: id, kind: .audio, bandwidth: bitRate, timescale: 48_000,
                    initializationBytes: initialization.count,
                    segments: segments.map {
                        SegmentIndex.Segment(
                            number: $0.number, start: $0.start, duration: $0.duration, bytes: $0.bytes ?? 0,
                            bitRate: bitRate)
                    }))
        }
        files["segments.json"] = Array(try JSONEncoder().encode(index))
        self.files = files
        presentation = Presentation(
            duration: Double(count * Self.segmentTicks) / 48_000, minBufferTime: minBufferTime,
            switchingSets: [SwitchingSet(kind: .audio, tracks: tracks)])
    }

    /// Located at `base`, as a manifest there would say; the sizes of segments not known.
    func presentation(at base: String) -> Presentation {
        var located = presentation
        for track in located.switchingSets[0].tracks.indices {
            located.switchingSets[0].tracks[track].baseURLs = [base]
            for segment in located.switchingSets[0].tracks[track].segments.indices {
                located.switchingSets[0].tracks[track].segments[segment].bytes = nil
            }
        }
        return located
    }
}
