import CoreMetrics
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Metrics
import Synchronization
import Testing

@testable import Administration

@Suite("Administration")
struct AdministrationTests {
    @Test("Metrics in Prometheus's text format, sorted, with help and escaped labels")
    func exposition() {
        let registry = PrometheusRegistry(help: ["b_total": "Line\none."])
        Counter(label: "b_total", dimensions: [("x", "a\"\\\n"), ("a", "1")], factory: registry).increment(by: 3)
        Counter(label: "b_total", factory: registry).increment()
        Meter(label: "a.gauge", factory: registry).set(1.5)
        Timer(label: "c", factory: registry).recordNanoseconds(1_500_000_000)
        Gauge(label: "d", factory: registry).record(4)
        FloatingPointCounter(label: "e", factory: registry).increment(by: 0.25)
        #expect(
            registry.exposition() == #"""
                # TYPE a_gauge gauge
                a_gauge 1.5
                # HELP b_total Line\none.
                # TYPE b_total counter
                b_total 1
                b_total{a="1",x="a\"\\\n"} 3
                # TYPE c summary
                c_sum 1.5
                c_count 1
                # TYPE d gauge
                d 4
                # TYPE e counter
                e 0.25

                """#)
    }

    @Test("The same label and dimensions are the same metric; a destroyed one is gone")
    func identity() {
        let registry = PrometheusRegistry()
        let first = Counter(label: "a", factory: registry)
        first.increment()
        Counter(label: "a", factory: registry).increment()
        #expect(registry.exposition() == "# TYPE a counter\na 2\n")
        // Another kind under a taken name counts for nobody.
        Meter(label: "a", factory: registry).set(9)
        #expect(registry.exposition() == "# TYPE a counter\na 2\n")
        first.destroy()
        #expect(registry.exposition().isEmpty)
    }

    @Test("Counters are exact under contention")
    func contention() async {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "a", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<1000 { counter.increment() } } }
        }
        #expect(registry.exposition().contains("a 8000\n"))
    }

    @Test("Health and metrics over HTTP")
    func http() async throws {
        let registry = PrometheusRegistry()
        Counter(label: "a", factory: registry).increment()
        let fault = Mutex<String?>(nil)
        let server = AdministrationServer(
            host: "127.0.0.1", port: 0, registry: registry, logger: Logger(label: "test"),
            fault: { fault.withLock { $0 } })
        try await server.application().test(.router) { client in
            try await client.execute(uri: "/metrics", method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
                #expect(String(buffer: response.body) == "# TYPE a counter\na 1\n")
            }
            try await client.execute(uri: "/healthz", method: .get) { response in
                #expect(response.status == .ok)
                #expect(String(buffer: response.body) == "ok\n")
            }
            fault.withLock { $0 = "no origin answers" }
            try await client.execute(uri: "/healthz", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(String(buffer: response.body) == "no origin answers\n")
            }
            try await client.execute(uri: "/", method: .get) { #expect($0.status == .notFound) }
        }
    }

    @Test("Documents of a server's own, as a list and one by one")
    func documents() async throws {
        struct Broken: Error {}
        let document = AdministrationDocument(path: "jobs") { item in
            switch item {
            case nil: return Data("[1]".utf8)
            case "1": return Data("1".utf8)
            case "2": throw Broken()
            default: return nil
            }
        }
        let server = AdministrationServer(
            host: "127.0.0.1", port: 0, registry: PrometheusRegistry(), logger: Logger(label: "test"),
            documents: [
                document,
                AdministrationDocument(path: "echo") { item, parameters in
                    guard let text = parameters["text"] else { throw AdministrationMistake("text is \"missing\"") }
                    return Data("[\"\(item ?? "")\",\"\(text)\"]".utf8)
                },
            ])
        try await server.application().test(.router) { client in
            for (uri, status, body) in [
                ("/jobs", .ok, "[1]\n"), ("/jobs/1", .ok, "1\n"),
                ("/jobs/3", .notFound, "{\"error\":\"there is no such item\"}\n"),
                ("/echo/a.b?text=1&text=c%20d&x", .ok, "[\"a.b\",\"c d\"]\n"),
                ("/echo?tex=1", .badRequest, "{\"error\":\"text is \\\"missing\\\"\"}\n"),
            ] as [(String, HTTPResponse.Status, String)] {
                try await client.execute(uri: uri, method: .get) { response in
                    #expect(response.status == status)
                    #expect(response.headers[.contentType] == "application/json")
                    #expect(String(buffer: response.body) == body)
                }
            }
            try await client.execute(uri: "/jobs/2", method: .get) { #expect($0.status == .internalServerError) }
        }
    }
}
