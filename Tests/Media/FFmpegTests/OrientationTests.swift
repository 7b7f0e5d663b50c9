import FFmpeg
import Testing

@Suite("A display matrix")
struct OrientationTests {
    private static let one: Int32 = 0x10000

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var a, b, c, d: Int32
        var expected: Orientation?
        var testDescription: String { name }
    }

    private static func orientation(_ horizontal: Bool, _ vertical: Bool, _ transposes: Bool) -> Orientation {
        Orientation(mirrorsHorizontally: horizontal, mirrorsVertically: vertical, transposes: transposes)
    }

    static let cases = [
        Case(name: "identity", a: one, b: 0, c: 0, d: one, expected: .upright),
        Case(name: "half a turn", a: -one, b: 0, c: 0, d: -one, expected: orientation(true, true, false)),
        Case(name: "mirror", a: -one, b: 0, c: 0, d: one, expected: orientation(true, false, false)),
        // Clockwise: the top left corner comes to the top right, so that x grows as y falls.
        Case(name: "a quarter clockwise", a: 0, b: one, c: -one, d: 0, expected: orientation(false, true, true)),
        Case(name: "a quarter back", a: 0, b: -one, c: one, d: 0, expected: orientation(true, false, true)),
        Case(name: "an eighth", a: one, b: one, c: -one, d: one, expected: nil),
        Case(name: "nothing", a: 0, b: 0, c: 0, d: 0, expected: nil),
    ]

    @Test("means a turn", arguments: cases)
    func reading(_ example: Case) {
        let matrix = [example.a, example.b, 0, example.c, example.d, 0, 0, 0, 1 << 30]
        #expect(Orientation(displayMatrix: matrix) == example.expected)
    }

    @Test("has nine numbers")
    func wrongCount() {
        #expect(Orientation(displayMatrix: []) == nil)
    }
}
