import Adaptation
import Client
import Presentation
import QoE
import Testing

@Suite("Which segment is fetched when")
struct RequestTests {
    @Test("the initialization segment of a version comes before its first segment, and once")
    func initialization() throws {
        var dialogue = try Dialogue(.video(3, initialization: true))
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.urls == ["init", "1", "2", "3"].map { "http://a/v1/\($0)" })
        #expect(dialogue.requestRecords.map(\.segment) == [nil, 1, 2, 3])
        #expect(dialogue.requestRecords.map(\.duration) == [0, 2, 2, 2])
        #expect(dialogue.decisions.map(\.segment) == [1, 2, 3])
    }

    @Test("and again when the rule switches to another version")
    func switching() throws {
        var dialogue = try Dialogue(.video(4, initialization: true), rule: "throughput")
        dialogue.start()
        try dialogue.answer(bytes: 700, at: 0.1)
        // 1 Mb in 0.1 s: more than the highest version needs.
        try dialogue.answer(bytes: 125_000, from: 0.2, at: 0.3)
        #expect(dialogue.active == ["v4/init"])
        try dialogue.answer(bytes: 700, at: 0.4)
        #expect(dialogue.active == ["v4/2"])
        #expect(dialogue.decisions.map(\.choice) == ["v1", "v4"])
        #expect(dialogue.switches.isEmpty)
        // 125 kB in 1 s: back to the lowest, whose initialization segment is here.
        try dialogue.answer(bytes: 125_000, from: 0.4, at: 6.4)
        #expect(dialogue.switches == [SwitchRecord(time: 6.4, media: "video", segment: 2, from: "v1", to: "v4")])
        #expect(dialogue.active == ["v1/3"])
    }

    @Test("tracks that initialise themselves need none")
    func selfInitialising() throws {
        var dialogue = try Dialogue(.video(2))
        dialogue.start()
        #expect(dialogue.active == ["v1/1"])
    }

    @Test("video and audio are fetched at once, one request each")
    func both() throws {
        var dialogue = try Dialogue(.video(3).adding(audio: [64], milliseconds: [2000, 2000, 2000]))
        dialogue.start()
        #expect(dialogue.active == ["v1/1", "a64/1"])
        try dialogue.answer(.audio, at: 0.5)
        #expect(dialogue.active == ["v1/1", "a64/2"])
        // Nothing plays before both are here.
        #expect(dialogue.milestones.isEmpty)
        try dialogue.answer(.video, at: 1)
        #expect(dialogue.milestones == [.startup(time: 1)])
        #expect(dialogue.buffers.last == BufferRecord(time: 1, position: 0, video: 2, audio: 2))
        // The one that runs dry first stops both.
        try dialogue.answer(.audio, at: 1.5)
        try dialogue.answer(.audio, at: 2)
        try dialogue.answer(.video, at: 4)
        #expect(dialogue.milestones.dropFirst() == [.stallBegan(time: 3), .stallEnded(time: 4, duration: 1)])
    }

    @Test(
        "the audio beside a video is the best up to 160 kb/s, else the lowest",
        arguments: [([64, 128, 256], "a128"), ([160], "a160"), ([96, 160, 161], "a160"), ([192, 256], "a192")])
    func companion(_ kilobits: [Int], _ id: String) throws {
        var dialogue = try Dialogue(.video(2).adding(audio: kilobits, milliseconds: [2000, 2000]))
        dialogue.start()
        #expect(dialogue.active == ["v1/1", "\(id)/1"])
        #expect(dialogue.decisions.map(\.media) == ["video"])
    }

    @Test("the rule chooses the audio where there is no video")
    func audioOnly() throws {
        let silent = Presentation(duration: 6, minBufferTime: 2, switchingSets: [])
        var dialogue = try Dialogue(
            silent.adding(audio: [64, 128, 256], milliseconds: [2000, 2000, 2000]), rule: "fixed:bitrate=200")
        dialogue.start()
        #expect(dialogue.active == ["a128/1"])
        #expect(dialogue.decisions.map(\.media) == ["audio"])
        try dialogue.finish()
        #expect(dialogue.session.result.meanBitRate == 128_000)
        #expect(dialogue.buffers.allSatisfy { $0.video == nil && $0.audio != nil })
    }

    @Test("a single version needs no decisions")
    func singleVersion() throws {
        var dialogue = try Dialogue(.video(3, megabits: [2]), rule: "bola-u")
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.decisions.isEmpty)
        #expect(dialogue.session.result.meanBitRate == 2_000_000)
    }

    @Test("a single segment is a presentation")
    func singleSegment() throws {
        for rule in RuleCatalogue.all {
            var dialogue = try Dialogue(.video(1, initialization: true), rule: rule.name)
            dialogue.start()
            try dialogue.finish()
            #expect(dialogue.outcome == .completed)
            #expect(dialogue.urls == ["http://a/v1/init", "http://a/v1/1"])
            #expect(dialogue.session.result.played == 2)
        }
    }

    @Test("versions with unequal numbers of segments are played as far as all go")
    func unequalVersions() throws {
        var presentation = Presentation.video(5)
        presentation.switchingSets[0].tracks[2].segments.removeLast(2)
        var dialogue = try Dialogue(presentation)
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.session.result.played == 6)
        #expect(dialogue.urls.count == 3)
    }

    @Test("media of unequal length are played to the end of the longer", arguments: [1, 2, 7])
    func unequalMedia(_ count: Int) throws {
        var dialogue = try Dialogue(
            .video(4).adding(audio: [64], milliseconds: Array(repeating: 2000, count: count)))
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.played == Double(max(count, 4)) * 2)
        #expect(dialogue.session.result.stallCount == 0)
        #expect(dialogue.urls.count == 4 + count)
    }

    @Test("a transfer's throughput counts the bytes of the other stream's")
    func sharedLink() throws {
        var dialogue = try Dialogue(
            .video(4).adding(audio: [64], milliseconds: Array(repeating: 2000, count: 4)), rule: "throughput")
        dialogue.start()
        let (video, audio) = (dialogue.requests[0].id, dialogue.requests[1].id)
        dialogue.send(.responseBegan(id: audio, ResponseFacts()), at: 0.5)
        dialogue.send(.received(id: audio, bytes: 50_000), at: 1)
        dialogue.send(.responseBegan(id: video, ResponseFacts()), at: 1)
        dialogue.send(.received(id: video, bytes: 20_000), at: 2)
        dialogue.send(.received(id: audio, bytes: 30_000), at: 2)
        dialogue.send(.received(id: video, bytes: 70_000), at: 3)
        dialogue.send(.completed(id: video), at: 3)
        // 120 kB between 1 s and 3 s; what the audio had before does not count.
        let throughput = try #require(dialogue.decisions.last?.throughput)
        #expect(abs(throughput - 480_000) < 0.001)
    }

    @Test(
        "a transfer that says little about throughput is no sample",
        arguments: [(4095, 1.0, false), (4096, 1.0, true), (100_000, 0, false)])
    func samples(_ bytes: Int, _ duration: Double, _ isSample: Bool) throws {
        var dialogue = try Dialogue(.video(4), rule: "throughput")
        dialogue.start()
        try dialogue.answer(bytes: bytes, from: 1, at: 1 + duration)
        #expect((dialogue.decisions.last?.throughput != nil) == isSample)
    }

    @Test("initialization segments are no samples")
    func initializationSample() throws {
        var dialogue = try Dialogue(.video(4, initialization: true), rule: "throughput")
        dialogue.start()
        try dialogue.answer(bytes: 100_000, from: 1, at: 2)
        try dialogue.answer(bytes: 1000, from: 2, at: 3)
        #expect(dialogue.decisions.map(\.throughput) == [nil, nil])
    }

    @Test("events of requests that are over change nothing")
    func stale() throws {
        var dialogue = try Dialogue(.video(4))
        dialogue.start()
        let first = dialogue.requests[0].id
        try dialogue.answer(at: 1)
        let (active, records) = (dialogue.active, dialogue.records)
        for id in [first, -1, 999, .min, .max] {
            dialogue.send(.responseBegan(id: id, ResponseFacts(status: 500)), at: 1)
            dialogue.send(.received(id: id, bytes: 5), at: 1)
            dialogue.send(.completed(id: id), at: 1)
            dialogue.send(.failed(id: id, .timeout), at: 1)
        }
        #expect(dialogue.active == active)
        #expect(dialogue.records == records)
    }

    @Test("what cannot be played is refused with a reason")
    func refusals() throws {
        func line(_ change: (inout Presentation) -> Void) -> String? {
            var presentation = Presentation.video(3)
            change(&presentation)
            let error = #expect(throws: SessionError.self) { try Dialogue(presentation) }
            return error?.description
        }
        #expect(line { $0.switchingSets = [] } == "the presentation has neither video nor audio")
        #expect(line { $0.switchingSets[0].tracks = [] } == "the video has no tracks")
        #expect(line { $0.switchingSets[0].tracks[0].segments = [] } == "track v1 has no segments")
        #expect(line { $0.switchingSets[0].tracks[2].segments = [] } == "track v4 has no segments")
        #expect(line { $0.switchingSets[0].tracks[1].timescale = 0 } == "track v2 has the timescale 0")
        #expect(
            line { $0.switchingSets[0].tracks.reverse() } == "track v2 comes after v4, which has more bits/s")
        let disorder = "track v1: segment 2 does not end after the one before it"
        #expect(line { $0.switchingSets[0].tracks[0].segments[1].duration = 0 } == disorder)
        #expect(line { $0.switchingSets[0].tracks[0].segments[1].duration = -1 } == disorder)
        #expect(line { $0.switchingSets[0].tracks[0].segments[1].start = -9000 } == disorder)
        #expect(line { $0.switchingSets[0].tracks[0].segments[1].start = .max } == disorder)
    }

    @Test("so is a number that nothing can be played with", arguments: [0, -1, .nan, -.infinity] as [Double])
    func configuration(_ number: Double) {
        let changes: [(inout SessionConfiguration) -> Void] = [
            { $0.maxBuffer = number }, { $0.stallTimeout = number }, { $0.patience = number },
            { $0.duration = number },
        ]
        for change in changes {
            let error = #expect(throws: SessionError.self) { try Dialogue(.video(3), change) }
            #expect(error?.description.hasSuffix("is \(number) s; it must be above 0") == true)
        }
    }
}
