import Client
import ISOBMFF
import Manifest
import Presentation

/// Fetches the indexes (`sidx`) of representations that are one file each.
struct SegmentIndexLoader: Sendable {
    let sender: RequestSender
    /// Base URLs of further servers of the same files.
    let edges: [String]

    /// Requests at once.
    private static var concurrency: Int { 4 }
    /// Levels of indexes that lead to indexes; two are usual.
    private static var maximumDepth: Int { 4 }
    /// Of one file: a day in segments of half a second.
    private static var maximumSegmentCount: Int { 200_000 }
    /// Of one file: indexes that its first one leads to.
    private static var maximumIndexCount: Int { 1000 }
    /// In bytes: an index of that many segments.
    private static var sizeLimit: Int { 4 << 20 }

    /// What is at each of `locations`.
    ///
    /// - Throws: ``PlayerError`` that names the file, when one cannot be had or is none.
    func indexes(
        at locations: [SegmentIndexLocation]
    ) async throws -> [SegmentIndexLocation: IndexedSegments] {
        var indexes: [SegmentIndexLocation: IndexedSegments] = [:]
        for start in stride(from: 0, to: locations.count, by: Self.concurrency) {
            let batch = locations[start..<min(start + Self.concurrency, locations.count)]
            try await withThrowingTaskGroup(of: (SegmentIndexLocation, IndexedSegments).self) { group in
                for location in batch { group.addTask { (location, try await index(at: location)) } }
                for try await (location, index) in group { indexes[location] = index }
            }
        }
        return indexes
    }

    private func index(at location: SegmentIndexLocation) async throws(PlayerError) -> IndexedSegments {
        let urls = Presentation.addingEdges(edges, to: location.urls)
        var failure = PlayerError(.unusable, "a segment index without a URL")
        for url in urls {
            do throws(PlayerError) {
                var reading = Reading()
                let top = try await read(url, location.byteRange, depth: 1, &reading)
                guard !reading.segments.isEmpty else {
                    throw PlayerError(.unusable, "\(url): its segment index names no segments")
                }
                return IndexedSegments(
                    timescale: top.timescale, earliestPresentationTime: top.earliestPresentationTime,
                    segments: reading.segments)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// What was found in one file so far.
    private struct Reading {
        var segments: [IndexedSegments.Part] = []
        var indexCount = 0
    }

    /// Appends the segments that the index at `byteRange` leads to, through further ones if need be; gives that index.
    private func read(
        _ url: String, _ byteRange: ClosedRange<Int64>, depth: Int, _ reading: inout Reading
    ) async throws(PlayerError) -> SegmentIndexBox {
        func unusable(_ what: String) -> PlayerError {
            PlayerError(.unusable, "\(url), bytes \(byteRange.lowerBound)-\(byteRange.upperBound): \(what)")
        }
        reading.indexCount += 1
        guard depth <= Self.maximumDepth, reading.indexCount <= Self.maximumIndexCount else {
            throw unusable("too many segment indexes lead to each other")
        }
        // No file reaches so far that sums of some positions in it could overflow.
        guard byteRange.upperBound - byteRange.lowerBound < Self.sizeLimit, byteRange.upperBound < 1 << 60 else {
            throw unusable("larger than any segment index")
        }
        let bytes: [UInt8]
        do {
            bytes = try await SegmentTransfer(sender: sender, sizeLimit: Self.sizeLimit)
                .fetch(url, byteRange: byteRange, onResponse: { _ in }, onBytes: { _ in })
        } catch {
            if case .status(let status) = error { throw PlayerError(status: status, url) }
            throw PlayerError(.unreachable, "\(url): \(error)")
        }
        let found: (index: SegmentIndexBox, end: Int)
        do {
            found = try SegmentIndexBox.first(in: bytes)
        } catch {
            throw unusable("no segment index (sidx): \(error)")
        }
        guard found.index.firstOffset <= UInt64(Int32.max) else { throw unusable("its segments are not in this file") }
        var position = byteRange.lowerBound + Int64(found.end) + Int64(found.index.firstOffset)
        for reference in found.index.references where reference.size > 0 {
            let part = position...position + Int64(reference.size) - 1
            position += Int64(reference.size)
            if reference.isIndex {
                let nested = try await read(url, part, depth: depth + 1, &reading)
                guard nested.timescale == found.index.timescale else {
                    throw unusable("its segment indexes count time in different units")
                }
            } else {
                guard reading.segments.count < Self.maximumSegmentCount else {
                    throw unusable("more than \(Self.maximumSegmentCount) segments")
                }
                reading.segments.append(IndexedSegments.Part(duration: reference.duration, byteRange: part))
            }
        }
        return found.index
    }
}
