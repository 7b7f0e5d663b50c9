package import AsyncHTTPClient
import Foundation
package import Logging
import NIOCore
import NIOHTTP1
package import Presentation
package import Simulator

/// Finds out what the segments of a presentation weigh: from `segments.json` beside the media, else by asking the server
/// about each segment (HEAD).
package struct SegmentSizesLoader: Sendable {
    private let httpClient: HTTPClient
    private let logger: Logger
    /// A document beyond this is not read, in bytes.
    private let sizeLimit = 64 << 20
    /// HEAD requests at once.
    private let concurrency = 16

    package init(httpClient: HTTPClient, logger: Logger) {
        self.httpClient = httpClient
        self.logger = logger
    }

    /// - Throws: ``BenchmarkError`` when the server does not tell.
    package func sizes(of presentation: Presentation) async throws -> SegmentSizes {
        let tracks = presentation.periods.joined().flatMap(\.tracks)
        guard let bases = tracks.first?.baseURLs, !bases.isEmpty else {
            throw BenchmarkError("the manifest does not say where its media are")
        }
        for base in bases {
            if let index = await segmentIndex(beside: base) { return try SegmentSizes(index, for: presentation) }
        }
        logger.notice("no segments.json beside the media; asking for the size of each segment")
        return try await SegmentSizes(of: asking(about: presentation), initializationBytes: 1024)
    }

    /// `segments.json`, when the server has one that can be read.
    private func segmentIndex(beside base: String) async -> SegmentIndex? {
        let request = HTTPClientRequest(url: URIReference.resolve("segments.json", against: base))
        guard let response = try? await httpClient.execute(request, timeout: .seconds(15), logger: logger),
            response.status == .ok,
            let body = try? await response.body.collect(upTo: sizeLimit)
        else { return nil }
        return try? JSONDecoder().decode(SegmentIndex.self, from: Data(body.readableBytesView))
    }

    /// The presentation with the size of every segment.
    private func asking(about presentation: Presentation) async throws -> Presentation {
        var periods = presentation.periods
        for period in periods.indices {
            for set in periods[period].indices {
                for track in periods[period][set].tracks.indices {
                    let known = periods[period][set].tracks[track]
                    for (segment, bytes) in try await sizes(of: known).enumerated() {
                        periods[period][set].tracks[track].segments[segment].bytes = bytes
                    }
                }
            }
        }
        var presentation = presentation
        presentation.periods = periods
        return presentation
    }

    /// The size of each segment of `track`.
    private func sizes(of track: Track) async throws -> [Int?] {
        var sizes = track.segments.map { segment in
            segment.bytes ?? segment.resource.byteRange.map { Int($0.upperBound - $0.lowerBound + 1) }
        }
        let missing = sizes.indices.filter { sizes[$0] == nil }
        for start in stride(from: 0, to: missing.count, by: concurrency) {
            let batch = missing[start..<min(start + concurrency, missing.count)]
            for (index, bytes) in try await askSizes(of: batch, in: track) { sizes[index] = bytes }
        }
        return sizes
    }

    private func askSizes(of batch: ArraySlice<Int>, in track: Track) async throws -> [(Int, Int)] {
        try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for index in batch {
                group.addTask {
                    (index, try await size(of: track.urls(of: track.segments[index].resource)))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// The size of what is at each of `urls`, as the first server says that answers.
    private func size(of urls: [String]) async throws(BenchmarkError) -> Int {
        var failure = BenchmarkError("the manifest does not say where its media are")
        for url in urls {
            do throws(BenchmarkError) {
                return try await size(of: url)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func size(of url: String) async throws(BenchmarkError) -> Int {
        var request = HTTPClientRequest(url: url)
        request.method = .HEAD
        let response: HTTPClientResponse
        do {
            response = try await httpClient.execute(request, timeout: .seconds(15), logger: logger)
        } catch {
            throw BenchmarkError("cannot ask for the size of \(url): \(error)")
        }
        guard response.status == .ok, let length = response.headers.first(name: "Content-Length").flatMap(Int.init)
        else { throw BenchmarkError("\(url): the server does not tell the size (status \(response.status.code))") }
        return length
    }
}
