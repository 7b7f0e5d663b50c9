import AsyncHTTPClient
import CoreMetrics
import Foundation
import HTTP
import Listening
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import Origin
import SegmentStore
import Testing

@Suite("Origin over HTTP")
struct OriginServerTests {
    /// An origin over a new library while `body` runs.
    private func withOrigin(_ body: @escaping @Sendable (_ url: String, _ root: String) async throws -> Void)
        async throws
    {
        let root = FileManager.default.temporaryDirectory.appending(component: "origin-\(UUID().uuidString)")
            .path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: root + "/media", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let logger = Logger(label: "test")
        let server = DeliveryServer(
            configuration: ServerConfiguration(address: ListenAddress(host: "127.0.0.1", port: 0), logger: logger),
            responder: OriginResponder(store: try FileSegmentStore(folder: root), logger: logger),
            metrics: ServerMetrics(factory: NOOPMetricsHandler.instance))
        let address = try await server.bind()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            try await body("http://\(address)", root)
            group.cancelAll()
        }
    }

    private func fetch(
        _ url: String, _ method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]
    ) async throws -> (status: UInt, headers: HTTPHeaders, body: ByteBuffer) {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        return (response.status.code, response.headers, try await response.body.collect(upTo: 1 << 24))
    }

    @Test("Files of every size, whole and in part", arguments: [0, 1, 4096, 4097, 131_072, 131_073, 3_000_000])
    func sizes(size: Int) async throws {
        try await withOrigin { url, root in
            let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            try Data(content).write(to: URL(filePath: root + "/media/file.mp4"))
            for _ in 0..<2 {
                let whole = try await fetch(url + "/media/file.mp4")
                #expect(whole.status == 200)
                #expect(Array(whole.body.readableBytesView) == content)
                #expect(whole.headers["Content-Length"] == ["\(size)"])
            }
            guard size > 1 else { return }
            let range = size / 3...size / 2
            let part = try await fetch(
                url + "/media/file.mp4", .GET, ["Range": "bytes=\(range.lowerBound)-\(range.upperBound)"])
            #expect(part.status == 206)
            #expect(Array(part.body.readableBytesView) == Array(content[range]))
            let head = try await fetch(url + "/media/file.mp4", .HEAD)
            #expect(head.headers["Content-Length"] == ["\(size)"])
            #expect(head.headers["ETag"] == part.headers["ETag"])
        }
    }

    @Test("Methods and places that are not served")
    func refusals() async throws {
        try await withOrigin { url, root in
            try Data("a".utf8).write(to: URL(filePath: root + "/media/a"))
            let post = try await fetch(url + "/media/a", .POST)
            #expect(post.status == 405)
            #expect(post.headers["Allow"] == ["GET, HEAD, OPTIONS"])
            let options = try await fetch(url + "/media/a", .OPTIONS)
            #expect(options.status == 204)
            #expect(options.headers["Access-Control-Allow-Origin"] == ["*"])
            let missing = try await fetch(url + "/media/b")
            #expect(missing.status == 404)
            #expect(missing.headers["Cache-Control"] == ["public, max-age=1"])
            #expect(try await fetch(url + "/media").status == 404)
            #expect(try await fetch(url + "/media/%2e%2e/media/a").status == 400)
        }
    }
}
