import Adaptation
import Client
import Presentation
import QoE
import Testing

@Suite("Measured quality in a session")
struct MeasuredQualityTests {
    /// Video of three versions; on even segments the lowest is as good as the highest.
    private func measured(_ count: Int) -> Presentation {
        var presentation = Presentation.video(count)
        for track in 0..<3 {
            for segment in 0..<count {
                let quality = segment.isMultiple(of: 2) ? 0.99 : [0.9, 0.95, 0.99][track]
                presentation.switchingSets[0].tracks[track].segments[segment].ssim = quality
            }
        }
        return presentation
    }

    @Test("is in the trace and in the summary, the same in both")
    func recorded() throws {
        var dialogue = try Dialogue(measured(4), rule: "fixed:bitrate=2000")
        dialogue.start()
        try dialogue.finish()
        #expect(dialogue.requestRecords.map(\.ssim) == [0.99, 0.95, 0.99, 0.95])
        let mean = try #require(dialogue.session.result.meanSSIM)
        #expect(abs(mean - 0.97) < 1e-12)
        #expect(PlaybackSummary(of: dialogue.records) == dialogue.session.result)
        var plain = try Dialogue(.video(4))
        plain.start()
        try plain.finish()
        #expect(plain.session.result.meanSSIM == nil)
    }

    @Test("decides, segment by segment, where it is the utility")
    func utility() throws {
        var dialogue = try Dialogue(measured(40), rule: "bola-basic") { configuration in
            configuration.utility = .quality
            configuration.maxBuffer = 20
        }
        dialogue.start()
        try dialogue.finish()
        let choices = dialogue.decisions.map { (segment: $0.segment, choice: $0.choice) }.dropFirst()
        // Numbers count from 1.
        #expect(choices.filter { !$0.segment.isMultiple(of: 2) }.allSatisfy { $0.choice == "v1" })
        #expect(choices.contains { $0.segment.isMultiple(of: 2) && $0.choice == "v4" })
        #expect(dialogue.session.ladder.segmentUtilities.count == 40)
    }

    @Test("that is missing anywhere is an error which says where, if it is to be the utility")
    func missing() throws {
        var presentation = measured(4)
        presentation.switchingSets[0].tracks[1].segments[2].ssim = nil
        let error = #expect(throws: SessionError.self) {
            _ = try Dialogue(presentation, rule: "bola-u") { $0.utility = .quality }
        }
        #expect(error?.description.contains("track v2, segment 3") == true)
        #expect(error?.description.contains("--quality ssim") == true)
        _ = try Dialogue(presentation, rule: "bola-u") { $0.utility = .logarithmic }
    }
}
