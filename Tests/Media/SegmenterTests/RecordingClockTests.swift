import MediaTestSupport
import Testing

@testable import Segmenter

@Suite("The clock of a recording")
struct RecordingClockTests {
    /// A packet of stream 0, the video, or 1, the sound.
    private struct Entry {
        var stream: Int
        var position: Int64?
        var time: Double
        var duration = 0.04
    }

    private func shifts(_ clock: inout RecordingClock, _ entries: [Entry]) -> [Double] {
        entries.map {
            clock.shift(stream: $0.stream, position: $0.position, decodeTime: $0.time, duration: $0.duration)
        }
    }

    /// Two parts of one second; in the second, sound comes first in the file.
    private var joined: [Entry] {
        var entries: [Entry] = []
        for part in 0..<2 {
            for index in 0..<25 {
                let position = Int64(part * 10_000 + index * 100)
                let time = 5 + Double(index) * 0.04
                entries.append(Entry(stream: 1, position: position, time: time - 0.02))
                entries.append(Entry(stream: 0, position: position + 50, time: time))
            }
        }
        return entries
    }

    @Test("moves all streams alike from where the first of them leaps")
    func join() {
        var clock = RecordingClock(decidedBy: 0)
        let shifts = shifts(&clock, joined)
        #expect(clock.leaps.map(\.position) == [10_000])
        #expect(abs((clock.leaps.first?.shift ?? 0) - 1) < 1e-9)
        #expect(shifts.prefix(50).allSatisfy { $0 == 0 })
        #expect(shifts.suffix(50).allSatisfy { abs($0 - 1) < 1e-9 })
        // Each stream alone, later.
        for stream in 0..<2 {
            var replay = RecordingClock(leaps: clock.leaps)
            let own = joined.filter { $0.stream == stream }
            let replayed = self.shifts(&replay, own)
            #expect(replayed.prefix(25).allSatisfy { $0 == 0 })
            #expect(replayed.suffix(25).allSatisfy { $0 == clock.leaps[0].shift })
        }
    }

    @Test("knows where packets belong that come late out of the container's reader, or without a place of their own")
    func order() {
        var clock = RecordingClock(decidedBy: 0)
        _ = shifts(
            &clock,
            [
                Entry(stream: 0, position: 0, time: 5), Entry(stream: 1, position: 10, time: 5),
                Entry(stream: 1, position: 200, time: 4), Entry(stream: 0, position: 20, time: 5.04),
                Entry(stream: 0, position: 150, time: 4), Entry(stream: 1, position: 30, time: 5.04),
            ])
        #expect(clock.leaps.map(\.position) == [150])
        var replay = RecordingClock(leaps: clock.leaps)
        let replayed = shifts(
            &replay,
            [
                Entry(stream: 1, position: 30, time: 5.04), Entry(stream: 1, position: nil, time: 5.08),
                Entry(stream: 1, position: 200, time: 4), Entry(stream: 1, position: nil, time: 4.04),
            ])
        #expect(replayed.map { $0 > 0 } == [false, false, true, true])
    }

    @Test("lets sound that leaps alone have its way")
    func soundAlone() {
        var clock = RecordingClock(decidedBy: 0)
        for index in 0..<50 {
            let time = Double(index) * 0.04
            let position = Int64(index * 100)
            _ = clock.shift(
                stream: 1, position: position, decodeTime: index < 25 ? time : time - 3, duration: 0.04)
            #expect(clock.shift(stream: 0, position: position + 50, decodeTime: time, duration: 0.04) == 0)
        }
        #expect(clock.leaps.isEmpty)
    }

    @Test("is left alone by pauses of up to ten seconds")
    func pause() {
        var clock = RecordingClock(decidedBy: 0)
        let shifts = shifts(
            &clock,
            [
                Entry(stream: 0, position: 0, time: 0), Entry(stream: 0, position: 1, time: 9),
                Entry(stream: 0, position: 2, time: 100),
            ])
        #expect(shifts[1] == 0)
        #expect(abs(shifts[2] - (9.04 - 100)) < 1e-9)
    }
}
