import AsyncHTTPClient
import Foundation
import HTTP
import HTTPSemantics
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Edge

@Suite("Edge: failing origins")
struct OriginFailureTests {
    /// An address where nobody listens: its port is taken until the tests end, so that no other test's server gets it.
    private func deadOrigin() throws -> String {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
            }
        }
        try #require(status == 0)
        return "http://127.0.0.1:\(in_port_t(bigEndian: address.sin_port))"
    }

    @Test("The next origin is asked when one refuses, resets, says nothing or answers 503")
    func failOver() async throws {
        let silent = try await ScriptedOrigin { _ in }
        let resetting = try await ScriptedOrigin { await $0.reset() }
        let unavailable = try await ScriptedOrigin { await $0.respond(503) }
        let good = try await ScriptedOrigin { await $0.respond(200, ["Cache-Control": "max-age=1"], "good") }
        for bad in [try deadOrigin(), silent.url, resetting.url, unavailable.url] {
            try await withEdge([bad, good.url], configure: { $0.responseTimeout = .seconds(3) }) {
                edge async throws in
                #expect(try await edge.get("/a").body == "good")
            }
        }
    }

    @Test("Without any answer: 502, or 504 when it took too long")
    func noAnswer() async throws {
        let silent = try await ScriptedOrigin { _ in }
        try await withEdge([try deadOrigin()]) { edge async throws in
            let answer = try await edge.get("/a")
            #expect((answer.status, answer.cacheStatus) == (502, "headwater-edge; fwd=uri-miss"))
            #expect(try await edge.get("/a", .HEAD).status == 502)
        }
        try await withEdge([silent.url], configure: { $0.responseTimeout = .milliseconds(50) }) { edge async throws in
            #expect(try await edge.get("/a").status == 504)
        }
    }

    @Test("A dead origin is asked last until its time is over")
    func health() {
        var health = OriginHealth(count: 3)
        #expect(health.order(at: 0) == [0, 1, 2])
        health.failed(0, at: 0, answered: false)
        #expect(health.order(at: 0.5) == [1, 2, 0])
        #expect(health.order(at: 1) == [0, 1, 2])
        for _ in 0..<20 { health.failed(0, at: 10, answered: false) }
        #expect(health.order(at: 39) == [1, 2, 0])
        #expect(health.order(at: 40) == [0, 1, 2])
        health.failed(1, at: 50, answered: true)
        #expect(health.isAnyAlive)
        #expect(health.answered(within: 10, of: 59) && !health.answered(within: 10, of: 60))
        health.failed(1, at: 50, answered: false)
        health.failed(2, at: 50, answered: false)
        #expect(!health.isAnyAlive)
        #expect(health.order(at: 50.5) == [0, 1, 2])
        health.failed(0, at: 50, answered: false)
        health.succeeded(0, at: 50)
        #expect(health.isAnyAlive)
        #expect(health.order(at: 50.5) == [0, 1, 2])
    }

    @Test("Stale while revalidating: the old at once, then the new")
    func staleWhileRevalidate() async throws {
        let asked = Gate()
        let gate = Gate()
        try await withEdge { exchange in
            if exchange.index == 1 {
                asked.open()
                await gate.wait()
            }
            await exchange.respond(
                200, ["Cache-Control": "max-age=2, stale-while-revalidate=10"], "\(exchange.index)")
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "0")
            edge.clock.advance(3)
            let stale = try await edge.get("/a")
            #expect((stale.body, stale.field("Age")) == ("0", "3"))
            #expect(stale.cacheStatus == "headwater-edge; hit; ttl=-1; detail=revalidating")
            await asked.wait()
            // Another client meanwhile: no second validation.
            #expect(try await edge.get("/a").body == "0")
            gate.open()
            // One that accepts nothing stale waits for the validation that is under way.
            #expect(try await edge.get("/a", .GET, ["Cache-Control": "max-age=1"]).body == "1")
            #expect(try await edge.get("/a").body == "1")
            #expect(origin.requests.count == 2)
        }
    }

    @Test("Stale if error: a broken or dead origin is covered for as long as it allowed", arguments: [500, 503, 0])
    func staleIfError(status: Int) async throws {
        try await withEdge { exchange in
            if exchange.index == 0 {
                await exchange.respond(200, ["Cache-Control": "max-age=2, stale-if-error=60"], "good")
            } else if status == 0 {
                await exchange.reset()
            } else {
                await exchange.respond(status)
            }
        } body: { edge, _ async throws in
            #expect(try await edge.get("/a").body == "good")
            edge.clock.advance(30)
            let stale = try await edge.get("/a")
            #expect((stale.status, stale.body, stale.field("Age")) == (200, "good", "30"))
            let told = status == 0 ? "" : "; fwd-status=\(status)"
            #expect(stale.cacheStatus == "headwater-edge; fwd=stale\(told); ttl=-28; detail=origin-error")
            edge.clock.advance(40)
            #expect(try await edge.get("/a").status == (status == 0 ? 502 : status))
        }
    }

    @Test(
        "Once no origin answers, what is stale is sent before they are asked again", arguments: [HTTPMethod.GET, .HEAD])
    func staleBeforeAsking(method: HTTPMethod) async throws {
        let resets = Mutex(false)
        let asked = Gate()
        let gate = Gate()
        try await withEdge { exchange in
            if resets.withLock({ $0 }) {
                await exchange.reset()
                return
            }
            if exchange.index > 0 {
                asked.open()
                await gate.wait()
            }
            await exchange.respond(
                200, ["Cache-Control": "max-age=2, stale-if-error=60"], exchange.index > 0 ? "new" : "old")
        } body: { edge, _ async throws in
            #expect(try await edge.get("/a").body == "old")
            edge.clock.advance(3)
            resets.withLock { $0 = true }
            #expect(try await edge.get("/a").cacheStatus.contains("fwd=stale"))
            resets.withLock { $0 = false }
            // From now on the origin takes a connection and says nothing.
            for _ in 0..<3 {
                let stale = try await edge.get("/a", method)
                #expect((stale.status, stale.field("Age")) == (200, "3"))
                #expect(stale.cacheStatus == "headwater-edge; hit; ttl=-1; detail=origin-error")
            }
            await asked.wait()
            gate.open()
            #expect(try await edge.get("/a", .GET, ["Cache-Control": "no-cache"]).body == "new")
            #expect(try await edge.get("/a").cacheStatus.contains("hit; ttl=2"))
        }
    }

    @Test("An edge is well while an origin answers, with whatever status, and notices when one does again")
    func fault() async throws {
        try await withEdge([try deadOrigin(), try deadOrigin()]) { edge async throws in
            let fault = await edge.service.fault()
            #expect(fault?.hasPrefix("no origin answers: http://127.0.0.1:") == true)
        }
        let resets = Mutex(false)
        try await withEdge { exchange in
            if resets.withLock({ $0 }) { await exchange.reset() } else { await exchange.respond(503) }
        } body: { edge, origin async throws in
            #expect(await edge.service.fault() == nil)
            #expect(await edge.service.fault() == nil)
            #expect(origin.requests.count == 1)
            edge.clock.advance(11)
            resets.withLock { $0 = true }
            #expect(await edge.service.fault() != nil)
            resets.withLock { $0 = false }
            #expect(await edge.service.fault() == nil)
        }
    }

    @Test("An origin that leads back here is found out at once")
    func loop() async throws {
        let edgeURL = Mutex("")
        try await withEdge { exchange in
            var request = HTTPClientRequest(url: edgeURL.withLock { $0 } + exchange.head.target)
            request.headers.add(name: "Via", value: exchange.head.fields[.via] ?? "")
            let status = try? await HTTPClient.shared.execute(request, timeout: .seconds(20)).status.code
            await exchange.respond(Int(status ?? 599))
        } body: { edge, origin async throws in
            edgeURL.withLock { $0 = edge.url }
            #expect(try await edge.get("/a").status == 508)
            #expect(origin.requests.count == 1)
        }
    }

    @Test("A failure says nothing about the next response: it is fetched once for all, and stored")
    func failureThenSuccess() async throws {
        try await withEdge { exchange in
            if exchange.index == 0 {
                await exchange.respond(503)
            } else {
                await exchange.respond(200, ["Cache-Control": "max-age=60"], "good")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").status == 503)
            let stored = try await edge.get("/a").cacheStatus
            #expect(stored.contains("fwd-status=200") && stored.contains("; stored"), "\(stored)")
            #expect(try await edge.get("/a").cacheStatus.contains("hit"))
            #expect(origin.requests.count == 2)
        }
    }

    @Test("What is stale while it is revalidated is revalidated again after a failure")
    func failedRevalidation() async throws {
        try await withEdge { exchange in
            if exchange.index == 1 {
                await exchange.respond(503)
            } else {
                await exchange.respond(
                    200, ["Cache-Control": "max-age=2, stale-while-revalidate=60"], "\(exchange.index)")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "0")
            edge.clock.advance(5)
            #expect(try await edge.get("/a").cacheStatus.contains("revalidating"))
            while origin.requests.count < 2 { await Task.yield() }
            // The third fetch comes as soon as the second is over.
            var body = "0"
            while body == "0" { body = try await edge.get("/a").body }
            // A client that had found the old response may have had it fetched once more.
            #expect((Int(body) ?? 0) >= 2, "\(body)")
        }
    }

    @Test("Must-revalidate is obeyed even then")
    func mustRevalidate() async throws {
        try await withEdge { exchange in
            if exchange.index == 0 {
                await exchange.respond(
                    200, ["Cache-Control": "max-age=2, stale-if-error=60, must-revalidate"], "good")
            } else {
                await exchange.reset()
            }
        } body: { edge, _ async throws in
            #expect(try await edge.get("/a").body == "good")
            edge.clock.advance(3)
            #expect(try await edge.get("/a").status == 502)
        }
    }

    @Test("An unsafe request is sent once only")
    func unsafe() async throws {
        let second = try await ScriptedOrigin { await $0.respond(200) }
        let first = try await ScriptedOrigin { await $0.respond(503) }
        try await withEdge([first.url, second.url]) { edge async throws in
            #expect(try await edge.get("/a", .POST, [:], content: "x").status == 503)
        }
        #expect(second.requests.isEmpty)
    }

    @Test("Hits go on when the origin is gone")
    func originGone() async throws {
        let origin = try await ScriptedOrigin {
            await $0.send(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: max-age=60\r\nContent-Length: 1\r\n\r\na")
            await $0.close()
        }
        try await withEdge([origin.url]) { edge async throws in
            #expect(try await edge.get("/a").body == "a")
            await origin.stop()
            #expect(try await edge.get("/a").body == "a")
            #expect(try await edge.get("/b").status == 502)
        }
    }

    @Test(
        "Origin URLs",
        arguments: [
            ("http://h", "http://h"), ("HTTPS://h:8443/a/", "https://h:8443/a"), ("http://[::1]:80", "http://[::1]:80"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1"), ("h:80", nil), ("ftp://h", nil), ("http://", nil),
            ("http://h:0", nil), ("http://h:99999", nil), ("http://h:x", nil), ("http://h?q", nil),
            ("http://h/#f", nil),
            ("http://u@h", nil), ("http://a b", nil), ("http://[::1", nil), ("http://[h]", nil), ("", nil),
        ] as [(String, String?)])
    func originURLs(text: String, expected: String?) {
        #expect(OriginURL(text)?.description == expected)
    }
}
