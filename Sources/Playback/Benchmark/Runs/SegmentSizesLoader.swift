package import AsyncHTTPClient
import Foundation
package import Logging
import NIOCore
import NIOHTTP1
package import Presentation
package import Simulator

/// Finds out what the segments of a presentation weigh: from `segments.json` beside the media, else from the manifest's
/// byte ranges and indices, and by asking the server (HEAD) about each segment of which these tell nothing.
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
        let places = Self.unknownPlaces(tracks)
        if !places.isEmpty {
            logger.notice("no segments.json beside the media; asking for the size of each segment")
        }
        let sizes = try await sizes(at: places)
        return try SegmentSizes(of: presentation) { track, resource in
            resource.byteCount ?? sizes[track.urls(of: resource)]
        }
    }

    /// The URLs of everything whose size neither an index nor a byte range tells, each once.
    private static func unknownPlaces(_ tracks: [Track]) -> [[String]] {
        distinct(
            tracks.flatMap { track in
                let segments = track.segments.filter { $0.bytes == nil }.map(\.resource)
                return ([track.initialization].compactMap(\.self) + segments).filter { $0.byteCount == nil }
                    .map(track.urls)
            })
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

    /// The size of what is at each of `places`.
    private func sizes(at places: [[String]]) async throws -> [[String]: Int] {
        var sizes: [[String]: Int] = [:]
        for start in stride(from: 0, to: places.count, by: concurrency) {
            let batch = places[start..<min(start + concurrency, places.count)]
            try await withThrowingTaskGroup(of: ([String], Int).self) { group in
                for urls in batch {
                    group.addTask { (urls, try await size(of: urls)) }
                }
                for try await (urls, bytes) in group { sizes[urls] = bytes }
            }
        }
        return sizes
    }

    /// The size of what is at every one of `urls`, as the first server says that answers.
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
