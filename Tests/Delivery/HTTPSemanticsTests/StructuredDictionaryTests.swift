import HTTPSemantics
import Testing

@Suite("Structured dictionary")
struct StructuredDictionaryTests {
    @Test(
        "Read as RFC 9651 §4.2.2 says",
        arguments: [
            ("", [:]), ("a", ["a": .boolean(true)]), ("a=?0", ["a": .boolean(false)]),
            ("max-age=60, b", ["max-age": .integer(60), "b": .boolean(true)]), ("a=-1", ["a": .integer(-1)]),
            (#"a="x\"y""#, ["a": .string(#"x"y"#)]), ("a=tok/en", ["a": .token("tok/en")]), ("a=1.5", ["a": .other]),
            ("a=1, a=2", ["a": .integer(2)]), ("a=1;p=2;q", ["a": .integer(1)]), ("a=(1 2);x", ["a": .other]),
            ("a=:YQ==:", ["a": .other]), ("a=@1", ["a": .other]), ("  a  ", ["a": .boolean(true)]),
            ("a\t,\tb", ["a": .boolean(true), "b": .boolean(true)]),
        ] as [(String, [String: StructuredDictionary.Value])])
    func read(text: String, expected: [String: StructuredDictionary.Value]) {
        #expect(StructuredDictionary(text)?.members == expected)
    }

    @Test(
        "Malformed anywhere, ignored everywhere",
        arguments: [
            "a,", ",a", "a,,b", "A=1", "a=", "a = 1", "a= 1", #"a="x"#, "a=1.", "a=1.2345", "a=1234567890123456",
            "a=?2", "a=:x", "a=(1", "a=(1,2)", "a b", "a;", "a=1;=2", "=1", "a=@x", #"a="\x""#, "a='x'",
        ])
    func malformed(text: String) {
        #expect(StructuredDictionary(text) == nil)
    }
}
