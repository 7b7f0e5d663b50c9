import Client
import Foundation
import ISOBMFF
import Presentation

/// Checks that what came is what the manifest promised: a segment that is whole, and in its place on the timeline.
struct SegmentValidator: Sendable {
    let track: Track

    /// Reads an initialization segment.
    ///
    /// - Throws: ``RequestFailure/damaged(_:)`` that names the version.
    func initialization(_ bytes: [UInt8]) throws(RequestFailure) -> InitializationInfo {
        let info: InitializationInfo
        do {
            info = try InitializationInfo(parsing: bytes)
        } catch {
            throw .damaged("initialization segment of \(track.id): \(error)")
        }
        let isExpected =
            switch info.kind {
            case .video: track.kind == .video
            case .audio: track.kind == .audio
            case .other: false
            }
        guard isExpected else {
            throw .damaged("initialization segment of \(track.id): it does not hold \(track.kind.rawValue)")
        }
        return info
    }

    /// Checks a media segment, of a version whose own segments initialise themselves when `initialization` is nil.
    ///
    /// - Throws: ``RequestFailure/damaged(_:)`` that names the segment and what is wrong with it.
    func check(
        _ segment: Segment, _ contents: SegmentScanner, initialization: InitializationInfo?
    ) throws(RequestFailure) {
        let info = if let initialization { initialization } else { try self.initialization(contents.movie ?? []) }
        let timing: SegmentTiming
        do {
            timing = try contents.timing(initialization: info)
        } catch {
            throw damaged(segment, error.description)
        }
        let offset = Double(track.presentationTimeOffset) / Double(track.timescale)
        let start = Double(timing.earliestPresentationTime) / Double(info.timescale) - offset
        let promisedStart = track.seconds(segment.start)
        // Where the manifest only states a nominal duration, real borders may be half of it away on either side.
        let leeway = track.hasNominalTimes ? track.seconds(track.segments.first?.duration ?? 0) / 2 : 0
        guard abs(start - promisedStart) <= tolerance + leeway else {
            throw damaged(segment, "it starts at \(text(start)), the manifest says \(text(promisedStart))")
        }
        let duration = Double(timing.presentationDuration) / Double(info.timescale)
        let promisedDuration = track.seconds(segment.duration)
        guard abs(duration - promisedDuration) <= tolerance + 2 * leeway else {
            throw damaged(segment, "it lasts \(text(duration)), the manifest says \(text(promisedDuration))")
        }
    }

    /// How far times may be off, in seconds: half a frame, since manifests of other makers round, and more cannot be
    /// without a frame being lost or doubled.
    var tolerance: Double {
        let frame =
            if let rate = track.video?.frameRate, rate.numerator > 0 {
                Double(rate.denominator) / Double(rate.numerator)
            } else if let rate = track.audio?.sampleRate, rate > 0 {
                // AAC's frame length (ISO/IEC 14496-3 §4.5.1).
                1024 / Double(rate)
            } else {
                0.04
            }
        return min(frame, 1) / 2 + 0.001
    }

    private func damaged(_ segment: Segment, _ how: String) -> RequestFailure {
        .damaged("segment \(segment.number) of \(track.id): \(how)")
    }

    private func text(_ seconds: Double) -> String { String(format: "%.3f s", seconds) }
}
