import HTTPSemantics
import Testing

@Suite("Range selection")
struct RangeSelectionTests {
    @Test(
        "Of ten bytes",
        arguments: [
            (nil, .whole), ("bytes=0-0", .part(0..<1)), ("bytes=2-", .part(2..<10)), ("bytes=2-5", .part(2..<6)),
            ("bytes=2-99", .part(2..<10)), ("bytes=-3", .part(7..<10)), ("bytes=-30", .part(0..<10)),
            ("BYTES=1-2", .part(1..<3)), ("bytes= 1-2 ", .part(1..<3)), ("bytes=9-9", .part(9..<10)),
            ("bytes=10-", .unsatisfiable), ("bytes=10-12", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999999-", .unsatisfiable),
            ("bytes=0-99999999999999999999999", .part(0..<10)),
            ("bytes=5-2", .whole), ("bytes=0-1,3-4", .whole), ("bytes=", .whole), ("bytes=-", .whole),
            ("bytes=a-b", .whole), ("bytes=1", .whole), ("items=1-2", .whole), ("bytes 1-2", .whole),
            ("bytes=1--2", .whole), ("bytes=+1-2", .whole), ("", .whole),
        ] as [(String?, RangeSelection)])
    func ofTenBytes(value: String?, expected: RangeSelection) {
        #expect(RangeSelection(value, length: 10) == expected)
    }

    @Test("Of nothing nothing can be had", arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
    func ofNothing(value: String) {
        #expect(RangeSelection(value, length: 0) == .unsatisfiable)
    }
}
