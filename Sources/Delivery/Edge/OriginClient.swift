internal import AsyncHTTPClient
internal import HTTP
internal import HTTPCache
internal import HTTPSemantics
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Asks origins, one after the other until one answers.
final class OriginClient: Sendable {
    /// An origin's answer; the body is pulled, which is the back-pressure.
    struct Answer {
        var status: Int
        /// All fields, those of the connection included.
        var fields: FieldSection
        var body: HTTPClientResponse.Body
        /// When the request was sent, in seconds since 1970.
        var requestTime: Double
        /// When the head arrived.
        var responseTime: Double
    }

    /// No origin answered.
    struct Failure: Error {
        /// 504 when the last one took too long, else 502.
        var status: Int
    }

    private let client: HTTPClient
    private let configuration: EdgeConfiguration
    private let metrics: EdgeMetrics
    private let health: SharedOriginHealth

    init(configuration: EdgeConfiguration, health: SharedOriginHealth, metrics: EdgeMetrics) {
        self.configuration = configuration
        self.metrics = metrics
        self.health = health
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: configuration.connectTimeout, read: configuration.readTimeout),
            connectionPool: .init(idleTimeout: .seconds(30)), decompression: .disabled)
        settings.httpVersion = .http1Only
        settings.tlsConfiguration = configuration.authorities.tlsConfiguration
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // Another origin may be at hand: no second try behind our back.
        settings.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: settings)
    }

    /// To be called once, at the end.
    func shutdown() async throws { try await client.shutdown() }

    /// Sends a request to the origins in turn until one answers with less than 500, or none is left; an answer of 500
    /// or more from the last counts as one.
    func ask(
        _ method: RequestMethod, _ target: String, _ fields: FieldSection, _ content: ByteBuffer
    ) async throws(Failure) -> Answer {
        var failure = Failure(status: 502)
        var order = health.withLock { $0.order(at: configuration.clock()) }[...]
        var retried = false
        while let index = order.popFirst() {
            do {
                let answer = try await ask(configuration.origins[index], method, target, fields, content)
                guard answer.status < 500 else {
                    fail(index, "status \(answer.status)", answered: true)
                    if order.isEmpty || !method.isSafe { return answer }
                    continue
                }
                health.withLock { $0.succeeded(index, at: configuration.clock()) }
                metrics.originAnswered()
                return answer
            } catch {
                if error as? HTTPClientError == .remoteConnectionClosed, method.isSafe, !retried {
                    // An idle connection that the origin closed at the same moment: it may well be alive.
                    retried = true
                    order = [index] + order
                    continue
                }
                fail(index, "\(error)", answered: false)
                failure.status = Self.isTimeout(error) ? 504 : 502
                // Whether an unsafe request was carried out is unknown: it is not repeated.
                if !method.isSafe, !Self.isConnectFailure(error) { throw failure }
            }
        }
        throw failure
    }

    private func ask(
        _ origin: OriginURL, _ method: RequestMethod, _ target: String, _ fields: FieldSection, _ content: ByteBuffer
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: origin.description + target)
        // A known method by its own case: the client adds "Content-Length: 0" to those it does not know.
        request.method = HTTPMethod(rawValue: method.description)
        // The origin's own authority takes the place of ours.
        var fields = fields
        fields.remove(.host)
        fields.forEachLine { name, value in
            request.headers.add(
                name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
        }
        request.headers.add(name: "Via", value: configuration.via)
        if content.readableBytes > 0 { request.body = .bytes(content) }
        let requestTime = configuration.clock()
        let response = try await client.execute(request, timeout: configuration.responseTimeout)
        var section = FieldSection()
        for (name, value) in response.headers { section.append(name: name.utf8, value: value.utf8) }
        return Answer(
            status: Int(response.status.code), fields: section, body: response.body, requestTime: requestTime,
            responseTime: configuration.clock())
    }

    private func fail(_ index: Int, _ reason: String, answered: Bool) {
        metrics.originFailed()
        health.withLock { $0.failed(index, at: configuration.clock(), answered: answered) }
        configuration.logger.info(
            "origin failed", metadata: ["origin": "\(configuration.origins[index])", "error": "\(reason)"])
    }

    private static func isTimeout(_ error: any Error) -> Bool {
        guard let error = error as? HTTPClientError else { return false }
        return [.deadlineExceeded, .readTimeout, .connectTimeout].contains(error)
    }

    private static func isConnectFailure(_ error: any Error) -> Bool {
        error is NIOConnectionError || error is IOError || error as? HTTPClientError == .connectTimeout
    }
}
