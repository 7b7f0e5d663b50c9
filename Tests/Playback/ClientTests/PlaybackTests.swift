import Adaptation
import Client
import Presentation
import QoE
import Testing

@Suite("Buffer and playback")
struct PlaybackTests {
    @Test("starts when the threshold is buffered, and not before", arguments: [(2.0, 1), (2.001, 2), (4, 2), (5, 3)])
    func startup(_ threshold: Double, _ segments: Int) throws {
        var dialogue = try Dialogue(.video(10)) { $0.startupThreshold = threshold }
        dialogue.start()
        for number in 1...segments {
            #expect(dialogue.milestones.isEmpty)
            try dialogue.answer(at: Double(number) * 0.5)
        }
        #expect(dialogue.milestones == [.startup(time: Double(segments) * 0.5)])
        #expect(dialogue.session.result.startupDelay == Double(segments) * 0.5)
    }

    @Test("the threshold is the manifest's minBufferTime when none is given")
    func minBufferTime() throws {
        var dialogue = try Dialogue(.video(10, minBufferTime: 4))
        dialogue.start()
        try dialogue.answer(at: 0.25)
        #expect(dialogue.milestones.isEmpty)
        try dialogue.answer(at: 0.5)
        #expect(dialogue.milestones == [.startup(time: 0.5)])
    }

