import Adaptation
import Client
import Presentation
import QoE
import Testing

/// Fetches everything in the lowest version, and wants the first segment that is offered in the highest one.
private struct ReplacingRule: RateDetermination {
    /// How many times at most.
    var replacements = Int.max
    var version = 2

    mutating func decide(_ input: RateDecisionInput) -> RateDecision { RateDecision(index: 0, reason: .fixed) }

    mutating func replacement(_ input: RateDecisionInput, buffered: [BufferedSegment]) -> SegmentReplacement? {
        guard replacements > 0, let first = buffered.first(where: { $0.index != version }) else { return nil }
        replacements -= 1
        return SegmentReplacement(segment: first.segment, index: version)
    }

    mutating func reconsider(_ progress: TransferProgress) -> Int? { 0 }

    var replaces: Bool { true }
    var reconsiders: Bool { true }
}

@Suite("Replacement of buffered segments")
struct ReplacementTests {
    /// A session over segments of two seconds that began to play at once, with six of them buffered in the lowest version;
    /// what it asks for then has been sent.
    private func buffered(
        _ rule: ReplacingRule = ReplacingRule(), presentation: Presentation = .video(20), maxBuffer: Double = 20
    ) throws -> Dialogue {
        var dialogue = try Dialogue(presentation) { configuration in
            configuration.rule = RuleSpecification(description: "replacing") { _ in rule }
            configuration.maxBuffer = maxBuffer
            configuration.startupThreshold = 10
        }
        dialogue.start()
        for _ in 0..<6 {
            if dialogue.active.first?.hasSuffix("init") == true { try dialogue.answer(at: 0) }
            try dialogue.answer(at: 0)
        }
        return dialogue
    }

    @Test("a segment is fetched again before the next one, and what is shown counts")
    func replaced() throws {
        // What begins to be shown within three seconds is not offered.
        var dialogue = try buffered(ReplacingRule(replacements: 1))
        #expect(dialogue.active == ["v4/3"])
        try dialogue.answer(bytes: 900_000, at: 1)
        #expect(dialogue.active == ["v1/7"])
        let record = try #require(dialogue.requestRecords.last)
        #expect(record.segment == 3 && record.track == "v4" && record.replaces == "v1")
        #expect(record.outcome == RequestRecord.complete)
        // The buffer is what it was, and so is the version before the next segment.
        #expect(dialogue.buffers.count == 6)
        try dialogue.answer(at: 1)
        #expect(dialogue.switches.isEmpty)
        dialogue.send(.stop, at: 2)
        let result = dialogue.session.result
        #expect(result.meanBitRate == (6 * 1e6 + 4e6) / 7)
        #expect(result.switchCount == 2 && result.meanSwitch == 1e6)
        #expect(result.segmentCount == 7)
        #expect(result.bytes == 7 * 100_000 + 900_000)
        #expect(result.wastedBytes == 100_000)
        #expect(PlaybackSummary(of: dialogue.records) == result)
        #expect(Viewing(of: dialogue.records).segments.map(\.track) == ["v1", "v1", "v4", "v1", "v1", "v1", "v1"])
    }

    @Test("one after another, in the time that a full buffer leaves, and also the last one buffered")
    func chain() throws {
        var dialogue = try buffered(maxBuffer: 12)
        for segment in 3...6 {
            #expect(dialogue.active == ["v4/\(segment)"])
            try dialogue.answer(at: 0.5)
        }
        // All that may be is replaced: until there is room, nothing is to be done.
        #expect(dialogue.active.isEmpty)
        dialogue.send(.timer, at: 2)
        #expect(dialogue.active == ["v1/7"])
        try dialogue.answer(at: 2)
        // The one before the new segment was replaced in the end.
        #expect(dialogue.switches.map(\.from) == ["v4"])
        #expect(dialogue.active == ["v4/7"])
        dialogue.send(.stop, at: 2)
        #expect(dialogue.session.result.switchCount == 2)
        #expect(PlaybackSummary(of: dialogue.records) == dialogue.session.result)
    }

    @Test("the new version's initialization segment comes first")
    func initialization() throws {
        var dialogue = try buffered(ReplacingRule(replacements: 1), presentation: .video(20, initialization: true))
        #expect(dialogue.active == ["v4/init"])
        try dialogue.answer(at: 0.5)
        #expect(dialogue.active == ["v4/3"])
        try dialogue.answer(at: 0.5)
        #expect(dialogue.requestRecords.suffix(2).map(\.replaces) == [nil, "v1"])

        // If that takes so long that the segment is about to be shown, it stays as it is.
        dialogue = try buffered(ReplacingRule(replacements: 1), presentation: .video(20, initialization: true))
        try dialogue.answer(at: 1.5)
        #expect(dialogue.active == ["v1/7"])
    }

