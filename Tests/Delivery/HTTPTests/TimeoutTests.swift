import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import HTTP

@Suite("Connection time-outs")
struct TimeoutTests {
    private let start = NIODeadline.uptimeNanoseconds(0)

    @Test(
        "Each phase has its own",
        arguments: [
            (.idle, 60), (.head, 10), (.content, 30), (.linger, 2),
        ] as [(ConnectionWatchdog.Phase, Int64)])
    func phases(phase: ConnectionWatchdog.Phase, seconds: Int64) {
        var watchdog = ConnectionWatchdog(timeouts: ConnectionTimeouts(), now: start)
        watchdog.enter(phase, now: start)
        let before = watchdog.check(now: start + .seconds(seconds) - .nanoseconds(1), buffered: 0, acknowledged: 0)
        let after = watchdog.check(now: start + .seconds(seconds), buffered: 0, acknowledged: 0)
        #expect(!before)
        #expect(after)
    }

    @Test("The responder may take its time")
    func responder() {
        var watchdog = ConnectionWatchdog(timeouts: ConnectionTimeouts(), now: start)
        watchdog.enter(.responder, now: start)
        let expired = watchdog.check(now: start + .hours(1), buffered: 0, acknowledged: 0)
        #expect(!expired)
    }

    @Test("A slow reader stays while it reads, however long, and goes when it stops")
    func slowReader() {
        var watchdog = ConnectionWatchdog(timeouts: ConnectionTimeouts(), now: start)
        var now = start
        for left in (1...100).reversed() {
            now = now + .seconds(29)
            let expired = watchdog.check(now: now, buffered: left, acknowledged: 0)
            #expect(!expired)
        }
        let expired = watchdog.check(now: now + .seconds(30), buffered: 1, acknowledged: 0)
        #expect(expired)
    }

    @Test("What the client acknowledges is progress while the kernel's buffer takes nothing")
    func acknowledgement() {
        var watchdog = ConnectionWatchdog(timeouts: ConnectionTimeouts(), now: start)
        var now = start
        for taken in 1...100 {
            now = now + .seconds(29)
            let expired = watchdog.check(now: now, buffered: 1_000_000, acknowledged: taken)
            #expect(!expired)
        }
        let expired = watchdog.check(now: now + .seconds(30), buffered: 1_000_000, acknowledged: 100)
        #expect(expired)
    }

    @Test("A client that reads is seen to, although the kernel takes no more", .timeLimit(.minutes(15)))
    func transportProgress() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let accepted = group.next().makePromise(of: (any Channel).self)
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                accepted.succeed(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
            .connect(to: try #require(listener.localAddress)).get()
        let server = try await accepted.futureResult.get()
        server.writeAndFlush(ByteBuffer(repeating: 0, count: 16 << 20), promise: nil)
        func acknowledged() async throws -> Int {
            try await server.eventLoop.submit { TransportProgress.acknowledgedBytes(server) }.get()
        }
        let before = try await acknowledged()
        while try await acknowledged() < before + 100_000 {
            client.read()
            await Task.yield()
        }
        try? await server.close()
        try? await client.close()
        try await listener.close()
    }

    @Test("An idle connection is closed, and so is one that dribbles a head")
    func embedded() throws {
        let idle = try TestConnection(echo)
        idle.channel.embeddedEventLoop.advanceTime(by: .seconds(66))
        #expect(!idle.channel.isActive)

        let slow = try TestConnection(echo)
        try slow.send("GET / HT")
        for _ in 0..<5 {
            slow.channel.embeddedEventLoop.advanceTime(by: .seconds(3))
            if slow.channel.isActive { try slow.send("x") }
        }
        #expect(!slow.channel.isActive)
    }
}
