import Foundation
import LineProtocol
import Logging
import NIOCore
import ServiceLifecycle

/// A folder that is gone after `body`.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// A server on a free port of 127.0.0.1 while `body` runs; `stop` begins its graceful shutdown.
func withServer<Result: Sendable>(
    configure: (inout LineServer.Configuration) -> Void = { _ in },
    handler: @escaping @Sendable (LineConnection) async throws -> Void,
    body: @escaping @Sendable (_ address: Endpoint, _ stop: @escaping @Sendable () async -> Void) async throws -> Result
) async throws -> Result {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    var configuration = LineServer.Configuration(host: "127.0.0.1", port: 0, logger: logger)
    configure(&configuration)
    let server = LineServer(configuration: configuration, handler: handler)
    let address = try await server.bind()
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)], logger: logger))
    async let running: Void = group.run()
    do {
        let result = try await body(address) { await group.triggerGracefulShutdown() }
        await group.triggerGracefulShutdown()
        try await running
        return result
    } catch {
        await group.triggerGracefulShutdown()
        try await running
        throw error
    }
}

/// Everything that comes until the peer sends no more.
func rest(of connection: LineConnection) async throws -> String {
    var all = ByteBuffer()
    while var piece = try await connection.read(within: .seconds(60)) { all.writeBuffer(&piece) }
    return String(buffer: all)
}
