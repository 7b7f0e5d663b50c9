import HTTP
import HTTPSemantics
import NIOHTTP1
import Testing

@testable import Edge

@Suite("Edge: validation")
struct ValidationTests {
    @Test(
        "A 304 that forbids sharing leaves the response to the client whose request brought it",
        arguments: ["private, max-age=60", "no-store"])
    func takenBack(directive: String) async throws {
        try await withEdge { exchange in
            switch exchange.index {
            case 0: await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=1"], "old")
            case 1: await exchange.respond(304, ["ETag": #""a""#, "Cache-Control": directive])
            default: await exchange.respond(200, ["Cache-Control": directive], "\(exchange.index)")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "old")
            edge.clock.advance(2)
            let own = try await edge.get("/a")
            #expect((own.body, own.field("Cache-Control")) == ("old", directive))
            #expect(own.cacheStatus.contains("fwd=stale; fwd-status=304"))
            #expect(try await edge.get("/a").body == "2")
            #expect(try await edge.get("/a").body == "3")
            #expect(origin.requests.count == 4)
            #expect(origin.requests.map { $0.fields[.ifNoneMatch] } == [nil, #""a""#, nil, nil])
        }
    }

    @Test("Clients that waited for a 304 that forbids sharing each get their own")
    func takenBackFromMany() async throws {
        let gate = Gate()
        let asked = Gate()
        try await withEdge { exchange in
            switch exchange.index {
            case 0: await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=1"], "old")
            case 1:
                asked.open()
                await gate.wait()
                await exchange.respond(304, ["Cache-Control": "private, max-age=60"])
            default: await exchange.respond(200, ["Cache-Control": "private"], "\(exchange.index)")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "old")
            edge.clock.advance(2)
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await edge.get("/a").body }
                await asked.wait()
                for _ in 0..<3 { group.addTask { try await edge.get("/a").body } }
                gate.open()
                var bodies: Set<String> = []
                for try await body in group { bodies.insert(body) }
                #expect(bodies == ["old", "2", "3", "4"])
            }
            #expect(origin.requests.count == 5)
        }
    }

    @Test("The response to a HEAD that forbids sharing removes what is stored")
    func takenBackByHead() async throws {
        try await withEdge { exchange in
            switch exchange.index {
            case 0:
                await exchange.respond(
                    200, ["ETag": #""a""#, "Cache-Control": "max-age=1, stale-while-revalidate=60"], "old")
            case 1: await exchange.send("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nCache-Control: private, max-age=60\r\n\r\n")
            default: await exchange.respond(200, ["Cache-Control": "private"], "own")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "old")
            edge.clock.advance(1)
            let head = try await edge.get("/a", .HEAD, ["Cache-Control": "no-cache"])
            #expect(head.field("Cache-Control") == "private, max-age=60")
            #expect(try await edge.get("/a").body == "own")
            #expect(origin.requests.count == 3)
        }
    }

    @Test("A HEAD that tells another length shows that what is stored is no longer the origin's")
    func anotherLength() async throws {
        try await withEdge { exchange in
            switch exchange.index {
            case 0: await exchange.respond(200, ["Cache-Control": "max-age=60"], "old")
            case 1: await exchange.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 3\r\n\r\n")
            case 2: await exchange.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\n")
            default: await exchange.respond(200, ["Cache-Control": "max-age=60"], "newer")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "old")
            for (length, body) in [("3", "old"), ("5", "newer")] {
                let head = try await edge.get("/a", .HEAD, ["Cache-Control": "no-cache"])
                #expect(head.field("Content-Length") == length)
                #expect(try await edge.get("/a").body == body)
            }
            #expect(origin.requests.count == 4)
        }
    }

    @Test("A 304 to a client that is authorised does not renew what everyone gets, nor take it away")
    func authorised() async throws {
        try await withEdge { exchange in
            if exchange.head.fields.contains(.ifNoneMatch) {
                await exchange.respond(304, ["Cache-Control": "max-age=10"])
            } else {
                await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=10"], "body")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "body")
            edge.clock.advance(11)
            let own = try await edge.get("/a", .GET, ["Authorization": "Basic eDp5"])
            #expect(own.body == "body" && own.cacheStatus.contains("fwd=stale; fwd-status=304"))
            let other = try await edge.get("/a")
            #expect(other.body == "body" && other.cacheStatus.contains("fwd=stale; fwd-status=304"))
            #expect(try await edge.get("/a").cacheStatus.contains("hit"))
            #expect(origin.requests.count == 3)
        }
    }

    @Test("A 304 of something else than what is stored does not relabel it: that is fetched whole")
    func anotherTag() async throws {
        try await withEdge { exchange in
            switch (exchange.index, exchange.head.fields.contains(.ifNoneMatch)) {
            case (0, _): await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=1"], "old")
            case (_, true): await exchange.respond(304, ["ETag": #""b""#, "Cache-Control": "max-age=60"])
            case (_, false): await exchange.respond(200, ["ETag": #""b""#, "Cache-Control": "max-age=60"], "new")
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").body == "old")
            edge.clock.advance(2)
            let new = try await edge.get("/a")
            #expect((new.body, new.field("ETag")) == ("new", #""b""#))
            #expect(new.cacheStatus == "headwater-edge; fwd=stale; fwd-status=200; ttl=60; stored")
            let hit = try await edge.get("/a")
            #expect((hit.body, hit.field("ETag"), hit.cacheStatus.contains("hit")) == ("new", #""b""#, true))
            #expect(origin.requests.map { $0.fields[.ifNoneMatch] } == [nil, #""a""#, nil])
        }
    }

    @Test("A 304 that nobody asked for is the origin's failure")
    func unasked() async throws {
        try await withEdge { exchange in
            if exchange.index == 0, exchange.head.target == "/b" {
                await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=1"], "old")
            } else {
                await exchange.respond(304, ["ETag": #""b""#, "Cache-Control": "max-age=60"])
            }
        } body: { edge, origin async throws in
            #expect(try await edge.get("/b").body == "old")
            edge.clock.advance(2)
            #expect(try await edge.get("/b").status == 502)
            #expect(try await edge.get("/a").status == 502)
            #expect(origin.requests.count == 4)
        }
    }
}
