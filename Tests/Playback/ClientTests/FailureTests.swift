import Client
import Presentation
import QoE
import Testing

@Suite("What happens when requests fail")
struct FailureTests {
    private let three = ["http://a/", "http://b/", "http://c/"]

    @Test("with one location: pauses of 0.5, 1, 2, 4, 8, 8 s")
    func pauses() throws {
        var dialogue = try Dialogue(.video(3)) { $0.patience = 100 }
        dialogue.start()
        var time = 1.0
        for pause in [0.5, 1, 2, 4, 8, 8, 8] {
            try dialogue.fail(.connection("refused"), at: time)
            #expect(dialogue.active.isEmpty)
            #expect(dialogue.wake == time + pause)
            dialogue.send(.timer, at: time + pause - 0.001)
            #expect(dialogue.active.isEmpty)
            time += pause
            dialogue.send(.timer, at: time)
            #expect(dialogue.active == ["v1/1"])
        }
        // Success forgets all that.
        try dialogue.answer(at: time)
        try dialogue.fail(.truncated, at: time)
        #expect(dialogue.wake == time + 0.5)
    }

    @Test(
        "with several: the next location at once, a pause when all have failed",
        arguments: [
            RequestFailure.status(503), .connection("reset"), .timeout, .truncated, .damaged("no tfdt"), .status(404),
        ])
    func failOver(_ failure: RequestFailure) throws {
        var dialogue = try Dialogue(.video(3, baseURLs: three))
        dialogue.start()
        try dialogue.fail(failure, at: 1)
        #expect(dialogue.urls == ["http://a/v1/1", "http://b/v1/1"])
        // The location that works is kept.
        try dialogue.answer(at: 1)
        #expect(dialogue.urls.last == "http://b/v1/2")
        try dialogue.fail(.status(503), at: 1)
        try dialogue.fail(.status(503), at: 1)
        #expect(dialogue.urls.suffix(2) == ["http://c/v1/2", "http://a/v1/2"])
        try dialogue.fail(.status(503), at: 1)
        #expect(dialogue.active.isEmpty)
        dialogue.send(.timer, at: 1.5)
        #expect(dialogue.urls.last == "http://b/v1/2")
        // The second round costs a longer pause.
        for _ in 0..<3 { try dialogue.fail(.status(503), at: 1.5) }
        #expect(dialogue.active.isEmpty)
        dialogue.send(.timer, at: 2.4)
        #expect(dialogue.active.isEmpty)
        dialogue.send(.timer, at: 2.5)
        #expect(dialogue.active.count == 1)
    }

    @Test("two streams that fail at the same location move on by one")
    func bothStreams() throws {
        var presentation = Presentation.video(3, baseURLs: three)
        presentation = presentation.adding(audio: [64], milliseconds: [2000, 2000, 2000])
        presentation.switchingSets[1].tracks[0].baseURLs = three
        var dialogue = try Dialogue(presentation)
        dialogue.start()
        try dialogue.fail(.video, .status(500), at: 1)
        try dialogue.fail(.audio, .status(500), at: 1)
        #expect(dialogue.urls.suffix(2) == ["http://b/v1/1", "http://b/a64/1"])
    }

    @Test("a version that no location has is replaced by a lower one, for that segment", arguments: [404, 410])
    func missingVersion(_ status: Int) throws {
        var dialogue = try Dialogue(.video(3, baseURLs: ["http://a/", "http://b/"]), rule: "fixed:bitrate=2000")
        dialogue.start()
        try dialogue.fail(.status(status), at: 1)
        try dialogue.fail(.status(status), at: 1)
        #expect(dialogue.urls.map { $0.dropFirst(7) } == ["a/v2/1", "b/v2/1", "b/v1/1"])
        try dialogue.answer(at: 1)
        #expect(dialogue.urls.last == "http://b/v2/2")
        #expect(dialogue.decisions.map(\.choice) == ["v2", "v1", "v2"])
    }

