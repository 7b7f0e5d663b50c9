package import AsyncHTTPClient
import Client
import Foundation
package import Logging
import Manifest
import NIOCore
import NIOHTTP1
package import Presentation

/// Fetches a manifest and makes a presentation of it.
package struct ManifestLoader: Sendable {
    private let sender: RequestSender
    let logger: Logger
    /// A manifest beyond this is refused, in bytes: an hour in segments of one second takes some 2 MB at most.
    private static let sizeLimit = 32 << 20
    /// For the whole of a document.
    private let timeout = TimeAmount.seconds(15)

    /// - Parameters:
    ///   - httpClient: see ``PlaybackHTTPClient``.
    ///   - authorityMap: where to connect instead of the servers that URLs name.
    ///   - transport: that the client was made for.
    ///   - reporting: what servers are told of the player; nil for nothing.
    package init(
        httpClient: HTTPClient, authorityMap: AuthorityMap = [:], transport: Transport = .standard,
        reporting: ClientReporting? = nil, logger: Logger
    ) {
        sender = RequestSender(
            httpClient: httpClient, authorityMap: authorityMap, transport: transport, reporting: reporting,
            logger: logger)
        self.logger = logger
    }

    /// The presentation of the MPD at `url`, redirects followed.
    ///
    /// - Parameter edges: base URLs of further servers of the same files; each adds one alternative location to every
    ///   location that the manifest names, tried after those. They are asked for the manifest too, when `url` fails.
    /// - Throws: ``PlayerError`` with the URL in its description.
    package func presentation(at url: String, edges: [String] = []) async throws(PlayerError) -> Presentation {
        try Self.checkURL(url)
        for edge in edges { try Self.checkURL(edge) }
        let (bytes, location) = try await fetch(url, orFrom: edges)
        do {
            let mpd = try MPD(parsing: bytes)
            let references = try mpd.references(at: location)
            let indexes = try await SegmentIndexLoader(sender: sender, edges: edges).indexes(at: references.indexes)
            let measurements = await measurements(at: references.measurements, edges: edges)
            return try mpd.presentation(at: location, indexes: indexes, measurements: measurements)
                .addingEdges(edges)
        } catch let error as PlayerError {
            throw error
        } catch {
            throw PlayerError(.unusable, "\(url): \(error)")
        }
    }

    /// What is at `url`, or where that cannot be had, at the same path of the first of `edges` that has it.
    private func fetch(_ url: String, orFrom edges: [String]) async throws(PlayerError) -> ([UInt8], String) {
        do {
            return try await fetch(url)
        } catch {
            for edge in edges {
                var alternative = URIReference(url)
                (alternative.scheme, alternative.authority) = (URIReference(edge).scheme, URIReference(edge).authority)
                if let found = try? await fetch(alternative.description) { return found }
            }
            throw error
        }
    }

    /// - Throws: `invalidURL` when `url` is not an absolute http or https URL.
    package static func checkURL(_ url: String) throws(PlayerError) {
        let reference = URIReference(url)
        guard let scheme = reference.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let authority = reference.authority, !authority.isEmpty
        else {
            throw PlayerError(.invalidURL, "'\(url)' is no URL of a server: give http://HOST[:PORT]/PATH")
        }
    }

    /// The body of what is at `url`, and the URL that it came from in the end.
    ///
    /// - Parameters:
    ///   - types: which media types are wanted, as `Accept` says it.
    ///   - limit: bytes beyond which it is refused.
    func fetch(
        _ url: String, accepting types: String = "application/dash+xml, */*;q=0.5", limit: Int = sizeLimit
    ) async throws(PlayerError) -> ([UInt8], String) {
        do {
            var data = CommonMediaClientData()
            data.objectType = .manifest
            data.startup = true
            let response = try await sender.get(
                url, fields: ["Accept": types], data: data, deadline: .now() + timeout)
            guard response.status.code == 200 else { throw PlayerError(status: Int(response.status.code), url) }
            let body = try await response.body.collect(upTo: limit)
            // Where the request went through another address, references are still relative to the real one.
            let location = response.history.count > 1 ? response.url?.absoluteString ?? url : url
            return (Array(body.readableBytesView), location)
        } catch let error as PlayerError {
            throw error
        } catch is NIOTooManyBytesError {
            throw PlayerError(.unusable, "\(url): larger than \(limit >> 20) MiB, which no such document is")
        } catch let error as HTTPClientError where error == .invalidURL || error == .emptyHost {
            throw PlayerError(.invalidURL, "'\(url)' is no URL of a server: give http://HOST[:PORT]/PATH")
        } catch {
            throw PlayerError(.unreachable, "\(url): \(ConnectionFailure(error).reason)")
        }
    }
}

extension PlayerError {
    /// What a status that is no success means for the one who asked.
    init(status: Int, _ url: String) {
        switch status {
        case 404, 410: self.init(.notFound, "\(url): the server has nothing there (status \(status))")
        case 500...: self.init(.refused, "\(url): the server failed (status \(status))")
        default: self.init(.refused, "\(url): the server answered with status \(status)")
        }
    }
}

extension Presentation {
    /// The same with alternative locations: for each of `edges`, every base URL with that server's scheme and authority.
    package func addingEdges(_ edges: [String]) -> Presentation {
        guard !edges.isEmpty else { return self }
        return mappingTracks { track in
            var track = track
            track.baseURLs = Self.addingEdges(edges, to: track.baseURLs)
            return track
        }
    }

    /// `urls`, and behind them each on each of `edges`; none twice.
    static func addingEdges(_ edges: [String], to urls: [String]) -> [String] {
        var all = urls
        for edge in edges.map({ URIReference($0) }) {
            for url in urls {
                var alternative = URIReference(url)
                alternative.scheme = edge.scheme
                alternative.authority = edge.authority
                let text = alternative.description
                if !all.contains(text) { all.append(text) }
            }
        }
        return all
    }

    /// The same with every track changed by `change`.
    private func mappingTracks(_ change: (Track) -> Track) -> Presentation {
        var presentation = self
        presentation.periods = periods.map { sets in
            sets.map { SwitchingSet(kind: $0.kind, language: $0.language, tracks: $0.tracks.map(change)) }
        }
        return presentation
    }
}
