internal import AsyncHTTPClient
internal import Foundation
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Routing
internal import ServiceLifecycle

/// Asks edges again and again whether they live and what they carry: for each edge one check and one report at a time.
package struct EdgeChecker: Service {
    /// Bytes of a report at most.
    private static let largestReport = 4 << 20

    private let watch: EdgeWatch
    private let logger: Logger

    /// - Parameters:
    ///   - watch: told what becomes known.
    ///   - logger: told of reports that cannot be had.
    package init(_ watch: EdgeWatch, logger: Logger) {
        self.watch = watch
        self.logger = logger
    }

    /// Checks until a graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var table: RoutingTable? = self.watch.table
            while let present = table { table = await self.check(present) }
        }
    }

    /// Checks the edges of a table.
    ///
    /// - Returns: the table that replaces it; nil when there is to be none.
    private func check(_ table: RoutingTable) async -> RoutingTable? {
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            // An attempt to reach a host that is gone lasts no longer than whoever waits for it.
            timeout: .init(connect: .nanoseconds(Int64(table.health.timeout * 1e9))), decompression: .disabled)
        settings.httpVersion = .http1Only
        settings.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: settings)
        let next = await check(table, client)
        do {
            try await client.shutdown()
        } catch {
            logger.debug("checks did not end in order", metadata: ["error": "\(error)"])
        }
        return next
    }

    private func check(_ table: RoutingTable, _ client: HTTPClient) async -> RoutingTable? {
        await withTaskGroup(of: RoutingTable?.self) { group in
            for edge in table.edges {
                if let url = edge.check {
                    group.addTask {
                        await repeated(table.health) {
                            let complaint = await complaint(about: url, table.health, client)
                            if !Task.isCancelled { watch.checked(edge, complaint) }
                        }
                        return nil
                    }
                }
                if let url = edge.report {
                    group.addTask {
                        await repeated(table.health) { await fetchReport(edge, url, table.health, client) }
                        return nil
                    }
                }
            }
            group.addTask {
                for await table in watch.replacements { return table }
                return nil
            }
            // Checks end only when they are cancelled.
            let next = await group.next() ?? nil
            group.cancelAll()
            return next
        }
    }

    /// Does something at once and then each interval, a little sooner or later so that not all is done at the same moment,
    /// until the task is cancelled.
    private func repeated(_ rules: HealthRules, _ body: () async -> Void) async {
        while !Task.isCancelled {
            let next = ContinuousClock.now + .seconds(rules.interval * .random(in: 0.9...1.1))
            await body()
            try? await Task.sleep(until: next, clock: .continuous)
        }
    }

    /// Why an edge does not answer as it should; nil when it does. Asked over a connection of its own, as a new viewer's
    /// would be.
    private func complaint(about url: String, _ rules: HealthRules, _ client: HTTPClient) async -> String? {
        do {
            let status = try await Deadline.within(rules.timeout) {
                var request = HTTPClientRequest(url: url)
                request.headers.add(name: "Connection", value: "close")
                request.headers.add(name: "User-Agent", value: "headwater-dns")
                return try await client.execute(request, timeout: .hours(1)).status.code
            }
            return (200..<400).contains(status) ? nil : "status \(status)"
        } catch {
            return Self.describe(error)
        }
    }

    private func fetchReport(_ edge: RoutedEdge, _ url: String, _ rules: HealthRules, _ client: HTTPClient) async {
        var complaint: String?
        do {
            let report = try await Deadline.within(rules.timeout) { () -> LoadReport? in
                var request = HTTPClientRequest(url: url)
                request.headers.add(name: "User-Agent", value: "headwater-dns")
                let response = try await client.execute(request, timeout: .hours(1))
                guard response.status == .ok else { return nil }
                let body = try await response.body.collect(upTo: Self.largestReport)
                return LoadReport(prometheus: String(buffer: body))
            }
            if let report { watch.reported(edge, report) } else { complaint = "it is not an edge's metrics" }
        } catch {
            complaint = Self.describe(error)
        }
        guard !Task.isCancelled else { return }
        if let complaint {
            logger.info("no report of an edge's load", metadata: ["edge": "\(edge.name)", "reason": "\(complaint)"])
        }
        // Without anything else to go by, an edge that tells its load lives.
        if edge.check == nil { watch.checked(edge, complaint) }
    }

    /// In a few words.
    static func describe(_ error: any Error) -> String {
        switch error {
        case is Deadline.Passed: "no answer in time"
        case let error as HTTPClientError where error == .connectTimeout: "no answer in time"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { describe($0.error) } ?? "the host \(error.host) is not known"
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError: error.shortDescription.lowercased()
        case is HTTPParserError: "the response is not HTTP"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: "no TLS, or a certificate that is not trusted"
        default: "it cannot be asked: \(error)"
        }
    }
}

/// Work that may take only so long.
enum Deadline {
    struct Passed: Error {}

    /// - Throws: ``Passed`` after so many seconds, or what the work throws.
    static func within<Result: Sendable>(
        _ seconds: Double, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw Passed()
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw Passed() }
            return result
        }
    }
}
