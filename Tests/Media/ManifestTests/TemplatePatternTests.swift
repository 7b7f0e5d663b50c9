import Testing

@testable import Manifest

struct TemplatePatternTests {
    @Test(
        "puts values in the place of identifiers",
        arguments: [
            ("$RepresentationID$/$Number$.m4s", "v1/7.m4s"), ("$Number%05d$.m4s", "00007.m4s"),
            ("$Time$", "123456789"), ("$Time%012d$", "000123456789"), ("$Time%03d$", "123456789"),
            ("$Bandwidth$_$Bandwidth%08d$", "800000_00800000"), ("plain.mp4", "plain.mp4"), ("", ""),
            ("a$$b", "a$b"), ("$$$Number$$$", "$7$"), ("$$$$", "$$"), ("50%-$Number%01d$", "50%-7"),
        ])
    func expand(_ pattern: String, _ expected: String) throws {
        let url = try TemplatePattern(pattern)
            .expanded(representationID: "v1", bandwidth: 800_000, number: 7, time: 123_456_789)
        #expect(url == expected)
    }

    @Test(
        "refuses what the standard does not define",
        arguments: [
            "$", "$Number", "$number$", "$Number%d$", "$Number%5d$", "$Number%05x$", "$Number%05$", "$Number%0d$",
            "$Number%099d$", "$Number%05d%05d$", "$RepresentationID%05d$", "$ Number$", "$SubNumber$", "$$$",
        ])
    func refuse(_ pattern: String) {
        #expect(throws: ManifestError.self) { try TemplatePattern(pattern) }
    }
}
