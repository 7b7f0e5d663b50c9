import AsyncHTTPClient
import CoreMetrics
import HTTP
import HTTPSemantics
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import Testing

@testable import Edge

/// Reads pieces until `count` bytes have come.
private func read(_ count: Int, _ iterator: inout HTTPClientResponse.Body.AsyncIterator) async throws -> String {
    var text = ""
    while text.utf8.count < count, let piece = try await iterator.next() { text += String(buffer: piece) }
    return text
}

@Suite("Edge: filling")
struct FillingTests {
    private static let head =
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n"

    @Test("Many clients, one fetch; all get the body while it arrives, a late one what is there first")
    func coalescing() async throws {
        let gate = Gate()
        try await withEdge { exchange in
            await exchange.send(Self.head + "01234")
            await gate.wait()
            await exchange.send("56789")
        } body: { edge, origin async throws in
            var iterators: [HTTPClientResponse.Body.AsyncIterator] = []
            // The client opens at most eight connections to a host.
            for index in 0..<5 {
                let response = try await edge.stream("/a")
                #expect((response.headers.first(name: "Cache-Status") ?? "").contains("collapsed") == (index > 0))
                var iterator = response.body.makeAsyncIterator()
                #expect(try await read(5, &iterator) == "01234")
                iterators.append(iterator)
            }
            // Inside what has arrived, and beyond it.
            #expect(try await edge.get("/a", .GET, ["Range": "bytes=1-3"]).body == "123")
            let beyond = try await edge.stream("/a", .GET, ["Range": "bytes=4-6"])
            #expect(beyond.status == .partialContent)
            #expect(try await edge.get("/a", .GET, ["If-None-Match": #""a""#]).status == 304)
            gate.open()
            for index in iterators.indices {
                var iterator = iterators[index]
                #expect(try await read(5, &iterator) == "56789")
            }
            #expect(String(buffer: try await beyond.body.collect(upTo: 10)) == "456")
            #expect(try await edge.get("/a").cacheStatus.contains("hit"))
            #expect(origin.requests.count == 1)
        }
    }

