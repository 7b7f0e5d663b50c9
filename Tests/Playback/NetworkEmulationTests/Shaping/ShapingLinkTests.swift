import Listening
import Logging
import NIOCore
import NIOPosix
import NetworkEmulation
import Testing

/// Behaviour over loopback; when bytes depart is what the pacing queue's tests show.
@Suite("A shaping link")
struct ShapingLinkTests {
    /// So fast that tests need not wait, and yet in many chunks.
    private let fast = profile((0.05, 400_000, 1), (0.01, 0, 2), (0.05, 800_000, 0))
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func withLink(
        _ server: LoopbackServer, pacer: LinkPacer? = nil, body: (Int) async throws -> Void
    ) async throws {
        let link = ShapingLink(
            pacer: pacer ?? LinkPacer(profile: fast), upstreamHost: "127.0.0.1", upstreamPort: server.port,
            logger: logger)
        let port = try await link.start()
        do {
            try await body(port)
        } catch {
            await link.stop()
            throw error
        }
        await link.stop()
    }

    @Test("carries bytes unchanged in both directions, and ends of stream after them")
    func echo() async throws {
        try await LoopbackServer.withServer(.echo) { server in
            try await withLink(server) { port in
                let sent = pattern(300_000)
                let answer = try await LoopbackClient.exchange(port: port, sending: sent)
                #expect(answer.bytes == sent)
                #expect(answer.end == .endOfStream)
            }
        }
    }

    @Test("carries many connections at once")
    func many() async throws {
        try await LoopbackServer.withServer(.echo) { server in
            try await withLink(server) { port in
                try await withThrowingTaskGroup { group in
                    for index in 0..<40 {
                        group.addTask {
                            let sent = pattern(10_000 + index * 1_000, seed: UInt8(index))
                            let answer = try await LoopbackClient.exchange(port: port, sending: sent)
                            #expect(answer.bytes == sent)
                            #expect(answer.end == .endOfStream)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("shares one pacer between links to several servers")
    func severalLinks() async throws {
        let pacer = LinkPacer(profile: fast)
        try await LoopbackServer.withServer(.echo) { first in
            try await LoopbackServer.withServer(.send(pattern(50_000))) { second in
                try await withLink(first, pacer: pacer) { firstPort in
                    try await withLink(second, pacer: pacer) { secondPort in
                        async let echo = LoopbackClient.exchange(port: firstPort, sending: pattern(50_000))
                        async let sent = LoopbackClient.exchange(port: secondPort, sending: [])
                        let bytes = try await [echo.bytes, sent.bytes]
                        #expect(bytes == [pattern(50_000), pattern(50_000)])
                    }
                }
            }
        }
    }

    @Test("delivers everything that a server sends before it closes, though the client has ended its side")
    func halfClose() async throws {
        let body = pattern(500_000)
        try await LoopbackServer.withServer(.send(body)) { server in
            try await withLink(server) { port in
                let answer = try await LoopbackClient.exchange(port: port, sending: [1])
                #expect(answer.bytes == body)
                #expect(answer.end == .endOfStream)
            }
        }
    }

    @Test("passes a server's reset on")
    func serverReset() async throws {
        try await LoopbackServer.withServer(.reset) { server in
            try await withLink(server) { port in
                let answer = try await LoopbackClient.exchange(port: port, sending: [1], endingOutput: false)
                #expect(answer.end == .reset)
            }
        }
    }

    @Test("resets clients when the server cannot be reached")
    func unreachable() async throws {
        let port = try await LoopbackServer.withServer(.echo) { $0.port }
        let link = ShapingLink(profile: fast, upstreamHost: "127.0.0.1", upstreamPort: port, logger: logger)
        let listening = try await link.start()
        let answer = try await LoopbackClient.exchange(port: listening, sending: [1], endingOutput: false)
        #expect(answer.end == .reset)
        await link.stop()
    }

    @Test("stops reading from a server whose client's bytes do not move")
    func backPressure() async throws {
        // One byte a minute: nothing arrives while the test lasts.
        let slow = LinkPacer(profile: profile((60, 0.000_133, 0)))
        try await LoopbackServer.withServer(.flood) { server in
            try await withLink(server, pacer: slow) { port in
                try await LoopbackClient.connect(port: port) {
                    // The server's socket fills up: only then does it tell that it cannot write.
                    try await server.stalled.get()
                }
            }
        }
    }

    @Test("ends every connection when it stops")
    func stop() async throws {
        try await LoopbackServer.withServer(.echo) { server in
            let link = ShapingLink(profile: fast, upstreamHost: "127.0.0.1", upstreamPort: server.port, logger: logger)
            let port = try await link.start()
            let answer = try await LoopbackClient.exchange(port: port, sending: [1, 2, 3], endingOutput: false) {
                // The echo proves that the connection stands on both sides.
                await link.stop()
            }
            #expect(answer.bytes == [1, 2, 3])
            #expect(answer.end == .reset)
            await link.stop()
        }
    }

    @Test("says that a port is in use")
    func portInUse() async throws {
        try await LoopbackServer.withServer(.echo) { server in
            let link = ShapingLink(
                profile: fast, upstreamHost: "127.0.0.1", upstreamPort: 1, port: server.port, logger: logger)
            let error = await #expect(throws: ListenError.self) { try await link.start() }
            #expect(error?.code == .addressInUse)
            #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
        }
    }
}

/// `count` bytes that show where one is missing or doubled.
private func pattern(_ count: Int, seed: UInt8 = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) &+ seed }
}
