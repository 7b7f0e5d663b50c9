import Testing

@testable import QoE

@Suite("Sharing of a link")
struct LinkSharingTests {
    /// A video segment of 2 s that took a whole time to arrive.
    private func segment(
        _ bitRate: Int, bytes: Int, from first: Double, to last: Double?, outcome: String = RequestRecord.complete
    ) -> TraceEvent {
        .request(
            RequestRecord(
                time: first, media: "video", track: "v\(bitRate)", segment: 1, duration: 2, bitRate: bitRate,
                url: "http://h/v", bytes: bytes, firstByte: first, lastByte: last, status: 200, cacheStatus: nil,
                outcome: outcome))
    }

    private func session(_ events: [TraceEvent], startingAt start: Double) -> SharedSession {
        var activity = SessionActivity(startingAt: start)
        for event in events { activity.add(event) }
        return SharedSession(activity: activity, summary: PlaybackSummary(of: events))
    }

    @Test("bytes arrive evenly from the first to the last of a response, on the common clock")
    func spreading() {
        let session = session(
            [segment(1000, bytes: 1000, from: 0.5, to: 2.5), segment(1000, bytes: 500, from: 2.5, to: 2.5)],
            startingAt: 3.25)
        let seconds = (2...7).map { session.activity.bytes(inSecond: $0) }
        #expect(seconds == [0, 125, 500, 875, 0, 0])
        #expect(session.activity.lastByte == 5.75)
        #expect(session.activity.fetching == 4..<5)
    }

    @Test("what did not arrive whole lasts until the next event, or the end")
    func unfinished() {
        let abandoned = segment(1000, bytes: 300, from: 1, to: nil, outcome: RequestRecord.abandoned)
        let buffer = TraceEvent.buffer(BufferRecord(time: 4, position: 0, video: 0, audio: nil))
        #expect(
            (0...4).map { session([abandoned, buffer], startingAt: 0).activity.bytes(inSecond: $0) }
                == [0, 100, 100, 100, 0])
        let end = TraceEvent.end(EndRecord(time: 1, played: 0, outcome: "stopped"))
        #expect(session([abandoned, end], startingAt: 0).activity.bytes(inSecond: 1) == 300)
    }

    @Test("a time that no trace can have counts for nothing")
    func absurdTimes() {
        let events = [
            segment(1000, bytes: 10, from: -1, to: 2), segment(1000, bytes: 10, from: 3, to: 2),
            segment(1000, bytes: 10, from: 1, to: 1e300), segment(1000, bytes: 10, from: .nan, to: 1),
        ]
        #expect((0...5).allSatisfy { session(events, startingAt: 0).activity.bytes(inSecond: $0) == 0 })
    }

    @Test("the bit rate holds from one request to the next")
    func bitRates() {
        let activity = session(
            [segment(1000, bytes: 1, from: 0.5, to: 1), segment(2000, bytes: 1, from: 3, to: 4)], startingAt: 10
        ).activity
        #expect([10, 10.5, 12.9, 13, 99].map { activity.bitRate(at: $0) } == [nil, 1000, 1000, 2000, 2000])
    }

    @Test("two sessions are compared while both fetch")
    func comparison() throws {
        // On the common clock the first fetches from 0 to 6 s at 100 B/s, the second from 2 to 8 s at 300 B/s.
        let first = session(
            [segment(1000, bytes: 300, from: 0, to: 3), segment(3000, bytes: 300, from: 3, to: 6)], startingAt: 0)
        let second = session([segment(3000, bytes: 1800, from: 0, to: 6)], startingAt: 2)
        let sharing = LinkSharing(of: [first, second]) { from, to in (to - from) * 4000 }
        #expect(sharing.begin == 2)
        #expect(sharing.end == 6)
        // Mean bit rates 2000 and 3000: 25 / (2 · 13).
        #expect(try abs(#require(sharing.bitRateFairness) - 25.0 / 26) < 1e-12)
        // 400 and 1200 bytes: 16 / (2 · 10).
        #expect(try abs(#require(sharing.throughputFairness) - 0.8) < 1e-12)
        // 1600 bytes of 4 s · 500 bytes/s.
        #expect(try abs(#require(sharing.utilisation) - 0.8) < 1e-12)
        // One switch in three segments of 2 s.
        #expect(sharing.switchesPerMinute == 10)
        #expect(try #require(sharing.instability) > 0)
        let fairness = LinkSharing.fairnessOverTime([first.activity, second.activity])
        #expect(fairness.map(\.second) == [2, 3, 4, 5])
        // 1000 and 3000, then both 3000.
        #expect(zip(fairness, [0.8, 1, 1, 1]).allSatisfy { abs($0.index - $1) < 1e-12 })
    }

    @Test("there is nothing to compare where sessions do not meet, and no utilisation without a limit")
    func apart() {
        let early = session([segment(1000, bytes: 100, from: 0, to: 2)], startingAt: 0)
        let late = session([segment(1000, bytes: 100, from: 0, to: 2)], startingAt: 2)
        let apart = LinkSharing(of: [early, late]) { _, _ in 1 }
        #expect(apart.bitRateFairness == 1)
        #expect(apart.begin == nil && apart.throughputFairness == nil && apart.utilisation == nil)
        let unlimited = LinkSharing(of: [early, early])
        #expect(unlimited.throughputFairness == 1 && unlimited.utilisation == nil)
        #expect(LinkSharing(of: []).bitRateFairness == nil)
    }

    @Test(
        "sessions that failed, or were stopped before they had anything, do not count",
        arguments: ["failed", "stopped"])
    func failures(outcome: String) {
        let good = session([segment(1000, bytes: 100, from: 0, to: 2)], startingAt: 0)
        let bad = session([.end(EndRecord(time: 1, played: 0, outcome: outcome))], startingAt: 0)
        #expect(LinkSharing(of: [good, bad]).bitRateFairness == 1)
        #expect(LinkSharing(of: [good, bad]).end == 2)
    }
}
