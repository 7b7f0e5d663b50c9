import HTTPCache
import HTTPSemantics
import Testing

@Suite("Shared cache rules")
struct SharedCacheRulesTests {
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let time = 784_111_777.0

    private func rules(
        _ fields: FieldSection, request: FieldSection = [:], status: Int = 200
    ) -> SharedCacheRules {
        var fields = fields
        if !fields.contains(.date) { fields.append(.date, Self.date) }
        return SharedCacheRules(request: request, status: status, fields: fields, responseTime: Self.time)
    }

    @Test(
        "Lifetimes",
        arguments: [
            (["Cache-Control": "max-age=60"], 60), (["Cache-Control": "max-age=60, s-maxage=30"], 30),
            (["Cache-Control": "s-maxage=0, max-age=60"], 0), (["Cache-Control": #"max-age="60""#], 60),
            (["Cache-Control": "MAX-AGE=60"], 60), (["Cache-Control": "max-age=60, max-age=5"], 60),
            (["Cache-Control": "max-age=a"], 0), (["Cache-Control": "max-age=60.0"], 0),
            (["Cache-Control": "max-age=-1"], 0), (["Cache-Control": "max-age"], 0),
            (["Cache-Control": "max-age= 60"], 0), (["Cache-Control": "max-age='60'"], 0),
            (["Cache-Control": #"x="max-age=60""#], 0), (["Cache-Control": "max-age=99999999999999"], 2_147_483_647),
            (["Expires": "Sun, 06 Nov 1994 08:50:37 GMT"], 60), (["Expires": "0"], 0), (["Expires": date], 0),
            (["Expires": "Sun, 06 Nov 1994 08:50:37 GMT", "Cache-Control": "max-age=5"], 5),
            (["Last-Modified": "Sun, 06 Nov 1994 08:32:57 GMT"], 100),
            (["Last-Modified": "Sun, 06 Nov 1960 08:32:57 GMT"], 78_411_177 > 86_400 ? 86_400 : 0),
            (["Last-Modified": "Sun, 06 Nov 2033 08:32:57 GMT"], 0), ([:], 0),
            (["CDN-Cache-Control": "max-age=10", "Cache-Control": "max-age=60"], 10),
            (["CDN-Cache-Control": "max-age=10", "Expires": "0"], 10),
            (["CDN-Cache-Control": "max-age=\"10\"", "Cache-Control": "max-age=60"], 0),
            (["CDN-Cache-Control": "MAX-AGE=10", "Cache-Control": "max-age=60"], 60),
            (["CDN-Cache-Control": "", "Cache-Control": "max-age=60"], 60),
            (["CDN-Cache-Control": "max-age=10;x=y"], 10), (["CDN-Cache-Control": "max-age=-5"], 0),
        ] as [(FieldSection, Int)])
    func lifetimes(fields: FieldSection, seconds: Int) {
        #expect(rules(fields).lifetime == seconds)
    }

    @Test(
        "What may be stored",
        arguments: [
            (200, ["Cache-Control": "max-age=60"], [:], true), (200, ["Cache-Control": "no-store"], [:], false),
            (200, ["Cache-Control": "private, max-age=60"], [:], false),
            (200, ["Cache-Control": #"private="x", max-age=60"#], [:], false),
            (200, ["Cache-Control": "no-cache", "ETag": #""a""#], [:], true),
            (200, [:], [:], false), (200, ["ETag": #""a""#], [:], true),
            (200, ["Vary": "*", "Cache-Control": "max-age=60"], [:], false),
            (200, ["Vary": "a, *", "Cache-Control": "max-age=60"], [:], false),
            (206, ["Cache-Control": "max-age=60"], [:], false), (304, ["Cache-Control": "max-age=60"], [:], false),
            (404, [:], [:], true), (500, [:], [:], false), (500, ["Cache-Control": "max-age=60"], [:], true),
            (302, ["ETag": #""a""#], [:], false), (302, ["Cache-Control": "max-age=60"], [:], true),
            (299, ["Cache-Control": "max-age=60"], [:], true),
            (299, ["Cache-Control": "max-age=60, must-understand"], [:], false),
            (200, ["Cache-Control": "max-age=60, must-understand, no-store"], [:], true),
            (200, ["Cache-Control": "max-age=60"], ["Authorization": "x"], false),
            (200, ["Cache-Control": "max-age=60, public"], ["Authorization": "x"], true),
            (200, ["Cache-Control": "s-maxage=60"], ["Authorization": "x"], true),
            (200, ["Cache-Control": "max-age=60, must-revalidate"], ["Authorization": "x"], true),
            (200, ["Cache-Control": "max-age=60"], ["Cache-Control": "no-store"], false),
            (200, ["Last-Modified": "Sun, 06 Nov 1994 08:32:57 GMT", "Set-Cookie": "a"], [:], false),
            (200, ["Cache-Control": "max-age=60", "Set-Cookie": "a"], [:], true),
            (200, ["CDN-Cache-Control": "max-age=60", "Cache-Control": "no-store"], [:], true),
            (200, ["CDN-Cache-Control": "no-store", "Cache-Control": "max-age=60"], [:], false),
            (200, ["Cache-Control": "max-age=0"], [:], false),
            (200, ["Cache-Control": "max-age=0, stale-while-revalidate=5"], [:], true),
        ] as [(Int, FieldSection, FieldSection, Bool)])
    func storability(status: Int, fields: FieldSection, request: FieldSection, expected: Bool) {
        #expect(rules(fields, request: request, status: status).isStorable == expected)
    }
}
