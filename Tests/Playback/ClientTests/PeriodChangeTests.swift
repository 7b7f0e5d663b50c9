import Adaptation
import Client
import Presentation
import QoE
import Testing

@Suite("Periods with other versions")
struct PeriodChangeTests {
    /// Three segments of two seconds in `v1` and `v4`, then two in `w2` and `w3`, each with its initialization segment.
    private static func presentation() -> Presentation {
        var presentation = Presentation.video(3, megabits: [1, 4], initialization: true)
        presentation.laterPeriods = [[set(.video, [("w2", 2000), ("w3", 3000)], from: 6, count: 2)]]
        presentation.duration = 10
        return presentation
    }

    /// Versions with segments of two seconds from `start` on.
    private static func set(
        _ kind: MediaKind, _ tracks: [(String, Int)], from start: Int64, count: Int
    ) -> SwitchingSet {
        SwitchingSet(
            kind: kind,
            tracks: tracks.map { id, kilobits in
                var track = Track.made(id, kind, kilobits: kilobits, milliseconds: Array(repeating: 2000, count: count))
                for index in track.segments.indices { track.segments[index].start += start * 1000 }
                return track
            })
    }

    @Test("playback goes on with the new versions, and with what the rule knows of the network")
    func change() throws {
        var dialogue = try Dialogue(Self.presentation(), rule: "throughput")
        dialogue.start()
        for time in 1...5 { try dialogue.answer(bytes: 500_000, from: Double(time) - 0.5, at: Double(time)) }
        #expect(
            dialogue.urls == [
                "http://a/v1/init", "http://a/v1/1", "http://a/v4/init", "http://a/v4/2", "http://a/v4/3",
                "http://a/w3/init",
            ])
        try dialogue.finish(from: 5)
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.played == 10)
        #expect(dialogue.session.result.segmentCount == 5)
        #expect(dialogue.requestRecords.compactMap(\.segment) == [1, 2, 3, 4, 5])
        #expect(dialogue.requestRecords.filter { $0.segment ?? 0 > 3 }.allSatisfy { $0.track.hasPrefix("w") })
        // The first decision of the new period is no first decision.
        let decision = try #require(dialogue.decisions.first { $0.segment == 4 })
        #expect(decision.throughput != nil)
        #expect(dialogue.switches.contains { $0.segment == 4 && $0.to.hasPrefix("w") })
    }

    @Test("a start behind the change needs nothing of what is before")
    func start() throws {
        var dialogue = try Dialogue(Self.presentation()) { $0.startAt = 7 }
        #expect(dialogue.session.ladder.bitRates == [2e6, 3e6])
        dialogue.start()
        #expect(dialogue.active == ["w2/init"])
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.played == 3)
        #expect(dialogue.requestRecords.compactMap(\.segment) == [4, 5])
    }

    @Test("an end before the change fetches nothing of what is behind")
    func end() throws {
        var dialogue = try Dialogue(Self.presentation()) { $0.duration = 6 }
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.urls.allSatisfy { $0.hasPrefix("http://a/v") })
    }

    @Test("sound that one period has and another has not keeps its place")
    func sound() throws {
        var presentation = Self.presentation()
        presentation.laterPeriods[0].append(Self.set(.audio, [("a", 64)], from: 6, count: 2))
        presentation.laterPeriods.append([Self.set(.video, [("x", 500)], from: 10, count: 1)])
        var dialogue = try Dialogue(presentation)
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.played == 12)
        #expect(dialogue.session.result.stallCount == 0)
        let sound = dialogue.requestRecords.filter { $0.media == "audio" }
        #expect(sound.map(\.url) == ["http://a/a/init", "http://a/a/1", "http://a/a/2"])
    }

    @Test("a segment that is nowhere is named by its number in the presentation")
    func failure() throws {
        var dialogue = try Dialogue(Self.presentation()) { $0.startAt = 6 }
        dialogue.start()
        try dialogue.answer(at: 0)
        try dialogue.fail(.status(404), at: 0)
        try dialogue.answer(at: 0)
        try dialogue.fail(.status(404), at: 0)
        guard case .failed(let message) = dialogue.outcome else {
            Issue.record("it cannot go on")
            return
        }
        #expect(message.hasPrefix("video segment 4 ("))
    }
}
