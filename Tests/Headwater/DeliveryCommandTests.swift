import Foundation
import Subprocess
import SystemPackage
import Testing

/// What curl printed for one request: the fields of the response in front of its body.
private func curl(_ arguments: String...) async throws -> CommandOutput {
    try await command("curl", ["--silent", "--show-error", "--max-time", "20"] + arguments)
}

/// The status that curl gets.
private func status(_ arguments: String...) async throws -> String {
    try await command(
        "curl", ["--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}"] + arguments
    ).standardOutput
}

/// A library with one clip's media, a manifest, a hidden file, and a link that leads out of it.
private func withLibrary(_ body: (String) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
        let manager = FileManager.default
        let library = folder + "/library"
        let track = library + "/media/clip/0123456789ab/v480"
        for path in [track, library + "/manifests", library + "/media/samples", library + "/.work"] {
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try Data("0123456789".utf8).write(to: URL(filePath: track + "/00001.m4s"))
        try Data(repeating: 7, count: 1_000_000).write(to: URL(filePath: track + "/00002.m4s"))
        try Data("<MPD/>".utf8).write(to: URL(filePath: library + "/manifests/clip.mpd"))
        try Data("x".utf8).write(to: URL(filePath: library + "/.work/x"))
        try Data("secret".utf8).write(to: URL(filePath: folder + "/secret"))
        try manager.createSymbolicLink(
            atPath: library + "/media/samples/link.mp4", withDestinationPath: "../../../secret")
        try manager.createSymbolicLink(
            atPath: library + "/media/samples/hidden.mp4", withDestinationPath: "../../.work/x")
        try await body(library)
    }
}

private let segment = "/media/clip/0123456789ab/v480/00001.m4s"
private let largeSegment = "/media/clip/0123456789ab/v480/00002.m4s"

@Suite("headwater origin and edge")
struct DeliveryCommandTests {
    @Test("curl gets files, parts and validations from the origin")
    func origin() async throws {
        try await withLibrary { library in
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
            {
                server in
                let whole = try await curl("--include", server.url + segment)
                #expect(whole.standardOutput.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(whole.standardOutput.hasSuffix("\r\n\r\n0123456789"))
                #expect(whole.standardOutput.contains("Cache-Control: public, max-age=31536000, immutable\r\n"))
                let part = try await curl("--include", "--range", "2-4", server.url + segment)
                #expect(part.standardOutput.hasPrefix("HTTP/1.1 206 Partial Content\r\n"))
                #expect(part.standardOutput.contains("Content-Range: bytes 2-4/10\r\n"))
                #expect(part.standardOutput.hasSuffix("\r\n\r\n234"))
                #expect(try await curl("--range", "-1", server.url + segment).standardOutput == "9")
                #expect(try await status("--range", "10-", server.url + segment) == "416")
                let tag = try #require(
                    whole.standardOutput.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
                #expect(try await status("--header", "If-None-Match: \(tag)", server.url + segment) == "304")
                #expect(try await status("--header", "If-None-Match: \"x\"", server.url + segment) == "200")
                let head = try await curl("--head", server.url + largeSegment)
                #expect(head.standardOutput.contains("Content-Length: 1000000\r\n"))
                let options = try await curl("--include", "--request", "OPTIONS", server.url + segment)
                #expect(options.standardOutput.contains("Access-Control-Allow-Origin: *\r\n"))
                let manifest = try await curl("--include", server.url + "/manifests/clip.mpd")
                #expect(manifest.standardOutput.contains("Content-Type: application/dash+xml\r\n"))
                let metrics = try await curl(try #require(server.adminURL) + "/metrics").standardOutput
                #expect(metrics.contains("headwater_http_requests_total{status=\"206\"} 2\n"))
                #expect(try await curl(try #require(server.adminURL) + "/healthz").standardOutput == "ok\n")
            }
        }
    }

    @Test("Nothing but media and manifests leaves the library, whatever the path")
    func traversal() async throws {
        try await withLibrary { library in
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
                for path in [
                    "/media/../../secret", "/media/%2e%2e/%2e%2e/secret", "/media/..%2f..%2fsecret",
                    "/media/samples/link.mp4", "/media/samples/hidden.mp4",
                    "/.work/x", "/media/%252e%252e/secret", "/media//clip", "/media/clip", "/media/", "/",
                    "/media/a%00",
                    "/manifests/..\\clip.mpd", "//etc/passwd", "/etc/passwd",
                ] {
                    let code = try await status("--path-as-is", server.url + path)
                    #expect(["400", "404"].contains(code), "\(path)")
                }
                #expect(try await status("--request", "PUT", "--data", "x", server.url + segment) == "405")
                let long = String(repeating: "a", count: 9000)
                #expect(try await status(server.url + "/" + long) == "414")
                #expect(try await status("--header", "X: \(long)\(long)", server.url + segment) == "431")
            }
        }
    }