    @Test("Clients that wait for the head share it")
    func waitingForHead() async throws {
        let gate = Gate()
        let asked = Gate()
        try await withEdge { exchange in
            asked.open()
            await gate.wait()
            await exchange.respond(200, ["Cache-Control": "max-age=60"], "\(exchange.index)")
        } body: { edge, origin async throws in
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await edge.get("/a").body }
                await asked.wait()
                for _ in 0..<5 { group.addTask { try await edge.get("/a").body } }
                gate.open()
                for try await body in group { #expect(body == "0") }
            }
            #expect(origin.requests.count == 1)
        }
    }

    @Test(
        "A response that ends early reaches nobody as whole, and is not stored",
        arguments: ["close", "reset"], [true, false])
    func truncated(ending: String, hasLength: Bool) async throws {
        try await withEdge { exchange in
            if exchange.index == 0 {
                let length =
                    hasLength ? "Content-Length: 10\r\n\r\n01234" : "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"
                await exchange.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n" + length)
                if ending == "reset" { await exchange.reset() } else { await exchange.close() }
            } else {
                await exchange.respond(200, ["Cache-Control": "max-age=60"], "0123456789")
            }
        } body: { edge, origin async throws in
            await #expect(throws: (any Error).self) { try await edge.get("/a") }
            #expect(try await edge.get("/a").body == "0123456789")
            #expect(origin.requests.count == 2)
        }
    }

    @Test("A chunked response is stored whole")
    func chunked() async throws {
        try await withEdge { exchange in
            await exchange.send(
                "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        } body: { edge, _ async throws in
            #expect(try await edge.get("/a").body == "abcde")
            let hit = try await edge.get("/a", .GET, ["Range": "bytes=3-"])
            #expect((hit.status, hit.body) == (206, "de"))
        }
    }

    @Test("A response of unknown length that grows too large passes whole, and is not stored")
    func growsTooLarge() async throws {
        try await withEdge(configure: { $0.memory = 1 << 20 }) { exchange in
            await exchange.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n")
            for _ in 0..<64 { await exchange.send(String(repeating: "x", count: 64 << 10)) }
            await exchange.close()
        } body: { edge, origin async throws in
            for _ in 0..<2 { #expect(try await edge.get("/a").body.utf8.count == 4 << 20) }
            #expect(origin.requests.count == 2)
        }
    }

    @Test("A client that leaves does not disturb the others, nor the storing")
    func leaving() async throws {
        let gate = Gate()
        try await withEdge { exchange in
            await exchange.send(Self.head + "01234")
            await gate.wait()
            await exchange.send("56789")
        } body: { edge, origin async throws in
            do {
                var leaver = try await edge.stream("/a").body.makeAsyncIterator()
                #expect(try await read(5, &leaver) == "01234")
            }
            let stayer = try await edge.stream("/a")
            gate.open()
            #expect(String(buffer: try await stayer.body.collect(upTo: 10)) == "0123456789")
            #expect(try await edge.get("/a").cacheStatus.contains("hit"))
            #expect(origin.requests.count == 1)
        }
    }

    @Test("A client that does not read stalls nobody else")
    func slowReader() async throws {
        let size = 2 << 20
        try await withEdge { exchange in
            await exchange.respond(200, ["Cache-Control": "max-age=60"], String(repeating: "x", count: size))
        } body: { edge, origin async throws in
            let slow = try await edge.stream("/a")
            #expect(try await edge.get("/a").body.utf8.count == size)
            #expect(try await edge.get("/a").body.utf8.count == size)
            #expect(try await slow.body.collect(upTo: size).readableBytes == size)
            #expect(origin.requests.count == 1)
        }
    }

    @Test("A response that was on its way when an unsafe request changed the resource is not kept")
    func invalidationUnderWay() async throws {
        let gate = Gate()
        try await withEdge { exchange in
            switch (exchange.head.method, exchange.index) {
            case (.get, 0):
                await exchange.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 7\r\n\r\nol")
                await gate.wait()
                await exchange.send("d one")
            case (.get, _): await exchange.respond(200, ["Cache-Control": "max-age=60"], "new")
            default: await exchange.respond(204)
            }
        } body: { edge, origin async throws in
            let old = try await edge.stream("/a")
            #expect(try await edge.get("/a", .POST).status == 204)
            let new = try await edge.get("/a")
            #expect((new.body, new.cacheStatus.contains("collapsed")) == ("new", false))
            gate.open()
            #expect(String(buffer: try await old.body.collect(upTo: 10)) == "old one")
            #expect(try await edge.get("/a").body == "new")
            #expect(origin.requests.count == 3)
        }
    }

    @Test("A fill that nobody reads is given up only when nobody is about to")
    func abandonment() throws {
        let configuration = EdgeConfiguration(origins: [], logger: Logger(label: "test"))
        let cache = EdgeCache(
            capacity: 1 << 20, metrics: EdgeMetrics(factory: NOOPMetricsHandler.instance))
        func join() throws -> (fill: Fill, leads: Bool) {
            let joined = cache.join("/a", at: 0, forClient: true) {
                Fill(
                    plan: FetchPlan(purpose: .share, method: .get, target: "/a", fields: [:]),
                    configuration: configuration)
            }
            return try #require(joined)
        }
        let first = try join()
        #expect(first.leads)
        #expect(!cache.abandon(first.fill, expected: 1 << 30))
        first.fill.unpledge()
        let second = try join()
        #expect(!second.leads)
        #expect(!cache.abandon(first.fill, expected: 1 << 30))
        second.fill.unpledge()
        // Little is missing: the cache wants it.
        #expect(!cache.abandon(first.fill, expected: 1000))
        #expect(cache.abandon(first.fill, expected: 1 << 30))
        #expect(try join().leads)
    }

    @Test("Clients that waited for what turns out not to be for sharing each get their own")
    func unshared() async throws {
        let gate = Gate()
        let asked = Gate()
        try await withEdge { exchange in
            asked.open()
            await gate.wait()
            await exchange.respond(200, ["Cache-Control": "private"], "\(exchange.index)")
        } body: { edge, origin async throws in
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await edge.get("/a").body }
                await asked.wait()
                for _ in 0..<3 { group.addTask { try await edge.get("/a").body } }
                gate.open()
                var bodies: Set<String> = []
                for try await body in group { bodies.insert(body) }
                #expect(bodies == ["0", "1", "2", "3"])
            }
            #expect(origin.requests.count == 4)
        }
    }
}
