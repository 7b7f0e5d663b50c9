import AsyncHTTPClient
import Client
import Logging
import NIOCore
import NIOHTTP1

/// Sends GET requests to where they are to go.
struct RequestSender: Sendable {
    let httpClient: HTTPClient
    let authorityMap: AuthorityMap
    var transport = Transport.standard
    /// What servers are told of the player; nil for nothing.
    var reporting: ClientReporting?
    let logger: Logger

    /// The response to a GET of `url`, its body still to come.
    ///
    /// - Parameter data: what the server is to know of the player, where it is told.
    /// - Throws: errors of the HTTP client, and of this; ``ConnectionFailure`` says what they mean.
    func get(
        _ url: String, fields: HTTPHeaders = [:], data: CommonMediaClientData? = nil,
        deadline: NIODeadline = .distantFuture
    ) async throws -> HTTPClientResponse {
        let route = authorityMap.route(url)
        var request = HTTPClientRequest(url: route.url)
        request.headers = fields
        if let reporting, let data = data.map(reporting.naming) {
            switch reporting.transmission {
            case .header: for field in data.fields { request.headers.add(name: field.name, value: field.value) }
            case .query: request.url = data.appended(to: request.url)
            }
        }
        let response = try await execute(request, host: route.host, deadline)
        guard transport.version != .http2 || response.version == .http2 else { throw VersionRefused() }
        return response
    }

    private func execute(
        _ request: HTTPClientRequest, host: String?, _ deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        var request = request
        if let host { request.headers.replaceOrAdd(name: "Host", value: host) }
        do {
            return try await httpClient.execute(request, deadline: deadline, logger: logger)
        } catch let error as HTTPClientError where error == .remoteConnectionClosed {
            // A server may close an idle connection at the moment when it is used again; a GET may be repeated without
            // asking (RFC 9112 §9.3.1).
            return try await httpClient.execute(request, deadline: deadline, logger: logger)
        }
    }
}

/// HTTP/2 was asked for, and the server answered with another version.
struct VersionRefused: Error {}

extension HTTPClientResponse {
    /// The announced size of the body; nil where there is none, as with chunked bodies.
    var contentLength: Int? {
        headers.contains(name: "Transfer-Encoding") ? nil : headers.first(name: "Content-Length").flatMap { Int($0) }
    }

    /// What a session is to know of it.
    var facts: ResponseFacts {
        var facts = ResponseFacts(status: Int(status.code), length: contentLength)
        for field in ResponseFacts.Field.allCases { facts.fields[field] = list(field.rawValue) }
        return facts
    }

    /// All lines of a field as one list (RFC 9110 §5.3); nil where there is none.
    private func list(_ name: String) -> String? {
        let lines = headers[name]
        return lines.isEmpty ? nil : lines.joined(separator: ", ")
    }

    /// First byte and size of the whole, of the part that a 206 holds (`bytes 0-99/1234`, RFC 9110 §14.4).
    var contentRange: (first: Int, total: Int)? {
        guard let value = headers.first(name: "Content-Range"), value.lowercased().hasPrefix("bytes ") else {
            return nil
        }
        let parts = value.dropFirst(6).split { $0 == "-" || $0 == "/" }
        guard parts.count == 3, let first = Int(parts[0]), let last = Int(parts[1]), let total = Int(parts[2]),
            first >= 0, first <= last, last < total
        else { return nil }
        return (first, total)
    }
}
