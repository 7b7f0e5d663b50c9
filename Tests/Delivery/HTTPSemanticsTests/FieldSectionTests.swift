import HTTPSemantics
import Testing

@Suite("Field section")
struct FieldSectionTests {
    @Test("Names are compared without regard to case, lines stay in order")
    func names() {
        let fields: FieldSection = ["Vary": "a", "X": "1", "vARY": "b, c"]
        #expect(fields[FieldName("VARY")] == "a")
        #expect(fields.values(.vary) == ["a", "b, c"])
        #expect(fields.combined(.vary) == "a, b, c")
        #expect(fields.members(.vary) == ["a", "b", "c"])
        #expect(fields[.age] == nil)
        #expect(fields.names == [.vary, FieldName("x")])
    }

    @Test("Set replaces every line, remove removes them")
    func changes() {
        var fields: FieldSection = ["A": "1", "B": "2", "a": "3"]
        fields.set(FieldName("A"), "4")
        #expect(fields.values(FieldName("a")) == ["4"])
        fields.remove(FieldName("B"))
        #expect(fields.description == "A: 4\n")
    }

    @Test(
        "List members",
        arguments: [
            ("a, b ,c", ["a", "b", "c"]), (",, a,", ["a"]), ("", []), (#""a,b", c"#, [#""a,b""#, "c"]),
            (#"x="1\",2",y"#, [#"x="1\",2""#, "y"]), ("\ta\t", ["a"]),
        ])
    func members(text: String, expected: [String]) {
        #expect(text.listMembers == expected)
    }

    @Test(
        "Delta-seconds are digits, held at a ceiling",
        arguments: [
            ("0", 0), ("007", 7), ("2147483648", 2_147_483_647), ("99999999999999999999999", 2_147_483_647),
            ("", nil), ("-1", nil), ("1.0", nil), (" 1", nil), ("1a", nil), ("٣", nil),
        ] as [(String, Int?)])
    func deltaSeconds(text: String, expected: Int?) {
        #expect(text.deltaSeconds == expected)
    }
}
