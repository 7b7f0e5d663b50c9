internal import Foundation
internal import HTTPTypes
internal import Hummingbird
package import Listening
package import Logging
internal import NIOCore
internal import ServiceLifecycle

/// The administration listener of a server: `/healthz`, `/metrics` and documents of the server's own, apart from the traffic
/// that it reports on.
package struct AdministrationServer: Service {
    private let host: String
    private let port: Int
    private let registry: PrometheusRegistry
    private let fault: @Sendable () async -> String?
    private let documents: [AdministrationDocument]
    private let onListening: @Sendable (_ host: String, _ port: Int) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - host: a name or an address without brackets.
    ///   - port: 0 lets the system choose.
    ///   - registry: what `/metrics` shows.
    ///   - logger: told of faults of the listener.
    ///   - fault: what keeps the server from its work, in one line; nil when nothing does. `/healthz` answers 503 or 200.
    ///   - documents: what else it shows.
    ///   - onListening: told the real address once it listens.
    package init(
        host: String, port: Int, registry: PrometheusRegistry, logger: Logger,
        fault: @escaping @Sendable () async -> String? = { nil }, documents: [AdministrationDocument] = [],
        onListening: @escaping @Sendable (_ host: String, _ port: Int) -> Void = { _, _ in }
    ) {
        self.host = host
        self.port = port
        self.registry = registry
        self.logger = logger
        self.fault = fault
        self.documents = documents
        self.onListening = onListening
    }

    /// Serves until a graceful shutdown.
    ///
    /// Throws ``AdministrationError`` when it cannot listen.
    package func run() async throws {
        do {
            try await application().run()
        } catch  where ListenError.explains(error) {
            let place = "\(ListenAddress(host: host, port: port)) for administration"
            throw AdministrationError(reason: ListenError(error, at: place))
        }
    }

    func application() -> some ApplicationProtocol {
        let onListening = onListening
        let configured = port
        return Application(
            router: router(),
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                onListening(channel.localAddress?.ipAddress ?? host, channel.localAddress?.port ?? configured)
            },
            logger: logger)
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { [fault] _, _ in
            let fault = await fault()
            return Self.text(
                (fault ?? "ok") + "\n", status: fault == nil ? .ok : .serviceUnavailable,
                type: "text/plain; charset=utf-8")
        }
        router.get("metrics") { [registry] _, _ in
            Self.text(registry.exposition(), status: .ok, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        for document in documents {
            router.get("\(document.path)") { request, _ in try await Self.json(document, nil, request) }
            router.get("\(document.path)/:item") { request, context in
                try await Self.json(document, context.parameters.get("item"), request)
            }
        }
        return router
    }

    private static func json(
        _ document: AdministrationDocument, _ item: String?, _ request: Request
    ) async throws -> Response {
        let parameters = Dictionary(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
        do {
            guard let content = try await document.content(item, parameters) else {
                return error("there is no such item", status: .notFound)
            }
            return text(String(decoding: content, as: UTF8.self) + "\n", status: .ok, type: "application/json")
        } catch let mistake as AdministrationMistake {
            return error(mistake.description, status: .badRequest)
        }
    }

    private static func error(_ description: String, status: HTTPResponse.Status) -> Response {
        let document = (try? JSONEncoder().encode(["error": description])) ?? Data("{}".utf8)
        return text(String(decoding: document, as: UTF8.self) + "\n", status: status, type: "application/json")
    }

    private static func text(_ text: String, status: HTTPResponse.Status, type: String) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

/// The administration listener cannot listen.
package struct AdministrationError: Error, Sendable, CustomStringConvertible {
    /// Why not.
    package let reason: ListenError

    /// What, where, and what to do: one line.
    package var description: String { reason.description }
}