    @Test("An edge serves what it has while its origin is gone, and counts it")
    func edge() async throws {
        try await withLibrary { library in
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { origin in
                let arguments = [
                    "edge", "--origin", origin.url, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--memory",
                    "64MB",
                ]
                try await withServer(arguments) { edge in
                    let miss = try await curl("--include", edge.url + segment)
                    #expect(miss.standardOutput.contains("Cache-Status: headwater-edge; fwd=uri-miss; fwd-status=200"))
                    #expect(try await curl(edge.url + largeSegment).standardOutput.utf8.count == 1_000_000)
                    try origin.send(.kill)
                    let hit = try await curl("--include", "--range", "-3", edge.url + segment)
                    #expect(hit.standardOutput.contains("Cache-Status: headwater-edge; hit"))
                    #expect(hit.standardOutput.hasSuffix("\r\n\r\n789"))
                    #expect(try await curl(edge.url + largeSegment).standardOutput.utf8.count == 1_000_000)
                    #expect(try await status(edge.url + "/manifests/clip.mpd") == "502")
                    let health = try await curl("--include", try #require(edge.adminURL) + "/healthz").standardOutput
                    #expect(health.hasPrefix("HTTP/1.1 503 "))
                    #expect(health.hasSuffix("no origin answers: \(origin.url)\n"))
                    let metrics = try await curl(try #require(edge.adminURL) + "/metrics").standardOutput
                    #expect(metrics.contains("headwater_edge_hits_total 2\n"))
                    #expect(metrics.contains("headwater_edge_upstream_bytes_total 1000010\n"))
                }
            }
        }
    }

    @Test(
        "A server that cannot serve says why in one line",
        arguments: [
            (["origin", "--library", "/nonexistent"], 66, "library /nonexistent"),
            (["origin", "--library", "/etc/passwd"], 66, "is not a folder"),
            (["edge", "--origin", "ftp://h"], 64, "--origin ftp://h"),
            (["edge", "--origin", "http://h", "--memory", "15MiB"], 64, "--memory 15MiB"),
            (["edge", "--origin", "https://h", "--ca", "/nonexistent"], 65, "--ca /nonexistent"),
            (["edge", "--origin", "https://h", "--ca", "/etc/hostname"], 65, "--ca /etc/hostname"),
            (["origin", "--library", "/", "--listen", "127.0.0.1:0", "--admin", "192.0.2.1:0"], 69, "192.0.2.1:0"),
            (["origin", "--library", "/", "--listen", "no..host:0"], 68, "no..host:0: the host is unknown"),
            (
                ["origin", "--library", "/", "--listen", "127.0.0.1:0", "--admin", "no..host:0"], 69,
                "no..host:0 for administration: the host is unknown"
            ),
            (
                ["link", "--upstream", "h:1", "--profile", "square", "--listen", "no..host:0"], 68,
                "no..host:0: the host is unknown"
            ),
            (["edge"], 64, "--origin"), (["origin", "--listen", "nowhere"], 64, "--listen"),
        ])
    func startErrors(arguments: [String], code: Int32, message: String) async throws {
        let output = try await command(headwaterExecutable, arguments)
        #expect(output.status == code)
        #expect(output.standardError.contains(message))
        #expect(output.standardOutput.isEmpty)
    }

    @Test("A port in use is one line and its own exit code")
    func portInUse() async throws {
        try await withLibrary { library in
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
                let address = String(server.url.dropFirst("http://".count))
                let second = try await headwater("origin", "--library", library, "--listen", address)
                #expect(second.status == 69)
                #expect(second.standardError.split(separator: "\n").count == 1)
                #expect(second.standardError.contains("\(address): the port is in use"))
                let admin = try await headwater(
                    "origin", "--library", library, "--listen", "127.0.0.1:0", "--admin", address)
                #expect(admin.status == 69)
                #expect(admin.standardError.contains("\(address) for administration: the port is in use"))
                #expect(admin.standardError.split(separator: "\n").count == 1)
                #expect(admin.standardOutput.isEmpty)
            }
        }
    }

    @Test("With few descriptors an open connection is served, and one too many is told so")
    func fewDescriptors() async throws {
        try await withLibrary { library in
            let arguments = ["origin", "--library", library, "--listen", "127.0.0.1:0"]
            try await withServer(arguments, openFiles: 100) { server in
                var clients: [RawConnection] = []
                for _ in 0..<150 { clients.append(try RawConnection(server.url)) }
                #expect(clients[149].read(upTo: 12) == "HTTP/1.1 503")
                clients[0].write("GET \(largeSegment) HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(clients[0].read(upTo: 12) == "HTTP/1.1 200")
            }
        }
    }

    @Test("A second SIGTERM does not wait for downloads")
    func hurriedEnd() async throws {
        try await withLibrary { library in
            try Data(repeating: 1, count: 30_000_000)
                .write(to: URL(filePath: library + "/media/samples/large.mp4"))
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
                let client = try RawConnection(server.url)
                client.write("GET /media/samples/large.mp4 HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(client.read(upTo: 12) == "HTTP/1.1 200")
                // `withServer` sends the second.
                try server.send(.terminate)
            }
        }
    }

    @Test("SIGTERM lets a download finish, and then the server ends with 0")
    func gracefulEnd() async throws {
        try await withLibrary { library in
            try Data(repeating: 1, count: 30_000_000)
                .write(to: URL(filePath: library + "/media/samples/large.mp4"))
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { server in
                // Half-way at the earliest: the limit makes the download outlast the signal.
                async let download = curl(
                    "--limit-rate", "30M", "--output", "/dev/null", "--write-out", "%{size_download}",
                    server.url + "/media/samples/large.mp4")
                var open = ""
                while !open.contains("206") {
                    open = try await status("--range", "0-0", server.url + "/media/samples/large.mp4")
                }
                // `withServer` sends SIGTERM when this closure ends; the download ends first or meanwhile.
                #expect(try await download.standardOutput == "30000000")
            }
        }
    }
}