    @Test("what is too late is given up when its segment begins to be shown")
    func late() throws {
        var dialogue = try buffered(ReplacingRule(replacements: 1))
        let id = try #require(dialogue.requests.first?.id)
        dialogue.send(.responseBegan(id: id, ResponseFacts(status: 200)), at: 1)
        dialogue.send(.received(id: id, bytes: 5_000), at: 3)
        #expect(dialogue.wake == 4)
        dialogue.send(.timer, at: 4)
        #expect(dialogue.cancelled == [id])
        #expect(dialogue.active == ["v1/7"])
        #expect(dialogue.requestRecords.last?.outcome == RequestRecord.late)
        #expect(dialogue.requestRecords.last?.replaces == "v1")
        dialogue.send(.stop, at: 5)
        let result = dialogue.session.result
        #expect(result.meanBitRate == 1e6 && result.stallCount == 0 && result.wastedBytes == 5_000)
        #expect(PlaybackSummary(of: dialogue.records) == result)
        #expect(Viewing(of: dialogue.records).segments.map(\.track) == Array(repeating: "v1", count: 6))
    }

    @Test("what arrives at the very moment when its segment begins to be shown changes nothing")
    func justLate() throws {
        var dialogue = try buffered(ReplacingRule(replacements: 1))
        let id = try #require(dialogue.requests.first?.id)
        dialogue.send(.completed(id: id), at: 4)
        #expect(dialogue.cancelled.isEmpty)
        #expect(dialogue.requestRecords.last?.outcome == RequestRecord.late)
        #expect(dialogue.session.result.meanBitRate == 1e6)
    }

    @Test(
        "one that fails leaves the old segment, and the session goes on",
        arguments: [RequestFailure.status(404), .timeout])
    func failure(_ failure: RequestFailure) throws {
        var dialogue = try buffered()
        try dialogue.fail(failure, at: 0.5)
        // The rule is not asked again before the next segment is here.
        #expect(dialogue.active == ["v1/7"])
        try dialogue.answer(at: 0.5)
        for segment in 3...7 {
            #expect(dialogue.active == ["v4/\(segment)"])
            try dialogue.answer(at: 0.5)
        }
        try dialogue.finish(from: 0.5)
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.session.result.stallCount == 0)
        #expect(PlaybackSummary(of: dialogue.records) == dialogue.session.result)
    }

    @Test("a rule that abandons transfers is not asked about replacements")
    func abandonment() throws {
        var dialogue = try buffered(ReplacingRule(replacements: 1))
        let id = try #require(dialogue.requests.first?.id)
        dialogue.send(.responseBegan(id: id, ResponseFacts(status: 200, length: 1_000_000)), at: 0.25)
        dialogue.send(.received(id: id, bytes: 10_000), at: 1)
        #expect(dialogue.active == ["v4/3"])
        #expect(dialogue.wake == 4)
    }

    @Test("nothing is offered that is being shown, or soon, and no answer beyond the offer counts")
    func refused() throws {
        struct Asking: RateDetermination {
            mutating func decide(_ input: RateDecisionInput) -> RateDecision { RateDecision(index: 0, reason: .fixed) }
            mutating func replacement(_ input: RateDecisionInput, buffered: [BufferedSegment]) -> SegmentReplacement? {
                #expect(input.isPlaying && input.segment > (buffered.last?.segment ?? .max))
                for segment in buffered { #expect(segment.lead >= 3 && segment.duration == 2 && segment.index == 0) }
                // One that was not offered, a version that there is not, and the version that is there.
                return [
                    SegmentReplacement(segment: buffered[0].segment - 1, index: 2),
                    SegmentReplacement(segment: buffered[0].segment, index: 3),
                    SegmentReplacement(segment: buffered[0].segment, index: 0),
                ][input.segment % 3]
            }
            var replaces: Bool { true }
        }
        var dialogue = try Dialogue(.video(20)) { configuration in
            configuration.rule = RuleSpecification(description: "asking") { _ in Asking() }
            configuration.maxBuffer = 20
        }
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.outcome == .completed)
        #expect(dialogue.requestRecords.count == 20 && dialogue.requestRecords.allSatisfy { $0.replaces == nil })
    }

    @Test("servers are told when a replacement is needed, and what comes next")
    func clientData() throws {
        let dialogue = try buffered(ReplacingRule(replacements: 1))
        let data = dialogue.session.clientData(for: try #require(dialogue.requests.first))
        #expect(data.deadline == 4)
        #expect(data.bufferLength == 12)
        #expect(data.nextObject?.hasSuffix("7") == true)
    }
}