    @Test("so is one that is damaged twice, and the second request asks caches to look at their origin")
    func damagedVersion() throws {
        var dialogue = try Dialogue(.video(3), rule: "fixed:bitrate=2000")
        dialogue.start()
        try dialogue.fail(.damaged("no tfdt"), at: 1)
        #expect(dialogue.active.isEmpty && dialogue.wake == 1.5)
        dialogue.send(.timer, at: 1.5)
        #expect(dialogue.requests.map(\.revalidates) == [true])
        try dialogue.fail(.damaged("no tfdt"), at: 2)
        #expect(dialogue.active == ["v1/1"])
        #expect(dialogue.requests.map(\.revalidates) == [false])
        try dialogue.answer(at: 2)
        #expect(dialogue.active == ["v2/2"])
        #expect(dialogue.requests.map(\.revalidates) == [false])
        #expect(dialogue.decisions.map(\.choice) == ["v2", "v1", "v2"])
    }

    @Test("but not before every location was asked, of which some may not have it")
    func damagedEverywhere() throws {
        var dialogue = try Dialogue(.video(3, baseURLs: three), rule: "fixed:bitrate=2000")
        dialogue.start()
        try dialogue.fail(.damaged("x"), at: 1)
        try dialogue.fail(.damaged("x"), at: 1)
        #expect(dialogue.urls.last == "http://c/v2/1")
        try dialogue.fail(.status(404), at: 1)
        #expect(dialogue.urls.last == "http://c/v1/1")
        // One damaged answer among others is asked for again.
        dialogue = try Dialogue(.video(3, baseURLs: ["http://a/", "http://b/"]), rule: "fixed:bitrate=2000")
        dialogue.start()
        try dialogue.fail(.status(404), at: 1)
        try dialogue.fail(.damaged("x"), at: 1)
        dialogue.send(.timer, at: 1.5)
        try dialogue.fail(.status(404), at: 1.5)
        #expect(dialogue.urls.last == "http://b/v2/1")
        try dialogue.answer(at: 1.5)
        #expect(dialogue.urls.last == "http://b/v2/2")
    }

    @Test("damage that took long to arrive ends no patience while another version may be sound")
    func slowDamage() throws {
        var dialogue = try Dialogue(.video(3), rule: "fixed:bitrate=2000") { $0.patience = 10 }
        dialogue.start()
        try dialogue.fail(.damaged("x"), at: 15)
        dialogue.send(.timer, at: 15.5)
        #expect(dialogue.active == ["v2/1"])
        try dialogue.fail(.damaged("x"), at: 30)
        #expect(dialogue.active == ["v1/1"])
    }

    @Test("the last version that is left is asked for while the patience lasts, since damage may pass")
    func damagedLastVersion() throws {
        var dialogue = try Dialogue(.video(3, megabits: [1, 2])) { $0.patience = 10 }
        dialogue.start()
        try dialogue.fail(.damaged("x"), at: 1)
        dialogue.send(.timer, at: 1.5)
        try dialogue.fail(.damaged("x"), at: 1.5)
        #expect(dialogue.active == ["v2/1"])
        for _ in 0..<3 {
            let time = dialogue.requests.isEmpty ? try #require(dialogue.wake) : 1.5
            dialogue.send(.timer, at: time)
            #expect(dialogue.active == ["v2/1"])
            try dialogue.fail(.damaged("x"), at: time)
        }
        let time = try #require(dialogue.wake)
        dialogue.send(.timer, at: time)
        try dialogue.answer(at: time)
        #expect(dialogue.outcome == nil)
        #expect(dialogue.active == ["v1/2"])
    }

    @Test("or by a higher one where there is no lower")
    func missingLowest() throws {
        var dialogue = try Dialogue(.video(3))
        dialogue.start()
        try dialogue.fail(.status(404), at: 1)
        #expect(dialogue.active == ["v2/1"])
        try dialogue.fail(.status(404), at: 1)
        #expect(dialogue.active == ["v4/1"])
        try dialogue.answer(at: 1)
        #expect(dialogue.active == ["v1/2"])
    }

