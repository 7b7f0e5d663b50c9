internal import Foundation
internal import Segmenter

/// What is known of a segment that is in the library.
package struct StoredSegment: Sendable, Hashable {
    /// Size of the file.
    package var bytes: Int
    /// On the presentation timeline, in ticks of the track.
    package var start: Int64
    package var duration: Int64
    /// Structural similarity to the source; nil where it was not measured.
    package var ssim: Double?

    package init(bytes: Int, start: Int64, duration: Int64, ssim: Double? = nil) {
        self.bytes = bytes
        self.start = start
        self.duration = duration
        self.ssim = ssim
    }
}

/// Puts finished segments into the library, on a thread of its own: waiting for the disk must not keep an encoder from
/// its work.
///
/// Sendable: all mutable state is guarded by `condition`.
final class SegmentStorage: SegmentSink, @unchecked Sendable {
    private let layout: LibraryLayout
    /// Called before each segment is written; an error counts as a failed write.
    private let willStore: @Sendable (SegmentKey) throws -> Void
    private let condition = NSCondition()
    private var queue: [SegmentOutput] = []
    private var isFinished = false
    private var hasEnded = false
    private var failure: (any Error)?
    private var stored: [SegmentKey: StoredSegment]
    /// What this run wrote.
    private var written: Set<SegmentKey> = []

    /// Segments that wait to be written before encoders have to.
    private static let longestQueue = 16

    init(
        layout: LibraryLayout, stored: [SegmentKey: StoredSegment],
        willStore: @escaping @Sendable (SegmentKey) throws -> Void
    ) {
        self.layout = layout
        self.stored = stored
        self.willStore = willStore
        let thread = Thread { [self] in writeAll() }
        thread.name = "segment storage"
        thread.start()
    }

    /// Takes a segment; blocks while too many wait.
    /// - Throws: the failure of an earlier write.
    func accept(_ segment: SegmentOutput) throws {
        try condition.withLock {
            while failure == nil, queue.count >= Self.longestQueue { condition.wait() }
            if let failure { throw failure }
            queue.append(segment)
            condition.broadcast()
        }
    }

    /// Waits until all that was taken is written; blocks its thread for the time of a few writes.
    /// - Returns: everything that is in the library now, written by this run or before.
    /// - Throws: the failure of a write.
    func finish() throws -> [SegmentKey: StoredSegment] {
        try condition.withLock {
            isFinished = true
            condition.broadcast()
            while !hasEnded { condition.wait() }
            if let failure { throw failure }
            return stored
        }
    }

    /// Whether anything is in the library, written by this run or before.
    var isEmpty: Bool { condition.withLock { stored.isEmpty } }

    /// Removes what this run wrote, once all of it is written.
    func discard() {
        let discarded = condition.withLock {
            defer { written = [] }
            for key in written { stored[key] = nil }
            return written
        }
        for key in discarded { LibraryFiles.remove(layout.path(of: key)) }
    }

    private func writeAll() {
        while let segment = next() {
            do {
                try willStore(segment.key)
                if let ssim = segment.ssim {
                    try QualityJournal(layout.qualityRecord).append(ssim, of: segment.key)
                }
                let temporary = "\(layout.work)/\(segment.key.track)-\(segment.key.number).tmp"
                try LibraryFiles.write(segment.bytes, to: layout.path(of: segment.key), by: temporary)
                condition.withLock {
                    written.insert(segment.key)
                    stored[segment.key] = StoredSegment(
                        bytes: segment.bytes.count, start: segment.start, duration: segment.duration,
                        ssim: segment.ssim)
                }
            } catch {
                condition.withLock {
                    failure = failure ?? error
                    queue.removeAll()
                    condition.broadcast()
                }
            }
        }
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    private func next() -> SegmentOutput? {
        condition.withLock {
            while queue.isEmpty {
                if isFinished || failure != nil { return nil }
                condition.wait()
            }
            let segment = queue.removeFirst()
            condition.broadcast()
            return segment
        }
    }
}
