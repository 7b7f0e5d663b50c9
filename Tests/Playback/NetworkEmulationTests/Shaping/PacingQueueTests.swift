import Testing

@testable import NetworkEmulation

@Suite("The pacing queue")
struct PacingQueueTests {
    /// 4096 bytes take 32 ms at 1024 kb/s.
    private let steady = profile((60, 1024, 0))

    @Test("lets chunks depart when the profile has carried them")
    func departures() {
        var queue = PacingQueue(profile: steady)
        #expect(queue.nextDeparture == nil)
        queue.add(10_000, to: 1, at: 1)
        #expect(queue.nextDeparture == 1.032)
        #expect(queue.popDeparted(at: 1.031) == nil)
        #expect(queue.popDeparted(at: 1.032).map { [$0.flow, $0.size] } == [1, 4096])
        #expect(queue.popDeparted(at: 1.07).map(\.size) == 4096)
        #expect(queue.popDeparted(at: 1.07) == nil)
        #expect(queue.popDeparted(at: 2).map(\.size) == 10_000 - 8192)
        #expect(queue.nextDeparture == nil)
    }

    @Test("keeps to the profile however late it is asked")
    func lateness() {
        let profile = profile((2, 1024, 0), (3, 0, 0), (1, 4096, 0))
        var queue = PacingQueue(profile: profile)
        queue.add(1_000_000, to: 1, at: 0.5)
        var received = 0
        var last = 0.0
        while let departure = queue.nextDeparture {
            // Many timers are late, by several chunks, but not the last ones.
            let now = received % 3 == 0 && received < 900_000 ? departure + 0.1 : departure
            while let chunk = queue.popDeparted(at: now) { received += chunk.size }
            last = departure
        }
        #expect(received == 1_000_000)
        #expect(abs(last - profile.time(from: 0.5, bits: 8_000_000)) < 1e-9)
    }

    @Test("loses what it could have carried while nothing waited")
    func idleness() {
        var queue = PacingQueue(profile: steady)
        queue.add(4096, to: 1, at: 0)
        // Asked only now, the link has been idle since 0.032.
        queue.add(4096, to: 1, at: 10)
        #expect(queue.popDeparted(at: 10).map(\.size) == 4096)
        #expect(queue.nextDeparture == 10.032)
    }

    @Test("lets flows take turns")
    func turns() {
        var queue = PacingQueue(profile: steady)
        queue.add(12_288, to: 1, at: 0)
        queue.add(8192, to: 2, at: 0.001)
        queue.add(100, to: 3, at: 0.002)
        var order: [Int] = []
        while let chunk = queue.popDeparted(at: 100) { order.append(chunk.flow) }
        #expect(order == [1, 1, 2, 3, 1, 2])
    }

    @Test("passes a blocked flow by, and takes it up again")
    func blocking() {
        var queue = PacingQueue(profile: steady)
        queue.add(8192, to: 1, at: 0)
        queue.add(4096, to: 2, at: 0)
        queue.setBlocked(true, for: 1, at: 0.01)
        #expect(queue.popDeparted(at: 1).map(\.flow) == 1)
        #expect(queue.popDeparted(at: 1).map(\.flow) == 2)
        #expect(queue.nextDeparture == nil)
        queue.setBlocked(false, for: 1, at: 5)
        #expect(queue.nextDeparture == 5.032)
        #expect(queue.popDeparted(at: 6).map(\.flow) == 1)
    }

    @Test("forgets a removed flow")
    func removal() {
        var queue = PacingQueue(profile: steady)
        queue.add(8192, to: 1, at: 0)
        queue.add(4096, to: 2, at: 0)
        queue.remove(1, at: 0.01)
        #expect(queue.nextDeparture == 0.032)
        #expect(queue.popDeparted(at: 1).map(\.flow) == 2)
        #expect(queue.popDeparted(at: 1) == nil)
    }
}

@Suite("The delay line")
struct DelayLineTests {
    @Test("releases in order, one latency after arrival")
    func order() {
        var line = DelayLine<String>(profile: profile((1, 1000, 500), (1, 1000, 100)))
        line.append("a", at: 0.75)
        line.append("b", at: 1.0)
        line.append("c", at: 1.5)
        #expect(line.nextRelease == 1.25)
        #expect(line.popReleased(at: 1.2) == nil)
        #expect(line.popReleased(at: 1.25) == "a")
        // The latency fell, but the second stays behind the first.
        #expect(line.popReleased(at: 1.25) == "b")
        #expect(line.nextRelease == 1.6)
        #expect(line.popReleased(at: 2) == "c")
        #expect(line.nextRelease == nil)
    }

    @Test("releases nothing during an outage")
    func outage() {
        var line = DelayLine<Int>(profile: profile((2, 1000, 100), (10, 0, 100), (3, 1000, 100)))
        line.append(1, at: 1.5)
        line.append(2, at: 1.95)
        line.append(3, at: 7)
        #expect(line.popReleased(at: 1.61) == 1)
        #expect(line.nextRelease == 12)
        #expect(line.popReleased(at: 12) == 2)
        #expect(line.popReleased(at: 12) == 3)
    }
}

@Suite("Bytes that wait in a link")
struct LinkPacerTests {
    @Test(
        "are 50 ms of the bandwidth within bounds, and fewer for each of many clients",
        arguments: [
            (1_000, 1, 65_536), (80_000, 1, 500_000), (1_000_000, 1, 1_048_576), (80_000, 16, 500_000),
            (80_000, 32, 250_000), (1_000, 32, 32_768), (1_000_000, 1000, 16_777), (1_000, 10_000, 16_384),
        ])
    func marks(kilobits: Double, clients: Int, bytes: Int) {
        #expect(LinkPacer(profile: profile((1, kilobits, 0)), clients: clients).highWaterMark == bytes)
    }
}
