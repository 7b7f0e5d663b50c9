import Adaptation
import Foundation
import Testing

struct RuleCompositionTests {
    private let ladder = Ladder(megabits: 1, 2, 4)

    private func rule(_ json: String) throws -> any RateDetermination {
        try JSONDecoder().decode(RuleComposition.self, from: Data(json.utf8)).rule(for: ladder)
    }

    @Test(
        "documents make rules",
        arguments: [
            // document, buffer, index
            (#""fixed:bitrate=2000""#, 0.0, 1), (#"{"rule": "fixed"}"#, 0, 0),
            (#"{"rule": "fixed", "parameters": {"bitrate": 4000}}"#, 0, 2),
            (#"{"lowest": ["fixed:bitrate=4000", "fixed:bitrate=2000"]}"#, 0, 1),
            (#"{"highest": ["fixed", "fixed:bitrate=2000"]}"#, 0, 1),
            (#"{"buffer": 5, "below": "fixed", "above": "fixed:bitrate=4000"}"#, 4.9, 0),
            (#"{"buffer": 5, "below": "fixed", "above": "fixed:bitrate=4000"}"#, 5, 2),
            (
                #"{"buffer": 5, "below": "fixed", "above": {"lowest": ["fixed:bitrate=2000", {"highest": ["fixed"]}]}}"#,
                9, 0
            ),
        ])
    func documents(_ json: String, _ buffer: Double, _ index: Int) throws {
        var rule = try rule(json)
        #expect(rule.decide(buffer: buffer).index == index)
    }

    @Test("parts see every transfer, and abandon by the word of any or of all")
    func transfers() throws {
        var lowest = try rule(#"{"lowest": ["throughput", "bola-basic"]}"#)
        let decision = lowest.decide(buffer: 18, transfer: TransferSample(megabits: 2.5))
        #expect(decision.index == 1)
        #expect(agree(decision.throughput, 2.5e6))
        let progress = TransferProgress(
            segment: 7, index: 2, elapsed: 1, latency: 0, received: 0.5e6, size: 8e6, buffer: 4)
        #expect(lowest.reconsiders)
        #expect(lowest.reconsider(progress) == 0)
        var highest = try rule(#"{"highest": ["throughput", "bola-basic"]}"#)
        #expect(!highest.reconsiders)
        #expect(highest.reconsider(progress) == nil)
    }

    @Test(
        "what is no composition is refused",
        arguments: [
            "", "7", "[]", "{}", #""nothing""#, #"{"rule": 7}"#, #"{"lowest": []}"#, #"{"lowest": "fixed"}"#,
            #"{"rule": "fixed", "lowest": ["fixed"]}"#, #"{"buffer": 0, "below": "fixed", "above": "fixed"}"#,
            #"{"buffer": 5, "below": "fixed"}"#, #"{"rule": "fixed", "parameters": {"bitrate": -1}}"#,
            String(repeating: #"{"lowest": ["#, count: 30) + #""fixed""# + String(repeating: "]}", count: 30),
        ])
    func refusals(_ json: String) {
        #expect(throws: (any Error).self) { try rule(json) }
    }

    @Test(
        "what is of the wrong type is refused in words of our own, at any depth",
        arguments: [
            ("[]", "a rule is a name, or an object with"), ("[\"fixed\"]", "a rule is a name, or an object with"),
            ("7", "a rule is a name, or an object with"), ("null", "a rule is a name, or an object with"),
            (#"{"lowest": ["fixed", ["fixed"]]}"#, "a rule is a name, or an object with"),
            (#"{"lowest": [null]}"#, "a rule is a name, or an object with"),
            (#"{"rule": 7}"#, "rule is a name"), (#"{"rule": null}"#, "rule is a name"),
            (#"{"rule": "fixed", "parameters": [1]}"#, "the parameters of fixed are an object"),
            (#"{"rule": "fixed", "parameters": {"bitrate": "x"}}"#, "the parameters of fixed are an object"),
            (#"{"lowest": "fixed"}"#, "lowest is a list of rules"), (#"{"highest": {}}"#, "highest is a list of rules"),
            (#"{"buffer": "5", "below": "fixed", "above": "fixed"}"#, "buffer is a number of seconds"),
            (#"{"buffer": 5, "below": "fixed", "above": null}"#, "a rule is a name, or an object with"),
        ])
    func words(_ json: String, _ expected: String) {
        let error = #expect(throws: DecodingError.self) { try rule(json) }
        guard case .dataCorrupted(let context)? = error else {
            Issue.record("it says \(String(describing: error))")
            return
        }
        #expect(context.debugDescription.hasPrefix(expected), "\(context.debugDescription)")
    }
}
