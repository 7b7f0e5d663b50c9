import QoE
import Testing

@Suite("Cache-Status in a request's record")
struct CacheHitTests {
    @Test(
        "the cache next to the client decides, by the parameter hit",
        arguments: [
            ("edge; hit", true), ("edge;hit", true), ("edge; hit; ttl=30", true), ("edge; ttl=30; hit=?1", true),
            ("edge; fwd=uri-miss; stored", false), ("edge", false), ("edge; hit=?0", false),
            ("origin; fwd=miss, edge; hit", true), ("parent; hit, edge; fwd=miss", false),
            (#""a, b; c"; hit"#, true), (#"edge; detail="x; hit, y"; fwd=miss"#, false), (#""\", x"; hit"#, true),
            ("edge; key=hit", false), ("edge; hit,", true), ("", nil), (" ", nil), (nil, nil),
        ] as [(String?, Bool?)])
    func hits(_ field: String?, _ isHit: Bool?) {
        let record = RequestRecord(
            time: 0, media: "video", track: "v", segment: 1, duration: 2, bitRate: 1, url: "u", bytes: 1, firstByte: 0,
            lastByte: 1, status: 200, cacheStatus: field, outcome: RequestRecord.complete)
        #expect(record.isCacheHit == isHit)
    }
}
