import Client
import ISOBMFF
import Manifest
import Presentation

/// Fetches the indexes (`sidx`) of representations that are one file each: plain ones, hierarchies of them, and chains.
///
/// What files claim is limited: the size and number of indexes, how deep they lead, and the number of segments.
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
    /// In bytes: an index of some thousand segments, read at once where a reference does not say where it ends.
    private static var usualSize: Int { 64 << 10 }

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
                let fetched = try await fetch(url, location.byteRange)
                var reading = Reading(url: url, isApart: location.isApart, held: fetched)
                let top = try await read(fetched, depth: 1, &reading)
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

    /// A part of a file that begins with an index.
    private struct Part {
        /// Of its first byte in the file.
        var start: Int64
        var bytes: [UInt8]
    }

    /// What was found in one file so far.
    private struct Reading {
        let url: String
        /// Whether segments are in another file than indexes.
        let isApart: Bool
        /// What the manifest calls the index; further ones are often inside of it.
        let held: Part
        var segments: [IndexedSegments.Part] = []
        var indexCount = 0

        func unusable(_ part: Part, _ what: String) -> PlayerError {
            PlayerError(.unusable, "\(url), from byte \(part.start): \(what)")
        }
    }

    /// Appends the segments that the index at the start of `part` leads to, through further ones if need be; gives that
    /// index.
    ///
    /// Its references count from behind itself (ISO/IEC 14496-12 §8.16.3), those to segments in another file from that
    /// file's start. A reference to an index spans that alone, or what it indexes too.
    private func read(
        _ part: Part, depth: Int, _ reading: inout Reading
    ) async throws(PlayerError) -> SegmentIndexBox {
        reading.indexCount += 1
        guard depth <= Self.maximumDepth, reading.indexCount <= Self.maximumIndexCount else {
            throw reading.unusable(part, "too many segment indexes lead to each other")
        }
        let found: (index: SegmentIndexBox, end: Int)
        do {
            found = try SegmentIndexBox.first(in: part.bytes)
        } catch {
            throw reading.unusable(part, "no segment index (sidx): \(error)")
        }
        guard found.index.firstOffset <= UInt64(Int32.max) else {
            throw reading.unusable(part, "its segments are not in this file")
        }
        let offset = Int64(found.index.firstOffset)
        let behind = part.start + Int64(found.end)
        // Where the next segment is, and the next index.
        var (position, indexPosition) = reading.isApart ? (offset, behind) : (behind + offset, behind + offset)
        let references = found.index.references
        for (number, reference) in references.enumerated() where reference.size > 0 {
            let size = Int64(reference.size)
            if reference.isIndex {
                let nested = try await nestedPart(indexPosition...indexPosition + size - 1, reading)
                // A chain, in which each index ends with a reference to the next one, gets no deeper.
                let isChained = number == references.count - 1 && number > 0
                let index = try await read(nested, depth: isChained ? depth : depth + 1, &reading)
                guard index.timescale == found.index.timescale else {
                    throw reading.unusable(part, "its segment indexes count time in different units")
                }
            } else {
                guard reading.segments.count < Self.maximumSegmentCount else {
                    throw reading.unusable(part, "more than \(Self.maximumSegmentCount) segments")
                }
                reading.segments.append(
                    IndexedSegments.Part(duration: reference.duration, byteRange: position...position + size - 1))
            }
            if !reading.isApart || reference.isIndex { indexPosition += size }
            if !reading.isApart || !reference.isIndex { position += size }
        }
        return found.index
    }

    /// The beginning of the file's bytes `range`, with the whole of the index that they begin with.
    private func nestedPart(_ range: ClosedRange<Int64>, _ reading: Reading) async throws(PlayerError) -> Part {
        let held = reading.held
        if range.lowerBound >= held.start, range.upperBound < held.start + Int64(held.bytes.count) {
            let bytes = held.bytes[Int(range.lowerBound - held.start)...Int(range.upperBound - held.start)]
            return Part(start: range.lowerBound, bytes: Array(bytes))
        }
        // What it indexes may follow within the range, which no index needs.
        for length in [Self.usualSize, Self.sizeLimit] {
            let end = min(range.upperBound, range.lowerBound + Int64(length) - 1)
            let part = try await fetch(reading.url, range.lowerBound...end)
            if end == range.upperBound || (try? SegmentIndexBox.first(in: part.bytes)) != nil { return part }
        }
        throw PlayerError(.unusable, "\(reading.url), from byte \(range.lowerBound): larger than any segment index")
    }

    /// The bytes `range` of the file at `url`; nil for all of it.
    private func fetch(_ url: String, _ range: ClosedRange<Int64>?) async throws(PlayerError) -> Part {
        // No file reaches so far that sums of some positions in it could overflow.
        if let range, range.upperBound - range.lowerBound >= Int64(Self.sizeLimit) || range.upperBound >= 1 << 60 {
            throw PlayerError(
                .unusable, "\(url), bytes \(range.lowerBound)-\(range.upperBound): larger than any segment index")
        }
        do {
            let bytes = try await SegmentTransfer(sender: sender, sizeLimit: Self.sizeLimit)
                .fetch(url, byteRange: range)
            return Part(start: range?.lowerBound ?? 0, bytes: bytes)
        } catch {
            if case .status(let status) = error { throw PlayerError(status: status, url) }
            throw PlayerError(.unreachable, "\(url): \(error)")
        }
    }
}
