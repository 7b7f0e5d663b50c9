internal import Foundation
internal import ISOBMFF
internal import Presentation
internal import Segmenter

/// What earlier runs left of a presentation.
struct LibraryInventory {
    /// Segments that are whole.
    private(set) var segments: [SegmentKey: StoredSegment] = [:]
    /// What became of the sound; nil if it was not finished.
    private(set) var sound: AudioOutcome?
    /// Whether `segments.json` is there: all segments were made once.
    let isIndexed: Bool

    /// Looks into the library. Where `segments.json` exists, files of the sizes it says are whole.
    /// - Parameter trustsUnindexed: whether other files are read and checked; else they do not count.
    init(_ layout: LibraryLayout, plan: SegmentationPlan, trustsUnindexed: Bool) {
        let index = LibraryFiles.read(layout.segmentIndex)
            .flatMap { try? JSONDecoder().decode(SegmentIndex.self, from: Data($0)) }
        isIndexed = index != nil
        var indexed: [SegmentKey: StoredSegment] = [:]
        for track in index?.tracks ?? [] {
            indexed[.initialization(of: track.id)] = StoredSegment(
                bytes: track.initializationBytes, start: 0, duration: 0)
            for segment in track.segments {
                indexed[SegmentKey(track: track.id, number: segment.number)] = StoredSegment(
                    bytes: segment.bytes, start: segment.start, duration: segment.duration, ssim: segment.ssim)
            }
        }
        sound = Self.sound(in: index, layout, plan, trustsUnindexed)
        let measured = trustsUnindexed ? QualityJournal(layout.qualityRecord).entries() : [:]
        for header in Segmenter.initializationSegments(of: plan) {
            collect(header, layout, plan, indexed, measured, trustsUnindexed)
        }
        // Quality is measured while a segment is made: one that lacks it has to be made again.
        guard plan.video?.measuredSize != nil else { return }
        segments = segments.filter { key, segment in
            key.number == 0 || key.track == plan.audio?.id || segment.ssim != nil
        }
    }

    private mutating func collect(
        _ header: SegmentOutput, _ layout: LibraryLayout, _ plan: SegmentationPlan,
        _ indexed: [SegmentKey: StoredSegment], _ measured: [SegmentKey: Double], _ trustsUnindexed: Bool
    ) {
        guard LibraryFiles.read(layout.path(of: header.key)) == header.bytes,
            let initialization = try? InitializationInfo(parsing: header.bytes)
        else { return }
        segments[header.key] = StoredSegment(bytes: header.bytes.count, start: 0, duration: 0)
        let isVideo = header.key.track != plan.audio?.id
        // The number of segments of sound may not be known yet: they are there from the first on, or the sound is
        // made again anyway.
        let count = isVideo ? plan.video?.segmentCount ?? 0 : sound?.segmentCount ?? Int(Int32.max)
        for number in 0..<count {
            let key = SegmentKey(track: header.key.track, number: number + 1)
            guard let size = LibraryFiles.size(of: layout.path(of: key)) else {
                if isVideo || sound != nil { continue } else { break }
            }
            if let known = indexed[key] {
                if known.bytes == size { segments[key] = known }
            } else if trustsUnindexed, var checked = Self.check(layout.path(of: key), initialization) {
                if isVideo, let video = plan.video, !checked.matches(video.boundaries[number...(number + 1)]) {
                    continue
                }
                checked.ssim = measured[key]
                segments[key] = checked
            }
        }
    }

    private static func check(_ path: String, _ initialization: InitializationInfo) -> StoredSegment? {
        guard let bytes = LibraryFiles.read(path),
            let timing = try? SegmentTiming(parsing: bytes, initialization: initialization)
        else { return nil }
        return StoredSegment(
            bytes: bytes.count, start: timing.earliestPresentationTime, duration: timing.presentationDuration)
    }

    private static func sound(
        in index: SegmentIndex?, _ layout: LibraryLayout, _ plan: SegmentationPlan, _ trustsUnindexed: Bool
    ) -> AudioOutcome? {
        guard let audio = plan.audio else { return AudioOutcome(segmentCount: 0, sampleCount: 0) }
        if let index {
            let segments = index.tracks.first { $0.id == audio.id }?.segments ?? []
            return AudioOutcome(
                segmentCount: segments.count, sampleCount: segments.last.map { $0.start + $0.duration } ?? 0)
        }
        guard trustsUnindexed else { return nil }
        return LibraryFiles.read(layout.soundRecord, limit: 1 << 16)
            .flatMap { try? JSONDecoder().decode(AudioOutcome.self, from: Data($0)) }
    }

    /// Whether every segment of the sound is there.
    func hasAllSound(of plan: SegmentationPlan) -> Bool {
        guard let audio = plan.audio else { return true }
        guard let sound, sound.segmentCount >= 0, sound.segmentCount < Int(Int32.max) else { return false }
        return (0..<sound.segmentCount).allSatisfy {
            segments[SegmentKey(track: audio.id, number: $0 + 1)] != nil
        }
    }

    /// Media segments that are there.
    var mediaSegmentCount: Int { segments.keys.count { $0.number > 0 } }
}

extension StoredSegment {
    /// Whether it fills exactly the time between two boundaries.
    fileprivate func matches(_ boundaries: ArraySlice<Int64>) -> Bool {
        boundaries.first == start && boundaries.last == start + duration
    }
}
