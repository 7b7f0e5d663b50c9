import Foundation
import Testing

@testable import QoE

struct PlaybackSummaryCodingTests {
    @Test("JSON has no mean, ratio or score of a session without a segment, and is read back either way")
    func json() throws {
        let empty = PlaybackSummary(of: [.end(EndRecord(time: 3, played: 0, outcome: "failed"))])
        let whole = PlaybackSummary(of: [
            .session(SessionRecord(url: "u", duration: 6, ladder: [1_000_000])), .startup(time: 1),
            .end(EndRecord(time: 8, played: 6, outcome: "completed")),
        ])
        func members(_ summary: PlaybackSummary) throws -> Set<String> {
            let data = try JSONEncoder().encode(summary)
            #expect(try JSONDecoder().decode(PlaybackSummary.self, from: data) == summary)
            return Set(try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]).keys)
        }
        let always: Set = [
            "stallCount", "stallDuration", "switchCount", "segmentCount", "played", "duration", "bytes", "wastedBytes",
            "outcome",
        ]
        #expect(try members(empty) == always)
        #expect(
            try members(whole) == always.union(["meanBitRate", "startupDelay", "stallRatio", "meanSwitch", "qoe"]))
        // Where there were segments, a score has to be there.
        let text =
            #"{"stallCount": 0, "stallDuration": 0, "switchCount": 0, "segmentCount": 1, "played": 0, "#
            + #""duration": 0, "bytes": 0, "wastedBytes": 0, "outcome": "stopped"}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(PlaybackSummary.self, from: Data(text.utf8)) }
    }
}
