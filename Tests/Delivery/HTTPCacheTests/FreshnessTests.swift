import HTTPCache
import HTTPSemantics
import Testing

@Suite("Freshness")
struct FreshnessTests {
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let time = 784_111_777.0

    private func freshness(_ fields: FieldSection, delay: Double = 0, received: Double = time) -> Freshness {
        var fields = fields
        if !fields.contains(.date) { fields.append(.date, Self.date) }
        let rules = SharedCacheRules(request: [:], status: 200, fields: fields, responseTime: received)
        return Freshness(rules: rules, fields: fields, requestTime: received - delay, responseTime: received)
    }

    @Test(
        "Age on arrival (RFC 9111 §4.2.3)",
        arguments: [
            ([:], 0.0, 0.0, 0.0), (["Age": "30"], 0, 0, 30), (["Age": "30"], 2, 0, 32), ([:], 0, 10, 10),
            (["Age": "30"], 0, 10, 30), (["Age": "5"], 0, 10, 10), (["Age": "7, 99"], 0, 0, 7),
            (["Age": "x"], 0, 0, 0), (["Age": "-3"], 0, 0, 0), (["Age": "3.5"], 0, 0, 0),
            (["Age": "99999999999999"], 0, 0, 2_147_483_647),
        ] as [(FieldSection, Double, Double, Double)])
    func age(fields: FieldSection, delay: Double, late: Double, expected: Double) {
        #expect(freshness(fields, delay: delay, received: Self.time + late).initialAge == expected)
    }

    @Test(
        "What a response is good for, so many seconds later",
        arguments: [
            ("max-age=10", 9.9, nil, .fresh), ("max-age=10", 10, nil, .validateFirst),
            ("max-age=10, stale-while-revalidate=5", 14.9, nil, .staleWhileRevalidate),
            ("max-age=10, stale-while-revalidate=5", 15, nil, .validateFirst),
            ("max-age=10, stale-while-revalidate=5, must-revalidate", 12, nil, .validateFirst),
            ("s-maxage=10, stale-while-revalidate=5", 12, nil, .staleWhileRevalidate),
            ("max-age=10, no-cache", 1, nil, .validateFirst), ("max-age=10", 1, "no-cache", .validateFirst),
            ("max-age=10", 1, "max-age=0", .validateFirst), ("max-age=10", 3, "max-age=5", .fresh),
            ("max-age=10", 6, "min-fresh=5", .validateFirst), ("max-age=10", 12, "max-stale", .staleAllowed),
            ("max-age=10", 12, "max-stale=3", .staleAllowed), ("max-age=10", 14, "max-stale=3", .validateFirst),
            ("max-age=10, must-revalidate", 12, "max-stale", .validateFirst),
            ("s-maxage=10", 12, "max-stale", .validateFirst),
        ] as [(String, Double, String?, Freshness.Use)])
    func use(response: String, later: Double, request: String?, expected: Freshness.Use) {
        let directives = request.map { CacheDirectives(cacheControl: ["Cache-Control": $0]) }
        #expect(freshness(["Cache-Control": response]).use(for: directives, at: Self.time + later) == expected)
    }

    @Test(
        "What may stand in for an error",
        arguments: [
            ("max-age=10, stale-if-error=5", 14.0, nil, true), ("max-age=10, stale-if-error=5", 16, nil, false),
            ("max-age=10", 11, nil, false), ("max-age=10", 11, "stale-if-error=5", true),
            ("max-age=10, stale-if-error=5, must-revalidate", 11, nil, false),
            ("max-age=10, stale-if-error=5, proxy-revalidate", 11, nil, false),
            ("max-age=10, stale-if-error=5, no-cache", 11, nil, false),
        ] as [(String, Double, String?, Bool)])
    func error(response: String, later: Double, request: String?, expected: Bool) {
        let directives = request.map { CacheDirectives(cacheControl: ["Cache-Control": $0]) }
        let freshness = freshness(["Cache-Control": response])
        #expect(freshness.servesOnError(for: directives, at: Self.time + later) == expected)
    }
}