    @Test("what is shorter than the threshold starts when it is whole")
    func short() throws {
        var dialogue = try Dialogue(.video(2)) { $0.startupThreshold = 60 }
        dialogue.start()
        try dialogue.answer(at: 1)
        try dialogue.answer(at: 2)
        #expect(dialogue.milestones == [.startup(time: 2)])
        #expect(dialogue.wake == 6)
        dialogue.send(.timer, at: 6)
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.played == 4)
        #expect(dialogue.session.result.duration == 6)
    }

    @Test("a threshold above the buffer's limit starts when the buffer is full")
    func fullBuffer() throws {
        var dialogue = try Dialogue(.video(10)) {
            $0.startupThreshold = 60
            $0.maxBuffer = 6
        }
        dialogue.start()
        for _ in 0..<3 { try dialogue.answer(at: 1) }
        #expect(dialogue.milestones == [.startup(time: 1)])
        #expect(dialogue.active.isEmpty)
    }

    @Test("the level falls with time and rises by a segment")
    func levels() throws {
        var dialogue = try Dialogue(.video(10))
        dialogue.start()
        for time in [0.5, 1.25, 2, 4] { try dialogue.answer(at: time) }
        // Playback begins at 0.5 s.
        #expect(
            dialogue.buffers == [
                BufferRecord(time: 0.5, position: 0, video: 2, audio: nil),
                BufferRecord(time: 1.25, position: 0.75, video: 3.25, audio: nil),
                BufferRecord(time: 2, position: 1.5, video: 4.5, audio: nil),
                BufferRecord(time: 4, position: 3.5, video: 4.5, audio: nil),
            ])
        let status = dialogue.session.status(at: 5)
        #expect(status.position == 4.5)
        #expect(status.buffer == 3.5)
        #expect(status.end == 20)
        #expect(status.version == "v1")
        #expect(status.bytes == 400_000)
        #expect(!status.isStalled)
    }

    @Test("a stall begins at the moment when the buffer is dry, however late that is noticed")
    func stall() throws {
        var dialogue = try Dialogue(.video(3))
        dialogue.start()
        try dialogue.answer(at: 0.5)
        #expect(dialogue.wake == 2.5)
        try dialogue.answer(at: 4)
        #expect(
            dialogue.milestones == [
                .startup(time: 0.5), .stallBegan(time: 2.5), .stallEnded(time: 4, duration: 1.5),
            ])
        dialogue.send(.timer, at: 6.25)
        #expect(dialogue.session.status(at: 6.5).isStalled)
        try dialogue.answer(at: 7)
        dialogue.send(.timer, at: 9.5)
        #expect(
            dialogue.milestones.dropFirst(3) == [
                .stallBegan(time: 6), .stallEnded(time: 7, duration: 1),
                .end(EndRecord(time: 9, played: 6, outcome: "completed")),
            ])
        let result = dialogue.session.result
        #expect(result.stallCount == 2)
        #expect(result.stallDuration == 2.5)
        #expect(result.stallRatio == 2.5 / 8.5)
    }

    @Test("a segment that arrives at the very moment when the buffer is dry keeps playback going")
    func onTime() throws {
        var dialogue = try Dialogue(.video(3))
        dialogue.start()
        for time in [0.5, 2.5, 4.5] { try dialogue.answer(at: time) }
        dialogue.send(.timer, at: 6.5)
        #expect(
            dialogue.milestones == [
                .startup(time: 0.5), .end(EndRecord(time: 6.5, played: 6, outcome: "completed")),
            ])
        // A timer at that moment says that nothing came.
        dialogue = try Dialogue(.video(3))
        dialogue.start()
        try dialogue.answer(at: 0.5)
        dialogue.send(.timer, at: 2.5)
        #expect(dialogue.milestones == [.startup(time: 0.5), .stallBegan(time: 2.5)])
    }

    @Test(
        "after a stall playback waits for its threshold",
        arguments: [(nil, 1), (2, 1), (2.5, 2), (4, 2)] as [(Double?, Int)])
    func rebufferThreshold(_ threshold: Double?, _ segments: Int) throws {
        var dialogue = try Dialogue(.video(10)) { $0.rebufferThreshold = threshold }
        dialogue.start()
        try dialogue.answer(at: 0)
        dialogue.send(.timer, at: 2)
        for number in 1...segments { try dialogue.answer(at: 2 + Double(number)) }
        #expect(
            dialogue.milestones == [
                .startup(time: 0), .stallBegan(time: 2),
                .stallEnded(time: 2 + Double(segments), duration: Double(segments)),
            ])
    }

    @Test("one segment of an odd length is one segment, whatever its sum rounds to")
    func oddLength() throws {
        // 60,060/30,000 s is no binary fraction; differences of its multiples are off by a bit here and there.
        var presentation = Presentation.video(200)
        for index in presentation.switchingSets[0].tracks.indices {
            presentation.switchingSets[0].tracks[index].timescale = 30_000
            for number in 0..<200 {
                presentation.switchingSets[0].tracks[index].segments[number].start = Int64(number) * 60_060
                presentation.switchingSets[0].tracks[index].segments[number].duration = 60_060
            }
        }
        var dialogue = try Dialogue(presentation)
        dialogue.start()
        var time = 0.0
        for number in 1...200 {
            time += 5
            try dialogue.answer(at: time)
            #expect(!dialogue.session.status(at: time).isStalled, "after segment \(number)")
        }
        #expect(dialogue.session.result.stallCount == 199)
    }

    @Test("waits when the buffer has no room for another segment, and asks the moment it has")
    func maxBuffer() throws {
        var dialogue = try Dialogue(.video(10)) { $0.maxBuffer = 7 }
        dialogue.start()
        for _ in 0..<3 { try dialogue.answer(at: 1) }
        // 6 s buffered at 1 s: room for 2 more at 2 s.
        #expect(dialogue.active.isEmpty)
        #expect(dialogue.wake == 2)
        dialogue.send(.timer, at: 1.75)
        #expect(dialogue.active.isEmpty)
        #expect(dialogue.wake == 2)
        dialogue.send(.timer, at: 2)
        #expect(dialogue.active == ["v1/4"])
    }

    @Test("the buffer has room for two segments at least, of whichever medium has the longest")
    func smallBuffer() throws {
        #expect(try Dialogue(.video(10, of: 4)) { $0.maxBuffer = 1 }.session.ladder.maxBuffer == 8)
        var dialogue = try Dialogue(
            .video(15).adding(audio: [128], milliseconds: [30_000])
        ) { $0.maxBuffer = 10 }
        #expect(dialogue.session.ladder.maxBuffer == 60)
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
    }

    @Test("a time that goes back counts as the latest")
    func backwards() throws {
        var dialogue = try Dialogue(.video(10))
        dialogue.start()
        try dialogue.answer(at: 3)
        try dialogue.answer(at: 1)
        dialogue.send(.timer, at: .nan)
        dialogue.send(.timer, at: -.infinity)
        #expect(dialogue.buffers.map(\.time) == [3, 3])
        dialogue.send(.timer, at: .infinity)
        #expect(dialogue.session.status(at: 4).position == 1)
    }

    @Test("stop ends it at once, and drops what is under way")
    func stop() throws {
        var dialogue = try Dialogue(.video(10).adding(audio: [64], milliseconds: Array(repeating: 2000, count: 10)))
        dialogue.start()
        try dialogue.answer(.video, at: 1)
        try dialogue.answer(.audio, at: 1)
        let active = dialogue.requests.map(\.id)
        dialogue.send(.received(id: active[0], bytes: 777), at: 2)
        dialogue.send(.stop, at: 2.5)
        #expect(dialogue.outcome == .stopped)
        #expect(dialogue.cancelled == active)
        #expect(dialogue.requestRecords.suffix(2).map(\.outcome) == ["cancelled", "cancelled"])
        #expect(dialogue.milestones.last == .end(EndRecord(time: 2.5, played: 1.5, outcome: "stopped")))
        #expect(dialogue.session.result.bytes == 200_777)
        #expect(PlaybackSummary(of: dialogue.records) == dialogue.session.result)
        let count = dialogue.records.count
        dialogue.send(.timer, at: 3)
        dialogue.send(.stop, at: 4)
        #expect(dialogue.records.count == count)
    }

    @Test("stop during a stall ends the stall")
    func stopStalled() throws {
        var dialogue = try Dialogue(.video(10))
        dialogue.start()
        try dialogue.answer(at: 1)
        dialogue.send(.stop, at: 5)
        #expect(
            dialogue.milestones == [
                .startup(time: 1), .stallBegan(time: 3), .stallEnded(time: 5, duration: 2),
                .end(EndRecord(time: 5, played: 2, outcome: "stopped")),
            ])
        #expect(PlaybackSummary(of: dialogue.records) == dialogue.session.result)
    }

    @Test(
        "a limit ends playback there, and nothing behind it is fetched",
        arguments: [(3.0, 2, 3.0), (4, 2, 4), (4.001, 3, 4.001), (0.5, 1, 0.5), (100, 10, 20)])
    func duration(_ limit: Double, _ segments: Int, _ end: Double) throws {
        var dialogue = try Dialogue(.video(10)) { $0.duration = limit }
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.urls.count == segments)
        #expect(dialogue.session.end == end)
        #expect(dialogue.session.result.played == end)
    }

    @Test("a session without records plays the same")
    func noRecords() throws {
        var dialogue = try Dialogue(.video(3)) { $0.records = false }
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.records.isEmpty)
        #expect(dialogue.session.result.segmentCount == 3)
        #expect(dialogue.session.result.played == 6)
    }

    @Test("the summary is that of the trace")
    func summary() throws {
        var dialogue = try Dialogue(
            .video(8, initialization: true).adding(audio: [64, 128], milliseconds: [5000, 5000, 6000]),
            rule: "throughput")
        dialogue.start()
        try dialogue.answer(.video, from: 0.1, at: 0.2)
        try dialogue.answer(.video, bytes: 900_000, from: 0.3, at: 1.3)
        try dialogue.answer(.audio, from: 1.4, at: 1.7)
        try dialogue.fail(.video, .truncated, at: 9)
        try dialogue.finish(from: 10)
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.switchCount > 0)
        #expect(dialogue.session.result.stallCount > 0)
        #expect(PlaybackSummary(of: dialogue.records) == dialogue.session.result)
    }
}
