import Presentation
import QoE
import Testing

@testable import Client

@Suite("Starting inside a presentation")
struct StartTests {
    @Test(
        "begins with the segment that holds the time, and plays from there on",
        arguments: [(0.0, "v1/1", 2.0), (7, "v1/4", 1), (8, "v1/5", 2), (7.75, "v1/4", 0.25), (19.5, "v1/10", 0.5)])
    func seek(_ time: Double, _ first: String, _ buffered: Double) throws {
        var dialogue = try Dialogue(.video(10)) {
            $0.startAt = time
            $0.startupThreshold = 0.1
        }
        dialogue.start()
        #expect(dialogue.active == [first])
        #expect(dialogue.session.status(at: 0).position == time)
        try dialogue.answer(at: 1)
        #expect(dialogue.milestones == [.startup(time: 1)])
        #expect(dialogue.buffers == [BufferRecord(time: 1, position: time, video: buffered, audio: nil)])
        try dialogue.finish(from: 1)
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.played == 20 - time)
        #expect(dialogue.session.result.duration == 21 - time)
    }

    @Test("the duration counts from there")
    func duration() throws {
        var dialogue = try Dialogue(.video(10)) {
            $0.startAt = 5
            $0.duration = 4
        }
        #expect(dialogue.session.end == 9)
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.urls == ["http://a/v1/3", "http://a/v1/4", "http://a/v1/5"])
        #expect(dialogue.session.result.played == 4)
    }

    @Test("sound begins with the segment that holds the time, too")
    func sound() throws {
        let presentation = Presentation.video(4).adding(audio: [64], milliseconds: [1500, 1500, 1500, 1500, 2000])
        var dialogue = try Dialogue(presentation) { $0.startAt = 4.75 }
        dialogue.start()
        #expect(dialogue.active == ["v1/3", "a64/4"])
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.played == 3.25)
    }

    @Test("a medium that ended before is not waited for")
    func endedSound() throws {
        let presentation = Presentation.video(4).adding(audio: [64], milliseconds: [1500, 1500])
        var dialogue = try Dialogue(presentation) { $0.startAt = 5 }
        dialogue.start()
        #expect(dialogue.active == ["v1/3"])
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
    }

    @Test("a time outside of the presentation is refused", arguments: [-1, 20, 1e9, .infinity, .nan])
    func outside(_ time: Double) {
        let error = #expect(throws: SessionError.self) { try Dialogue(.video(10)) { $0.startAt = time } }
        #expect(error?.description.contains("the start is at") == true)
    }

    @Test("a message about the start has times of at most three decimals")
    func message() {
        let error = #expect(throws: SessionError.self) { try Dialogue(.video(10)) { $0.startAt = 30.000_123_4 } }
        #expect(error?.description == "the start is at 30 s, but the presentation ends at 20 s")
        #expect(Session.rounded(12.345_678) == "12.346" && Session.rounded(.infinity) == "inf")
    }
}