    @Test("a version whose initialization segment is missing is replaced too")
    func missingInitialization() throws {
        var dialogue = try Dialogue(.video(2, initialization: true))
        dialogue.start()
        try dialogue.fail(.status(404), at: 1)
        #expect(dialogue.active == ["v2/init"])
        try dialogue.answer(at: 1)
        #expect(dialogue.active == ["v2/1"])
    }

    @Test("what an initialization segment went through is not held against its first segment")
    func freshHistory() throws {
        var dialogue = try Dialogue(.video(2, initialization: true, baseURLs: ["http://a/", "http://b/"]))
        dialogue.start()
        // The first location does not have the initialization segment, the second not the segment.
        try dialogue.fail(.status(404), at: 1)
        try dialogue.answer(at: 1)
        #expect(dialogue.urls.last == "http://b/v1/1")
        try dialogue.fail(.status(404), at: 1)
        #expect(dialogue.urls.last == "http://a/v1/1")
        // Nor is its time.
        dialogue = try Dialogue(.video(2, initialization: true))
        dialogue.start()
        try dialogue.fail(.timeout, at: 20)
        dialogue.send(.timer, at: 20.5)
        try dialogue.answer(at: 29)
        try dialogue.fail(.timeout, at: 31)
        dialogue.send(.timer, at: 31.5)
        #expect(dialogue.active == ["v1/1"])
    }

