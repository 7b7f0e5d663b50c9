import Client
import QoE
import Testing

struct ProgressiveSessionTests {
    /// 10 s of 1 Mb/s: 125 kB a second.
    private let session = ProgressiveSession(bytes: 1_250_000, duration: 10)

    @Test("starts at the threshold, stalls where the bytes end, goes on at the threshold, completes")
    func dialogue() {
        var session = session
        var records: [TraceEvent] = []
        session.receive(249_999, at: 1, records: &records)
        #expect(records.isEmpty)
        #expect(session.nextStop == nil)
        session.receive(1, at: 1.5, records: &records)
        #expect(records == [.startup(time: 1.5)])
        #expect(session.nextStop == 3.5)
        session.receive(125_000, at: 2, records: &records)
        #expect(session.nextStop == 4.5)
        #expect(session.bufferRecord == .buffer(BufferRecord(time: 2, position: 0.5, video: 2.5, audio: nil)))
        #expect(session.status(at: 3).position == 1.5)
        session.advance(to: 6, records: &records)
        #expect(records.last == .stallBegan(time: 4.5))
        #expect(session.status(at: 6).isStalled)
        session.receive(125_000, at: 7, records: &records)
        #expect(records.count == 2)
        session.receive(125_000, at: 8, records: &records)
        #expect(records.last == .stallEnded(time: 8, duration: 3.5))
        session.receive(625_000, at: 9, records: &records)
        #expect(session.nextStop == 15)
        session.advance(to: 20, records: &records)
        #expect(session.outcome == .completed)
        #expect(records.last == .end(EndRecord(time: 15, played: 10, outcome: "completed")))
        #expect(
            session.result
                == {
                    var expected = PlaybackSummary(of: records)
                    // The file is one request, which the driver records.
                    (expected.meanBitRate, expected.segmentCount, expected.bytes) = (1e6, 1, 1_250_000)
                    expected.qoe = 1 - 4.3 * 3.5
                    return expected
                }())
    }

    @Test("a file that is shorter than the threshold starts when it is whole")
    func short() {
        var session = ProgressiveSession(bytes: 1000, duration: 1, threshold: 5)
        var records: [TraceEvent] = []
        session.receive(999, at: 1, records: &records)
        #expect(records.isEmpty)
        session.receive(1, at: 2, records: &records)
        #expect(records == [.startup(time: 2)])
        session.advance(to: 3, records: &records)
        #expect(session.outcome == .completed)
    }

    @Test("a limit ends it there, though more of the file is here or still to come")
    func limit() {
        var session = ProgressiveSession(bytes: 1_250_000, duration: 10, threshold: 3, limit: 2)
        var records: [TraceEvent] = []
        session.receive(250_000, at: 1, records: &records)
        #expect(records == [.startup(time: 1)])
        #expect(session.nextStop == 3)
        session.receive(250_000, at: 2, records: &records)
        session.advance(to: 9, records: &records)
        #expect(records.last == .end(EndRecord(time: 3, played: 2, outcome: "completed")))
    }

    @Test("more bytes than announced, times that go back and events after the end change nothing")
    func oddities() {
        var session = session
        var records: [TraceEvent] = []
        session.receive(5_000_000, at: 2, records: &records)
        session.receive(-5, at: 1, records: &records)
        session.advance(to: .nan, records: &records)
        #expect(session.nextStop == 12)
        session.advance(to: 12, records: &records)
        #expect(session.outcome == .completed)
        let count = records.count
        session.receive(5, at: 13, records: &records)
        session.advance(to: 14, records: &records)
        session.finish(.stopped, records: &records)
        #expect(records.count == count)
        #expect(session.outcome == .completed)
    }

    @Test("stop and failure end it, and the stall that lasts")
    func ends() {
        var stopped = session
        var records: [TraceEvent] = []
        stopped.receive(250_000, at: 1, records: &records)
        stopped.advance(to: 5, records: &records)
        stopped.finish(.stopped, records: &records)
        #expect(
            records == [
                .startup(time: 1), .stallBegan(time: 3), .stallEnded(time: 5, duration: 2),
                .end(EndRecord(time: 5, played: 2, outcome: "stopped")),
            ])
        #expect(stopped.result.stallDuration == 2)
        var failed = session
        records = []
        failed.finish(.failed("status 503"), records: &records)
        #expect(records == [.end(EndRecord(time: 0, played: 0, outcome: "failed", message: "status 503"))])
        #expect(failed.result.outcome == "failed")
    }

    @Test("a length that is next to nothing does not trap", arguments: [Double.leastNonzeroMagnitude, 1e-300, 1e300])
    func extremes(_ duration: Double) {
        var session = ProgressiveSession(bytes: .max, duration: duration)
        var records: [TraceEvent] = []
        session.receive(1_000_000, at: 1, records: &records)
        #expect(session.result.meanBitRate >= 0)
    }
}
