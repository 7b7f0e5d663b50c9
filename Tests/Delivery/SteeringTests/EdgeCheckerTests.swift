import DNS
import Foundation
import Logging
import Metrics
import Routing
import ServiceLifecycle
import Testing

@testable import Steering

@Suite("Checks of edges")
struct EdgeCheckerTests {
    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func table(
        _ edges: [(name: String, check: String?, report: String?)], timeout: Double = 30
    ) throws -> RoutingTable {
        var rules = HealthRules()
        (rules.interval, rules.timeout, rules.rise, rules.fall) = (0.02, timeout, 1, 2)
        let all = try edges.map { name, check, report in
            var edge = RoutedEdge(
                name: name, addresses: [try #require(IPAddress("192.0.2.1"))], location: try #require(Location("x")))
            (edge.check, edge.report, edge.capacity.connections) = (check, report, 100)
            return edge
        }
        return try RoutingTable(edges: all, policies: [RoutingPolicy(name: "p")], health: rules)
    }

    private func withChecker(
        _ table: RoutingTable, _ body: (EdgeWatch) async throws -> Void
    ) async throws {
        let watch = EdgeWatch(
            table: table, metrics: SteeringMetrics(factory: NOOPMetricsHandler.instance), logger: silent)
        let group = ServiceGroup(
            configuration: .init(services: [EdgeChecker(watch, logger: silent)], logger: silent))
        async let running: Void = group.run()
        do {
            try await body(watch)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }

    /// Lets requests to `edge` pass until something is so.
    private func wait(_ edge: ScriptedEdge, until isSo: () -> Bool) async {
        for await _ in edge.requests where isSo() { return }
    }

    private func health(_ watch: EdgeWatch, _ name: String) -> EdgeReport? { watch.report().first { $0.name == name } }

    @Test("find out who lives, who says that it fails, who is gone and who comes back")
    func health() async throws {
        let (steady, other) = (try await ScriptedEdge(), try await ScriptedEdge())
        let table = try table([("steady", steady.url + "/healthz", nil), ("other", other.url + "/healthz", nil)])
        try await withChecker(table) { watch in
            await wait(steady) { watch.report().allSatisfy { $0.health == "healthy" } }
            other.become { _ in (503, "no origin answers") }
            await wait(steady) { health(watch, "other")?.health == "ill" }
            #expect(health(watch, "other")?.complaint == "status 503")
            other.become { _ in (204, "") }
            await wait(steady) { health(watch, "other")?.health == "healthy" }
            try await other.kill()
            await wait(steady) { health(watch, "other")?.health == "ill" }
            #expect(health(watch, "other")?.complaint == "connection refused")
            #expect(health(watch, "steady")?.health == "healthy")
        }
        try await steady.kill()
    }

    @Test("take silence for illness")
    func silence() async throws {
        let (steady, mute) = (try await ScriptedEdge(), try await ScriptedEdge { _ in nil })
        let table = try table([("steady", steady.url, nil), ("mute", mute.url, nil)], timeout: 0.3)
        try await withChecker(table) { watch in
            await wait(steady) { health(watch, "mute")?.health == "ill" }
            #expect(health(watch, "mute")?.complaint == "no answer in time")
        }
        try await steady.kill()
        try await mute.kill()
    }

    @Test("read loads, and take an edge that tells its load to live")
    func loads() async throws {
        let edge = try await ScriptedEdge { path in
            path == "/metrics"
                ? (200, "headwater_http_connections 42\nheadwater_http_sent_bytes_total 7\n") : (404, "")
        }
        let table = try table([("told", nil, edge.url + "/metrics"), ("wrong", nil, edge.url + "/nothing")])
        try await withChecker(table) { watch in
            await wait(edge) { health(watch, "told")?.load == 0.42 && health(watch, "wrong")?.health == "ill" }
            #expect(health(watch, "told")?.health == "healthy" && health(watch, "told")?.connections == 42)
            #expect(health(watch, "wrong")?.complaint == "it is not an edge's metrics")
        }
        try await edge.kill()
    }

    @Test("begin anew when the table is replaced")
    func replacement() async throws {
        let (first, second) = (try await ScriptedEdge(), try await ScriptedEdge())
        let (old, new) = (try table([("e", first.url, nil)]), try table([("e", second.url, nil)]))
        try await withChecker(old) { watch in
            await wait(first) { watch.report().first?.health == "healthy" }
            watch.replace(new)
            await wait(second) { watch.report().first?.health == "healthy" }
        }
        try await first.kill()
        try await second.kill()
    }
}

@Suite("A routing file that is served")
struct RoutingFileTests {
    private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    @Test("is read anew when it or what it names changes, unless it is broken")
    func reload() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "routing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (path, map) = (folder.path() + "/routing.yaml", folder.path() + "/clients.csv")
        func routing(_ address: String) -> String {
            "edges: {e: {addresses: \(address), location: x}}\npolicies: {p: }\nclients-file: clients.csv\n"
        }
        try write(routing("192.0.2.1"), to: path)
        try write("10.0.0.0/8,x\n", to: map)
        let file = try RoutingFile(path: path, logger: silent)
        func facts() -> String {
            "\(file.table.edges.first?.addresses.first?.description ?? "") \(file.table.clients.count)"
        }
        #expect(facts() == "192.0.2.1 1")
        try write(routing("192.0.2.22"), to: path)
        file.reload()
        #expect(facts() == "192.0.2.22 1")
        try write("10.0.0.0/8,x\n11.0.0.0/8,y\n", to: map)
        file.reload()
        #expect(facts() == "192.0.2.22 2")
        try write(routing("nonsense"), to: path)
        file.reload()
        #expect(facts() == "192.0.2.22 2")
        try FileManager.default.removeItem(atPath: map)
        file.reload()
        #expect(facts() == "192.0.2.22 2")
        try write(routing("192.0.2.3"), to: path)
        try write("10.0.0.0/8,x\n", to: map)
        file.reload()
        #expect(facts() == "192.0.2.3 1")
        #expect(throws: RoutingError.self) { try RoutingFile(path: folder.path() + "/none", logger: silent) }
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: path))
        #expect(throws: RoutingError.self) { try RoutingFile(path: path, logger: silent) }
    }
}