    @Test("what no location has in any version ends the session, after what is buffered was shown")
    func missing() throws {
        var dialogue = try Dialogue(.video(4, baseURLs: ["http://a/", "http://b/"]))
        dialogue.start()
        try dialogue.answer(at: 1)
        try dialogue.answer(at: 1)
        for _ in 0..<6 { try dialogue.fail(.status(404), at: 2) }
        #expect(dialogue.active.isEmpty)
        #expect(dialogue.outcome == nil)
        #expect(dialogue.wake == 5)
        dialogue.send(.timer, at: 5)
        let message = "video segment 3 (http://b/v4/3): no server has it in any version"
        #expect(dialogue.outcome == .failed(message))
        #expect(
            dialogue.milestones == [
                .startup(time: 1), .end(EndRecord(time: 5, played: 4, outcome: "failed", message: message)),
            ])
    }

    @Test("and at once where nothing is buffered")
    func missingFirst() throws {
        var dialogue = try Dialogue(.video(4, megabits: [1], initialization: true))
        dialogue.start()
        try dialogue.fail(.status(404), at: 1)
        #expect(
            dialogue.outcome
                == .failed("video initialization segment (http://a/v1/init): no server has it in any version"))
    }

    @Test("audio that is missing ends the session where its buffer ends")
    func missingAudio() throws {
        var dialogue = try Dialogue(.video(4).adding(audio: [64], milliseconds: [2000, 2000, 2000, 2000]))
        dialogue.start()
        try dialogue.answer(.audio, at: 0)
        try dialogue.fail(.audio, .status(404), at: 0)
        for _ in 0..<4 { try dialogue.answer(.video, at: 0) }
        dialogue.send(.timer, at: 2)
        #expect(dialogue.outcome == .failed("audio segment 2 (http://a/a64/2): no server has it in any version"))
        #expect(dialogue.session.result.played == 2)
    }

    @Test("a request of which nothing arrives is cancelled and made again at the next location")
    func stallTimeout() throws {
        var dialogue = try Dialogue(.video(3, baseURLs: three)) { $0.stallTimeout = 5 }
        dialogue.start()
        let id = dialogue.requests[0].id
        #expect(dialogue.wake == 2, "another location can be asked")
        dialogue.send(.responseBegan(id: id, ResponseFacts(status: 200)), at: 3)
        // The time that was asked for before is found anew when it comes.
        dialogue.send(.timer, at: 3)
        #expect(dialogue.wake == 8)
        dialogue.send(.received(id: id, bytes: 1000), at: 7)
        dialogue.send(.timer, at: 8)
        #expect(dialogue.wake == 12)
        dialogue.send(.timer, at: 11.9)
        #expect(dialogue.cancelled.isEmpty)
        dialogue.send(.timer, at: 12)
        #expect(dialogue.cancelled == [id])
        #expect(dialogue.urls == ["http://a/v1/1", "http://b/v1/1"])
        let record = try #require(dialogue.requestRecords.first)
        #expect(record.outcome == "timeout")
        #expect(record.bytes == 1000)
        #expect(record.lastByte == nil)
        #expect(record.status == 200)
    }

    @Test("a silent server is given half of the buffer where another can be asked, and all the time when none is left")
    func halfOfTheBuffer() throws {
        var dialogue = try Dialogue(.video(9, baseURLs: ["http://a/", "http://b/"])) { $0.stallTimeout = 20 }
        dialogue.start()
        for _ in 0..<5 { try dialogue.answer(.video, at: 0) }
        // 10 s are buffered, the sixth segment is asked for.
        #expect(dialogue.wake == 5)
        dialogue.send(.timer, at: 5)
        #expect(dialogue.urls.suffix(2) == ["http://a/v1/6", "http://b/v1/6"])
        // 5 s are left; b is the last one to ask.
        #expect(dialogue.wake == 10, "the buffer runs dry")
        dialogue.send(.timer, at: 10)
        #expect(dialogue.wake == 25)
    }

    @Test("bytes that arrive late still keep a request alive")
    func lateBytes() throws {
        var dialogue = try Dialogue(.video(3)) { $0.stallTimeout = 5 }
        dialogue.start()
        dialogue.send(.received(id: dialogue.requests[0].id, bytes: 1), at: 7)
        dialogue.send(.timer, at: 7)
        #expect(dialogue.cancelled.isEmpty)
        #expect(dialogue.wake == 12)
    }

    @Test("patience ends the session with the last reason")
    func patience() throws {
        var dialogue = try Dialogue(.video(3)) { $0.patience = 10 }
        dialogue.start()
        try dialogue.answer(at: 0)
        var time = 1.0
        while dialogue.outcome == nil, time < 60 {
            if dialogue.active.isEmpty {
                time = try #require(dialogue.wake)
                dialogue.send(.timer, at: time)
            } else {
                try dialogue.fail(.connection("refused"), at: time)
            }
        }
        // Asked at 0, failed at 1; again at 1.5, 2.5, 4.5, 8.5 and 16.5 s: 10 s are over.
        #expect(time == 16.5)
        #expect(dialogue.outcome == .failed("video segment 2 (http://a/v1/2): connection: refused"))
        #expect(dialogue.session.result.played == 2)
        #expect(dialogue.session.result.duration == 16.5)
        #expect(PlaybackSummary(of: dialogue.records) == dialogue.session.result)
    }

    @Test("a session whose requests are never answered comes to an end")
    func silence() throws {
        var dialogue = try Dialogue(.video(3).adding(audio: [64], milliseconds: [2000]))
        dialogue.start()
        for _ in 0..<100 where dialogue.outcome == nil {
            dialogue.send(.timer, at: try #require(dialogue.wake))
        }
        guard case .failed(let message)? = dialogue.outcome else {
            Issue.record("it ended \(String(describing: dialogue.outcome))")
            return
        }
        #expect(message == "video segment 1 (http://a/v1/1): timeout")
    }

    @Test("failures describe themselves")
    func descriptions() {
        let failures: [RequestFailure] = [
            .status(503), .connection("refused"), .timeout, .truncated, .damaged("it has no samples"),
        ]
        #expect(
            failures.map(\.description) == [
                "status 503", "connection: refused", "timeout", "truncated", "damaged: it has no samples",
            ])
    }
}
