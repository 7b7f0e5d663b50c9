import CoreMetrics
import Foundation
import HTTP
import Listening
import Logging
import Metrics
import NIOCore
import NIOPosix
import Testing

/// A server on a free port while `body` runs.
private func withServer(
    _ responder: any Responder, configure: (inout ServerConfiguration) -> Void = { _ in },
    body: @escaping @Sendable (ListenAddress) async throws -> Void
) async throws {
    var configuration = ServerConfiguration(
        address: ListenAddress(host: "127.0.0.1", port: 0), logger: Logger(label: "test"))
    configure(&configuration)
    let server = DeliveryServer(
        configuration: configuration, responder: responder,
        metrics: ServerMetrics(factory: NOOPMetricsHandler.instance))
    let address = try await server.bind()
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        try await body(address)
        group.cancelAll()
    }
}

/// Sends `text` and gives all that comes back until the server closes.
private func dialogue(_ address: ListenAddress, _ text: String) async throws -> String {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .connect(host: address.host, port: address.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: text))
        var received = ByteBuffer()
        do {
            for try await var piece in inbound { received.writeBuffer(&piece) }
        } catch is IOError {
            // A reset ends the dialogue too.
        }
        return String(buffer: received)
    }
}

@Suite("Delivery server")
struct ServerTests {
    private final class File: SendableFile {
        let descriptor: CInt
        init(path: String) { descriptor = open(path, O_RDONLY) }
        deinit { close(descriptor) }
    }

    @Test("A hundred pipelined requests are all answered, in order")
    func pipelining() async throws {
        try await withServer(echo) { address in
            let requests = (0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined()
            let answer = try await dialogue(address, requests + "GET /end HTTP/1.0\r\n\r\n")
            let bodies = answer.components(separatedBy: "HTTP/1.1 200 OK").dropFirst()
                .compactMap { $0.components(separatedBy: "\r\n\r\n").last }
            #expect(bodies == (0..<100).map { "/\($0)" } + ["/end"])
        }
    }

    @Test("A large file goes out whole, between two small answers")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let content = String(repeating: "0123456789abcdef", count: 1 << 16)
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        let responder = ClosureResponder { request, exchange in
            let body: ResponseBody =
                request.head.target == "/file"
                ? .file(File(path: path), 0..<content.utf8.count) : .bytes(ByteBuffer(string: "small"))
            exchange.send(Response(status: 200, body: body))
        }
        try await withServer(responder) { address in
            let answer = try await dialogue(
                address,
                "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /file HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.0\r\n\r\n")
            #expect(answer.contains("\r\n\r\n" + content + "HTTP/1.1 200 OK"))
            #expect(answer.hasSuffix("small"))
        }
    }

    @Test("A refusal arrives although the client goes on sending")
    func lingering() async throws {
        try await withServer(echo) { address in
            let answer = try await dialogue(address, "GET /" + String(repeating: "a", count: 200_000))
            #expect(answer.hasPrefix("HTTP/1.1 414 URI Too Long"))
        }
    }

    @Test("A response arrives although the client sent more behind its last request")
    func inputBehindClose() async throws {
        try await withServer(echo) { address in
            let request = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            let answer = try await dialogue(address, request + String(repeating: "a", count: 200_000))
            #expect(answer.hasSuffix("\r\n\r\n/x"))
        }
    }

    @Test("A file that is cut off while it is sent ends the connection", .timeLimit(.minutes(15)))
    func truncatedFile() async throws {
        let path = FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let size = 64 << 20
        truncate(path, size)
        let responder = ClosureResponder { _, exchange in
            exchange.send(Response(status: 200, body: .file(File(path: path), 0..<size)))
        }
        let configure: (inout ServerConfiguration) -> Void = {
            $0.timeouts.linger = .milliseconds(100)
            $0.timeouts.writeStall = .hours(1)
        }
        try await withServer(responder, configure: configure) { address in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
                var received = 0
                for try await piece in inbound {
                    // Much of the file is still to come: the kernel's buffers are smaller.
                    if received == 0 { truncate(path, 1000) }
                    received += piece.readableBytes
                }
                #expect(received < size)
            }
        }
    }

    @Test("A cancellation closes what is open at once", .timeLimit(.minutes(15)))
    func cancellation() async throws {
        let silent = ClosureResponder { _, _ in }
        try await withServer(silent, configure: { $0.drainTime = .hours(1) }) { address in
            _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: address.host, port: address.port)
                .flatMap { $0.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: h\r\n\r\n")) }.get()
        }
    }

    @Test("A connection beyond the limit is told so")
    func connectionLimit() async throws {
        try await withServer(echo, configure: { $0.maximumConnections = 0 }) { address in
            let answer = try await dialogue(address, "")
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test("A port in use is one clear error")
    func portInUse() async throws {
        try await withServer(echo) { address in
            let second = DeliveryServer(
                configuration: ServerConfiguration(address: address, logger: Logger(label: "test")),
                responder: echo, metrics: ServerMetrics(factory: NOOPMetricsHandler.instance))
            let error = await #expect(throws: ListenError.self) { _ = try await second.bind() }
            #expect(error?.code == .addressInUse)
        }
    }
}
