import AsyncHTTPClient
import CoreMetrics
import HTTP
import HTTPSemantics
import Listening
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Edge

/// A clock that a test moves.
final class TestClock: Sendable {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    private let seconds = Mutex(784_111_777.0)

    var now: Double { seconds.withLock { $0 } }
    func advance(_ seconds: Double) { self.seconds.withLock { $0 += seconds } }
}

/// What a client got.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: String

    /// The first value of a field, or nothing.
    func field(_ name: String) -> String { headers.first(name: name) ?? "" }

    /// The member of Cache-Status that the edge wrote.
    var cacheStatus: String { headers["Cache-Status"].last ?? "" }
}

/// An edge on a free port, and a client for it.
struct EdgeUnderTest: Sendable {
    let url: String
    let clock: TestClock
    let service: EdgeService

    func stream(
        _ path: String, _ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:], content: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers = headers
        if let content { request.body = .bytes(ByteBuffer(string: content)) }
        return try await HTTPClient.shared.execute(request, timeout: .seconds(20))
    }

    func get(
        _ path: String, _ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:], content: String? = nil
    ) async throws -> Answer {
        let response = try await stream(path, method, headers, content: content)
        let body = try await response.body.collect(upTo: 1 << 26)
        return Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: body))
    }
}

/// Runs an edge in front of `origins` while `body` runs.
func withEdge(
    _ origins: [String], configure: (inout EdgeConfiguration) -> Void = { _ in },
    body: @escaping @Sendable (EdgeUnderTest) async throws -> Void
) async throws {
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let clock = TestClock()
    var configuration = EdgeConfiguration(origins: origins.compactMap { OriginURL($0) }, logger: logger)
    configuration.memory = 16 << 20
    configuration.instance = 0xbadcafe
    configuration.clock = { clock.now }
    configure(&configuration)
    let service = EdgeService(
        configuration: configuration, metrics: EdgeMetrics(factory: NOOPMetricsHandler.instance))
    let server = DeliveryServer(
        configuration: ServerConfiguration(address: ListenAddress(host: "127.0.0.1", port: 0), logger: logger),
        responder: service.responder, metrics: ServerMetrics(factory: NOOPMetricsHandler.instance))
    let address = try await server.bind()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await service.run() }
        group.addTask { try await server.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(EdgeUnderTest(url: "http://\(address)", clock: clock, service: service)))
        } catch {
            result = .failure(error)
        }
        group.cancelAll()
        while let finished = await group.nextResult() { _ = finished }
        try result.get()
    }
}

/// An edge in front of one scripted origin.
func withEdge(
    configure: (inout EdgeConfiguration) -> Void = { _ in }, script: @escaping ScriptedOrigin.Script,
    body: @escaping @Sendable (EdgeUnderTest, ScriptedOrigin) async throws -> Void
) async throws {
    let origin = try await ScriptedOrigin(script)
    try await withEdge([origin.url], configure: configure) { edge in try await body(edge, origin) }
    await origin.stop()
}
