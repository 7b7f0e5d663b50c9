import NetworkEmulation
import TestSupport
import Testing

@Suite("A virtual link")
struct VirtualLinkTests {
    @Test("carries one transfer exactly as the profile says")
    func single() throws {
        let profile = profile((2, 1000, 100), (3, 0, 100), (1, 4000, 100))
        var link = VirtualLink(profile: profile)
        link.begin(7, bytes: 300_000, at: 0.5)
        let end = try #require(link.nextCompletion())
        #expect(end.transfer == 7)
        #expect(end.time == profile.time(from: 0.5 + 0.1, bits: 2_400_000))
        link.advance(to: 0.55)
        #expect(link.received(7) == 0)
        link.advance(to: 1.6)
        #expect(abs(link.received(7) - 125_000) < 1e-6)
        link.advance(to: 4)
        #expect(abs(link.received(7) - 175_000) < 1e-6)
        #expect(link.nextCompletion()?.time == end.time)
        link.advance(to: end.time)
        #expect(link.received(7) == 300_000)
        #expect(link.nextCompletion()?.transfer == 7)
        link.remove(7)
        #expect(link.nextCompletion() == nil)
        #expect(link.received(7) == 0)
    }

    @Test("shares bandwidth equally between transfers, and gives all of it to the one that is left")
    func sharing() {
        var link = VirtualLink(profile: profile((10, 8000, 0)))
        link.begin(1, bytes: 1_000_000, at: 0)
        link.begin(2, bytes: 250_000, at: 0.5)
        // 500 kB went to the first alone; then each gets 500 kB/s.
        #expect(link.nextCompletion()?.transfer == 2)
        #expect(link.nextCompletion()?.time == 1)
        link.advance(to: 1)
        #expect(link.received(1) == 750_000)
        link.remove(2)
        #expect(link.nextCompletion()?.transfer == 1)
        #expect(link.nextCompletion()?.time == 1.25)
    }

    @Test("counts in a transfer whose latency ends before the other is complete")
    func foresight() {
        var link = VirtualLink(profile: profile((10, 8000, 500)))
        link.begin(1, bytes: 1_000_000, at: 0)
        link.begin(2, bytes: 500_000, at: 0.25)
        // The first flows from 0.5, the second from 0.75; both share from there on and end at 1.75 and 2.
        #expect(link.nextCompletion()?.transfer == 2)
        #expect(link.nextCompletion()?.time == 1.75)
        link.advance(to: 5)
        #expect(link.nextCompletion()?.transfer == 2)
        #expect(link.nextCompletion()?.time == 1.75)
        link.remove(2)
        #expect(link.nextCompletion()?.transfer == 1)
        #expect(link.nextCompletion()?.time == 2)
    }

    @Test("says how much a cancelled transfer had received")
    func cancellation() {
        var link = VirtualLink(profile: profile((10, 8000, 0)))
        link.begin(1, bytes: 1_000_000, at: 0)
        link.begin(2, bytes: 1_000_000, at: 0)
        #expect(link.cancel(1, at: 0.5) == 250_000)
        #expect(link.cancel(1, at: 0.5) == 0)
        #expect(link.nextCompletion()?.transfer == 2)
        #expect(link.nextCompletion()?.time == 1.25)
    }

    @Test("completes an empty transfer after one latency")
    func empty() {
        var link = VirtualLink(profile: profile((10, 8000, 250)))
        link.begin(1, bytes: 0, at: 1)
        #expect(link.nextCompletion()?.time == 1.25)
        link.advance(to: 1.25)
        #expect(link.received(1) == 0)
        link.remove(1)
        link.begin(1, bytes: 10, at: 1)
        #expect(link.now == 1.25)
    }
}

@Suite("Randomised: a virtual link")
struct RandomisedVirtualLinkTests {
    @Test("is exact for one transfer at a time, however often it is advanced")
    func single() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<fuzzRounds(default: 500) {
            let profile = BandwidthProfile.random(using: &generator)
            var link = VirtualLink(profile: profile)
            var time = 0.0
            for id in 0..<5 {
                time += Double.random(in: 0...10, using: &generator)
                let bytes = Double.random(in: 1...3e6, using: &generator)
                link.begin(id, bytes: bytes, at: time)
                let end = profile.time(from: time + profile.latency(at: time), bits: bytes * 8)
                while time < end {
                    #expect(link.nextCompletion()?.time == end)
                    time = min(end, time + Double.random(in: 0.01...3, using: &generator))
                    link.advance(to: time)
                    #expect((0...bytes).contains(link.received(id)))
                }
                #expect(link.received(id) == bytes)
                link.remove(id)
            }
        }
    }

    @Test("agrees with a simple model of equal shares")
    func several() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<fuzzRounds(default: 300) {
            let profile = BandwidthProfile.random(using: &generator)
            var link = VirtualLink(profile: profile)
            var model = EqualShares(profile: profile)
            var time = 0.0
            for id in 0..<8 {
                time += Double.random(in: 0...1, using: &generator)
                let bytes = Double.random(in: 1...1e6, using: &generator)
                link.begin(id, bytes: bytes, at: time)
                model.transfers.append((id, time + profile.latency(at: time), bytes * 8))
            }
            var ends: [Int: Double] = [:]
            var last = 0.0
            while let next = link.nextCompletion() {
                #expect(next.time >= last)
                last = next.time
                ends[next.transfer] = next.time
                link.advance(to: next.time)
                link.remove(next.transfer)
            }
            for (id, end) in model.completions() {
                #expect(abs((ends[id] ?? 0) - end) < 1e-6)
            }
        }
    }

    /// Goes from event to event and subtracts from each active transfer what it got.
    private struct EqualShares {
        var profile: BandwidthProfile
        var transfers: [(id: Int, start: Double, bits: Double)] = []

        mutating func completions() -> [Int: Double] {
            var ends: [Int: Double] = [:]
            var time = 0.0
            while !transfers.isEmpty {
                let active = transfers.indices.filter { transfers[$0].start <= time }
                let start = transfers.map(\.start).filter { $0 > time }.min() ?? .infinity
                guard let least = active.map({ transfers[$0].bits }).min() else {
                    time = start
                    continue
                }
                let end = profile.time(from: time, bits: least * Double(active.count))
                let until = min(end, start)
                let share =
                    end <= start ? least : profile.bits(from: time, to: until) / Double(active.count)
                for index in active {
                    transfers[index].bits -= share
                    if end <= start, transfers[index].bits <= 0 { ends[transfers[index].id] = end }
                }
                transfers.removeAll { ends[$0.id] != nil }
                time = until
            }
            return ends
        }
    }
}
