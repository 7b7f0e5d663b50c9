import Testing

@testable import Segmenter

@Suite("Laying sound on the clock")
struct AudioAlignmentTests {
    struct Step: Sendable {
        var start: Int64?
        var silence: Int64
        var cut: Int
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Frames of 1,000 samples at 48 kHz.
        var steps: [Step]
    }

    static let cases = [
        Case(
            testDescription: "sound that starts with the picture",
            steps: [Step(start: 0, silence: 0, cut: 0), Step(start: 1_000, silence: 0, cut: 0)]),
        Case(
            testDescription: "sound that starts 3 samples late",
            steps: [Step(start: 3, silence: 3, cut: 0), Step(start: 1_003, silence: 0, cut: 0)]),
        Case(
            testDescription: "sound that starts early",
            steps: [
                Step(start: -1_700, silence: 0, cut: 1_000), Step(start: -700, silence: 0, cut: 700),
                Step(start: 300, silence: 0, cut: 0),
            ]),
        Case(
            testDescription: "early sound whose times are rounded keeps counting from its first",
            steps: [
                Step(start: -1_700, silence: 0, cut: 1_000), Step(start: -720, silence: 0, cut: 700),
                Step(start: 290, silence: 0, cut: 0),
            ]),
        Case(
            testDescription: "rounded times",
            steps: [
                Step(start: 0, silence: 0, cut: 0), Step(start: 1_024, silence: 0, cut: 0),
                Step(start: 1_980, silence: 0, cut: 0),
            ]),
        Case(
            testDescription: "a lost frame",
            steps: [
                Step(start: 0, silence: 0, cut: 0), Step(start: 2_000, silence: 1_000, cut: 0),
                Step(start: 3_000, silence: 0, cut: 0),
            ]),
        Case(
            testDescription: "a frame that comes twice",
            steps: [
                Step(start: 0, silence: 0, cut: 0), Step(start: 0, silence: 0, cut: 1_000),
                Step(start: 1_000, silence: 0, cut: 0),
            ]),
        Case(
            testDescription: "frames without times",
            steps: [Step(start: nil, silence: 0, cut: 0), Step(start: nil, silence: 0, cut: 0)]),
        Case(
            testDescription: "a gap across the presentation's start",
            steps: [Step(start: -5_000, silence: 0, cut: 1_000), Step(start: 2_000, silence: 2_000, cut: 0)]),
    ]

    @Test("fills gaps and cuts what is too early", arguments: cases)
    func placing(_ example: Case) {
        var alignment = AudioAlignment(sampleRate: 48_000)
        for step in example.steps {
            let correction = alignment.place(1_000, at: step.start)
            #expect(correction == AudioAlignment.Correction(silence: step.silence, cut: step.cut))
        }
    }

    @Test("goes on where another format left off")
    func continuing() {
        var alignment = AudioAlignment(continuingAt: 4_800, sampleRate: 48_000)
        #expect(alignment.place(1_000, at: 4_900) == AudioAlignment.Correction())
        #expect(alignment.position == 5_800)
    }
}
