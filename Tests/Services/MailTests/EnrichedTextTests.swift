import Testing

@testable import Mail

@Suite("Enriched text")
struct EnrichedTextTests {
    @Test(
        "commands go, text stays, lines end where they should",
        arguments: [
            ("", ""), ("a", "a\n"), ("<bold>a</bold> b", "a b\n"), ("a<<b>", "a<b>\n"), ("<<<<", "<<\n"),
            ("a\nb", "a b\n"),
            ("a\n\nb\n\n\nc", "a\nb\n\nc\n"), ("<color><param>red</param>a</color>", "a\n"),
            ("<nofill>a\nb\n\nc</nofill>\nd", "a\nb\n\nc d\n"), ("<x", "<x\n"), ("<", "<\n"), ("a </param>b", "a b\n"),
            ("<param>never ends", ""), ("1 < 2", "1 < 2\n"),
        ])
    func enriched(text: String, expected: String) {
        #expect(EnrichedText.plain(text, isRichText: false) == expected)
    }

    @Test(
        "what was before it",
        arguments: [
            ("a\nb<nl>c<lt>d", "a b\nc<d\n"), ("<paragraph>a</paragraph>b", "a\n\nb\n"),
            ("<comment>a</comment>b", "b\n"),
            ("a\n\n\nb", "a b\n"),
        ])
    func rich(text: String, expected: String) { #expect(EnrichedText.plain(text, isRichText: true) == expected) }

    @Test("length costs no more than it is")
    func long() {
        let count = 200_000
        #expect(EnrichedText.plain(String(repeating: "<", count: 2 * count), isRichText: false).utf8.count == count + 1)
        #expect(EnrichedText.plain(String(repeating: "<", count: count), isRichText: true).utf8.count == count + 1)
        #expect(
            EnrichedText.plain(String(repeating: "\n", count: count) + "a", isRichText: false).utf8.count == count + 1)
        #expect(EnrichedText.plain(String(repeating: "<param>", count: count), isRichText: false).isEmpty)
    }
}
