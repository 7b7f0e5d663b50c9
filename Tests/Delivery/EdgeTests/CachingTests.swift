import HTTP
import HTTPSemantics
import Logging
import NIOHTTP1
import Testing

@testable import Edge

@Suite("Edge: caching")
struct CachingTests {
    @Test("A miss, then hits with a growing age, then a validation")
    func lifeCycle() async throws {
        try await withEdge { exchange in
            if exchange.head.fields[.init("If-None-Match")] == #""a""# {
                await exchange.respond(304, ["ETag": #""a""#, "Cache-Control": "max-age=20", "X-New": "1"])
            } else {
                await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=10"], "body")
            }
        } body: { edge, origin async throws in
            let miss = try await edge.get("/a?q")
            #expect(miss.body == "body")
            #expect(miss.cacheStatus == "headwater-edge; fwd=uri-miss; fwd-status=200; ttl=10; stored")
            #expect(miss.field("Via") == "1.1 headwater-edge-0badcafe")
            edge.clock.advance(4)
            let hit = try await edge.get("/a?q")
            #expect(hit.body == "body")
            #expect(hit.field("Age") == "4")
            #expect(hit.cacheStatus == "headwater-edge; hit; ttl=6")
            edge.clock.advance(7)
            let validated = try await edge.get("/a?q")
            #expect(validated.body == "body")
            #expect(validated.cacheStatus == "headwater-edge; fwd=stale; fwd-status=304; ttl=20")
            #expect(validated.field("X-New") == "1")
            #expect(validated.field("Age") == "0")
            let other = try await edge.get("/a?other")
            #expect(other.cacheStatus.contains("uri-miss"))
            #expect(origin.requests.map(\.target) == ["/a?q", "/a?q", "/a?other"])
            #expect(origin.requests[1].fields[.ifNoneMatch] == #""a""#)
            #expect(origin.requests[0].fields[.via] == "1.1 headwater-edge-0badcafe")
        }
    }

    @Test("A changed response takes the old one's place")
    func replaced() async throws {
        try await withEdge { exchange in
            await exchange.respond(
                200, ["ETag": "\"\(exchange.index)\"", "Cache-Control": "max-age=10"], "\(exchange.index)")
        } body: { edge, _ async throws in
            #expect(try await edge.get("/a").body == "0")
            edge.clock.advance(11)
            #expect(try await edge.get("/a").body == "1")
            #expect(try await edge.get("/a").cacheStatus.contains("hit"))
        }
    }

    @Test("HEAD, ranges and conditions are answered from what is stored")
    func fromStored() async throws {
        try await withEdge { exchange in
            await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=10"], "0123456789")
        } body: { edge, origin async throws in
            _ = try await edge.get("/a")
            let head = try await edge.get("/a", .HEAD)
            #expect(head.field("Content-Length") == "10")
            #expect(head.body.isEmpty)
            // A range is for GET only, and one only.
            #expect(try await edge.get("/a", .HEAD, ["Range": "bytes=-3"]).status == 200)
            let twice = HTTPHeaders([("Range", "bytes=0-1"), ("Range", "bytes=3-4")])
            #expect(try await edge.get("/a", .GET, twice).body == "0123456789")
            let part = try await edge.get("/a", .GET, ["Range": "bytes=-3"])
            #expect((part.status, part.body, part.field("Content-Range")) == (206, "789", "bytes 7-9/10"))
            #expect(try await edge.get("/a", .GET, ["Range": "bytes=10-"]).status == 416)
            #expect(try await edge.get("/a", .GET, ["If-None-Match": #"W/"a""#]).status == 304)
            #expect(try await edge.get("/a", .GET, ["If-Match": #""b""#]).status == 412)
            #expect(try await edge.get("/a", .GET, ["Range": "bytes=0-0", "If-Range": #""b""#]).status == 200)
            #expect(origin.requests.count == 1)
        }
    }

    @Test("A range that misses is answered as a range, and the whole is stored")
    func rangeOnMiss() async throws {
        try await withEdge { exchange in
            await exchange.respond(200, ["ETag": #""a""#, "Cache-Control": "max-age=10"], "0123456789")
        } body: { edge, origin async throws in
            let part = try await edge.get("/a", .GET, ["Range": "bytes=2-4"])
            #expect((part.status, part.body) == (206, "234"))
            #expect(try await edge.get("/a").body == "0123456789")
            #expect(origin.requests.count == 1)
            #expect(!origin.requests[0].fields.contains(.range))
        }
    }

    @Test("What is not for sharing is passed through each time", arguments: ["no-store", "private, max-age=9", ""])
    func notStored(directive: String) async throws {
        try await withEdge { exchange in
            await exchange.respond(200, ["Cache-Control": directive], "\(exchange.index)")
        } body: { edge, origin async throws in
            for index in 0..<3 { #expect(try await edge.get("/a").body == "\(index)") }
            #expect(origin.requests.count == 3)
        }
    }

    @Test("A range of what is not for sharing goes to the origin as it is")
    func passedRange() async throws {
        try await withEdge { exchange in
            if exchange.head.fields.contains(.range) {
                await exchange.respond(
                    206, ["Cache-Control": "no-store", "Content-Range": "bytes 1-1/3"], "b")
            } else {
                await exchange.respond(200, ["Cache-Control": "no-store"], "abc")
            }
        } body: { edge, _ async throws in
            let answer = try await edge.get("/a", .GET, ["Range": "bytes=1-1"])
            #expect((answer.status, answer.body, answer.field("Content-Range")) == (206, "b", "bytes 1-1/3"))
        }
    }

    @Test("Variants are kept apart")
    func variants() async throws {
        try await withEdge { exchange in
            let language = exchange.head.fields[.init("Accept-Language")] ?? "none"
            await exchange.respond(200, ["Vary": "Accept-Language", "Cache-Control": "max-age=10"], language)
        } body: { edge, origin async throws in
            for _ in 0..<2 {
                for language in ["de", "en"] {
                    #expect(try await edge.get("/a", .GET, ["Accept-Language": language]).body == language)
                }
            }
            #expect(origin.requests.count == 2)
        }
    }

    @Test("A 404 is kept for a moment")
    func negative() async throws {
        try await withEdge { exchange in
            await exchange.respond(404)
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a").status == 404)
            #expect(try await edge.get("/a").status == 404)
            #expect(origin.requests.count == 1)
            edge.clock.advance(1)
            #expect(try await edge.get("/a").status == 404)
            #expect(origin.requests.count == 2)
        }
    }

    @Test("An unsafe request passes with its content, and what it changed is fetched again")
    func invalidation() async throws {
        try await withEdge { exchange in
            if exchange.head.method == .get {
                await exchange.respond(200, ["Cache-Control": "max-age=60"], "\(exchange.index)")
            } else {
                await exchange.respond(200, ["Location": "/b"], exchange.head.fields[.init("X-Content")] ?? "")
            }
        } body: { edge, _ async throws in
            #expect(try await edge.get("/a").body == "0")
            #expect(try await edge.get("/b").body == "1")
            let post = try await edge.get("/a", .POST, [:], content: "hello")
            #expect((post.body, post.cacheStatus) == ("hello", "headwater-edge; fwd=method; fwd-status=200"))
            #expect(try await edge.get("/a").body == "3")
            #expect(try await edge.get("/b").body == "4")
        }
    }

    @Test("Any page may read what an origin without CORS serves; one that has its own is left alone")
    func crossOrigin() async throws {
        try await withEdge { exchange in
            let fields: FieldSection =
                exchange.head.target == "/own" ? ["Access-Control-Allow-Origin": "http://a"] : [:]
            await exchange.respond(200, fields)
        } body: { edge, _ async throws in
            let plain = try await edge.get("/plain")
            #expect(plain.headers["Access-Control-Allow-Origin"] == ["*"])
            #expect(plain.field("Access-Control-Expose-Headers").contains("Cache-Status"))
            let own = try await edge.get("/own")
            #expect(own.headers["Access-Control-Allow-Origin"] == ["http://a"])
            #expect(own.field("Access-Control-Expose-Headers").isEmpty)
            #expect(try await edge.get("/plain", .POST).field("Access-Control-Allow-Origin").isEmpty)
        }
    }

    @Test("An object may take an eighth of the memory, of a small one half")
    func largestObject() {
        var configuration = EdgeConfiguration(origins: [], logger: Logger(label: "test"))
        for (memory, expected) in [(4, 2), (16, 8), (64, 8), (512, 64)] {
            configuration.memory = memory << 20
            #expect(configuration.maximumObject == expected << 20)
        }
    }

    @Test("Request directives: no-cache validates, only-if-cached never asks")
    func requestDirectives() async throws {
        try await withEdge { exchange in
            await exchange.respond(200, ["Cache-Control": "max-age=60"], "\(exchange.index)")
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a", .GET, ["Cache-Control": "only-if-cached"]).status == 504)
            #expect(try await edge.get("/a").body == "0")
            #expect(try await edge.get("/a", .GET, ["Cache-Control": "only-if-cached"]).body == "0")
            let forced = try await edge.get("/a", .GET, ["Cache-Control": "no-cache"])
            #expect((forced.body, forced.cacheStatus.contains("fwd=request")) == ("1", true))
            #expect(origin.requests.count == 2)
        }
    }

    @Test("What players tell of themselves does not make responses of their own")
    func clientData() async throws {
        try await withEdge { exchange in
            await exchange.respond(200, ["Cache-Control": "max-age=60"], "\(exchange.index)")
        } body: { edge, origin async throws in
            #expect(try await edge.get("/a?v=1&CMCD=br%3D1").body == "0")
            let hit = try await edge.get("/a?v=1&CMCD=br%3D2")
            #expect(hit.body == "0" && hit.cacheStatus.contains("hit"))
            #expect(origin.requests.count == 1)
        }
    }

    @Test("Memory is bounded: old objects go, too large ones pass through whole")
    func bounds() async throws {
        try await withEdge(configure: { $0.memory = 1 << 20 }) { exchange in
            let size = exchange.head.target == "/large" ? 3 << 20 : 100 << 10
            await exchange.respond(200, ["Cache-Control": "max-age=60"], String(repeating: "x", count: size))
        } body: { edge, origin async throws in
            for index in 0..<30 { #expect(try await edge.get("/\(index)").body.utf8.count == 100 << 10) }
            #expect(try await edge.get("/29").cacheStatus.contains("hit"))
            #expect(try await edge.get("/0").cacheStatus.contains("miss"))
            for _ in 0..<2 {
                let large = try await edge.get("/large")
                #expect(large.body.utf8.count == 3 << 20)
                #expect(!large.cacheStatus.contains("stored"))
            }
            #expect(origin.requests.count == 33)
        }
    }

    @Test("Tricks in paths, loops and methods that make no sense are refused")
    func refusals() async throws {
        try await withEdge { exchange in
            await exchange.respond(200)
        } body: { edge, origin async throws in
            #expect(try await edge.get("/%2e%2e/a").status == 400)
            #expect(try await edge.get("/a%2fb").status == 400)
            let circles = Array(repeating: "1.1 headwater-edge", count: 8).joined(separator: ", ")
            #expect(try await edge.get("/a", .GET, ["Via": circles]).status == 508)
            for method in [HTTPMethod.GET, .HEAD, .POST] {
                let own = "1.0 other, 1.1 headwater-edge-0badcafe (comment)"
                #expect(try await edge.get("/a", method, ["Via": own]).status == 508)
            }
            #expect(try await edge.get("/a", .TRACE).status == 405)
            let preflight = try await edge.get("/a", .OPTIONS, ["Access-Control-Request-Method": "GET"])
            #expect((preflight.status, preflight.field("Access-Control-Allow-Origin")) == (204, "*"))
            #expect(origin.requests.isEmpty)
        }
    }

    @Test("OPTIONS goes on as far as Max-Forwards says")
    func maxForwards() async throws {
        let field = FieldName("Max-Forwards")
        try await withEdge { exchange in
            await exchange.respond(200, ["Allow": "GET"])
        } body: { edge, origin async throws in
            let own = try await edge.get("/a", .OPTIONS, ["Max-Forwards": "0"])
            #expect((own.status, own.field("Via")) == (204, ""))
            #expect(own.field("Allow") == "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE")
            #expect(origin.requests.isEmpty)
            for text in ["", "-1", "+1", "1x", "1, 2"] {
                #expect(try await edge.get("/a", .OPTIONS, ["Max-Forwards": text]).status == 400)
            }
            #expect(origin.requests.isEmpty)
            let huge = "9" + String(repeating: "0", count: 40)
            for text in ["1", "010", huge] {
                #expect(try await edge.get("/a", .OPTIONS, ["Max-Forwards": text]).field("Allow") == "GET")
            }
            #expect(try await edge.get("/a", .OPTIONS).field("Allow") == "GET")
            // Other methods may ignore it (RFC 9110 §7.6.2).
            #expect(try await edge.get("/a", .POST, ["Max-Forwards": "0"]).status == 200)
            #expect(origin.requests.map { $0.fields[field] } == ["0", "9", "2147483647", nil, "0"])
        }
    }

    @Test("Requests without content reach the origin without a length, where the method expects none")
    func noContent() async throws {
        try await withEdge { exchange in
            await exchange.respond(200, ["Cache-Control": "no-store"])
        } body: { edge, origin async throws in
            // The second GET is a client's own.
            for method in [HTTPMethod.GET, .GET, .HEAD, .DELETE, .POST] { _ = try await edge.get("/a", method) }
            #expect(try await edge.get("/a", .init(rawValue: "REPORT"), content: "abc").status == 200)
            #expect(origin.requests.map(\.method.description) == ["GET", "GET", "HEAD", "DELETE", "POST", "REPORT"])
            #expect(origin.requests.map { $0.fields[.contentLength] } == [nil, nil, nil, nil, "0", "3"])
        }
    }
}
