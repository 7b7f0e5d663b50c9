import HTTPCache
import HTTPSemantics
import Testing

@Suite("Max-Forwards")
struct ForwardingLimitTests {
    @Test(
        "What the field says",
        arguments: [
            ([:], .none),
            (["Max-Forwards": "0"], .reached),
            (["Max-Forwards": "00"], .reached),
            (["max-forwards": "1"], .left(0)),
            (["Max-Forwards": "70"], .left(69)),
            (["Max-Forwards": "9223372036854775807"], .left(2_147_483_647)),
            (["Max-Forwards": "99999999999999999999999"], .left(2_147_483_647)),
            (["Max-Forwards": ""], .malformed),
            (["Max-Forwards": "-1"], .malformed),
            (["Max-Forwards": "+1"], .malformed),
            (["Max-Forwards": "1.0"], .malformed),
            (["Max-Forwards": "\u{661}"], .malformed),
            (["Max-Forwards": "1", "max-forwards": "1"], .malformed),
        ] as [(FieldSection, ForwardingLimit)])
    func parsing(_ fields: FieldSection, _ expected: ForwardingLimit) {
        #expect(ForwardingLimit(fields) == expected)
    }

    @Test("The number is replaced on the way, where there is one")
    func forwarding() {
        let fields: FieldSection = ["Max-Forwards": "3", "X": "1"]
        #expect(ForwardingLimit(fields).forwarding(fields).description == "X: 1\nMax-Forwards: 2\n")
        #expect(ForwardingLimit(["X": "1"]).forwarding(["X": "1"]).description == "X: 1\n")
    }
}
