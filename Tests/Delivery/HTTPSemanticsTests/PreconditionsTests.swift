import HTTPSemantics
import Testing

@Suite("Preconditions")
struct PreconditionsTests {
    private let validators = Validators(
        entityTag: EntityTag(opaque: "a"), lastModified: HTTPDate(secondsSinceEpoch: 784_111_777))
    private let now = 1_700_000_000

    @Test(
        "Of a GET, in the order of RFC 9110 §13.2.2",
        arguments: [
            ([:], .proceed), (["If-None-Match": #""a""#], .notModified), (["If-None-Match": #"W/"a""#], .notModified),
            (["If-None-Match": #""b", "a""#], .notModified), (["If-None-Match": "*"], .notModified),
            (["If-None-Match": #""b""#], .proceed), (["If-None-Match": "a"], .proceed),
            (["If-Match": #""a""#], .proceed), (["If-Match": #"W/"a""#], .failed), (["If-Match": "*"], .proceed),
            (["If-Match": #""b""#], .failed),
            (["If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"], .notModified),
            (["If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"], .proceed),
            (["If-Modified-Since": "yesterday"], .proceed),
            (["If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"], .proceed),
            (["If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"], .failed),
            (["If-None-Match": #""b""#, "If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"], .proceed),
            (["If-Match": #""a""#, "If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"], .proceed),
            (["If-Match": #""b""#, "If-None-Match": #""a""#], .failed),
        ] as [(FieldSection, PreconditionResult)])
    func get(fields: FieldSection, expected: PreconditionResult) {
        #expect(validators.evaluate(fields, now: now) == expected)
    }

    @Test(
        "If-Range takes strong validators only",
        arguments: [
            ([:], true), (["If-Range": #""a""#], true), (["If-Range": #""b""#], false),
            (["If-Range": #"W/"a""#], false), (["If-Range": "Sun, 06 Nov 1994 08:49:37 GMT"], true),
            (["If-Range": "Sun, 06 Nov 1994 08:49:38 GMT"], false), (["If-Range": "x"], false),
        ] as [(FieldSection, Bool)])
    func ifRange(fields: FieldSection, expected: Bool) {
        #expect(validators.permitsRange(fields, now: now) == expected)
    }

    @Test("A date of this very second is weak")
    func weakDate() {
        let fields: FieldSection = ["If-Range": "Sun, 06 Nov 1994 08:49:37 GMT"]
        #expect(!validators.permitsRange(fields, now: 784_111_777))
    }

    @Test(
        "Entity tags",
        arguments: [
            (#""x""#, EntityTag(opaque: "x")), (#"W/"x""#, EntityTag(isWeak: true, opaque: "x")),
            (#""""#, EntityTag(opaque: "")), ("x", nil), (#""x"#, nil), (#"w/"x""#, nil), (#""a b""#, nil),
            (#""a"b""#, nil), (#"""#, nil),
        ] as [(String, EntityTag?)])
    func entityTags(text: String, expected: EntityTag?) {
        #expect(EntityTag(text) == expected)
    }
}
