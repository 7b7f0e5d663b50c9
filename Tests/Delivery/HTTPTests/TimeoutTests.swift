import NIOCore
import NIOEmbedded
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
        let before = watchdog.check(now: start + .seconds(seconds) - .nanoseconds(1), buffered: 0)
        let after = watchdog.check(now: start + .seconds(seconds), buffered: 0)
        #expect(!before)
        #expect(after)
    }

    @Test("The responder may take its time")
    func responder() {
        var watchdog = ConnectionWatchdog(timeouts: ConnectionTimeouts(), now: start)
        watchdog.enter(.responder, now: start)
        let expired = watchdog.check(now: start + .hours(1), buffered: 0)
        #expect(!expired)
    }

    @Test("A slow reader stays while it reads, however long, and goes when it stops")
    func slowReader() {
        var watchdog = ConnectionWatchdog(timeouts: ConnectionTimeouts(), now: start)
        var now = start
        for left in (1...100).reversed() {
            now = now + .seconds(29)
            let expired = watchdog.check(now: now, buffered: left)
            #expect(!expired)
        }
        let expired = watchdog.check(now: now + .seconds(30), buffered: 1)
        #expect(expired)
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
