import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import Webmail

@Suite("Webmail: connections")
struct WebmailConnectionTests {
    private func connect(_ url: String) async throws -> any Channel {
        let port = Int(url.split(separator: ":").last ?? "") ?? 0
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
    }

    @Test("An address has so many connections and no more, until one of them ends")
    func limit() async throws {
        try await withWebmail(configure: { $0.maximumConnectionsPerAddress = 2 }) { server in
            let first = try await connect(server.url)
            // Both are counted when they have got an answer; a connection that is closed gets none.
            let browser = server.browser()
            #expect(try await browser.get("/login").status == 200)
            let third = try await connect(server.url)
            try await third.closeFuture.get()
            try await first.close()
            #expect(try await browser.get("/login").status == 200)
        }
    }

    @Test("A connection that is silent is closed")
    func silence() async throws {
        try await withWebmail(configure: { $0.idleTime = 1 }) { server in
            let connection = try await connect(server.url)
            try await connection.closeFuture.get()
            // So is one that does not come to the end of a header; perhaps before it has begun.
            let slow = try await connect(server.url)
            try? await slow.writeAndFlush(ByteBuffer(string: "GET /login HTTP/1.1\r\nHost: a\r\nX: "))
            try await slow.closeFuture.get()
        }
    }

    @Test("A response that nobody takes is given up; one that is taken slowly is not")
    func stalled() throws {
        let channel = EmbeddedChannel(handler: StalledWriteHandler(limit: .seconds(60)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        func becomes(writable: Bool) {
            channel.isWritable = writable
            channel.pipeline.fireChannelWritabilityChanged()
        }
        for _ in 0..<3 {
            becomes(writable: false)
            channel.embeddedEventLoop.advanceTime(by: .seconds(59))
            becomes(writable: true)
            channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        }
        #expect(channel.isActive)
        becomes(writable: false)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }
}
