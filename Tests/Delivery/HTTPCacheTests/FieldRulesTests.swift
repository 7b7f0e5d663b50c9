import HTTPCache
import HTTPSemantics
import Testing

@Suite("Field rules")
struct FieldRulesTests {
    @Test("Fields of the connection, and those it names, stay behind")
    func endToEnd() {
        let fields = FieldRules.endToEnd([
            "Connection": "close, X-Hop", "X-Hop": "1", "Keep-Alive": "a", "Transfer-Encoding": "chunked", "TE": "x",
            "Upgrade": "h2c", "ETag": #""a""#,
        ])
        #expect(fields.description == "ETag: \"a\"\n")
    }

    @Test("A fetch asks for the whole, unconditionally")
    func fetching() {
        let fields = FieldRules.fetching([
            "Range": "bytes=0-1", "If-None-Match": "x", "If-Range": "y", "Accept": "z", "Content-Length": "3",
        ])
        #expect(fields.description == "Accept: z\n")
    }

    @Test("A 304 updates all but what describes the bytes")
    func updated() {
        let fields = FieldRules.updated(
            ["Content-Length": "3", "Content-Type": "a", "X": "1", "Age": "50", "Cache-Control": "max-age=1"],
            by: ["Content-Length": "0", "Content-Type": "b", "X": "2", "Cache-Control": "max-age=9", "New": "n"])
        #expect(
            fields.description == "Content-Length: 3\nContent-Type: a\nX: 2\nCache-Control: max-age=9\nNew: n\n")
    }

    @Test(
        "A response speaks of the stored one when its validators agree, of which a strong entity tag decides",
        arguments: [
            ([:], true),
            (["ETag": #""a""#, "Last-Modified": "Mon", "Content-Length": "3"], true),
            (["ETag": #""a""#, "Last-Modified": "Tue"], true),
            (["ETag": #""b""#, "Last-Modified": "Mon"], false),
            (["ETag": #"W/"a""#, "Last-Modified": "Mon"], false),
            (["Last-Modified": "Tue"], false),
            (["ETag": #""a""#, "Content-Length": "4"], false),
        ] as [(FieldSection, Bool)])
    func describes(_ update: FieldSection, _ isSame: Bool) {
        let stored: FieldSection = ["ETag": #""a""#, "Last-Modified": "Mon", "Content-Length": "3"]
        #expect(FieldRules.describes(update, stored) == isSame)
    }

    @Test("Weak entity tags, and tags that one side has alone, leave the date to be compared")
    func weaklyDescribes() {
        let stored: FieldSection = ["ETag": #"W/"a""#, "Last-Modified": "Mon"]
        #expect(FieldRules.describes(["ETag": #"W/"a""#, "Last-Modified": "Mon"], stored))
        #expect(!FieldRules.describes(["ETag": #"W/"a""#, "Last-Modified": "Tue"], stored))
        #expect(!FieldRules.describes(["ETag": #""a""#, "Last-Modified": "Tue"], ["Last-Modified": "Mon"]))
    }

    @Test("A successful unsafe request invalidates its target and what it names on the same host")
    func invalidated() {
        func targets(_ method: String, _ status: Int, _ fields: FieldSection = [:]) -> [String] {
            FieldRules.invalidated(by: method, target: "/a", host: "h", status: status, fields: fields)
        }
        #expect(targets("POST", 200) == ["/a"])
        #expect(targets("GET", 200) == [])
        #expect(targets("DELETE", 500) == [])
        #expect(targets("PUT", 201, ["Location": "/b", "Content-Location": "http://h/c"]) == ["/a", "/b", "/c"])
        #expect(targets("PUT", 201, ["Location": "http://other/b", "Content-Location": "//x/y"]) == ["/a"])
    }

    @Test("Variants")
    func variants() {
        let key = VariantKey(response: ["Vary": "A, b"], request: ["A": "1 ,2", "C": "x"])
        #expect(key.matches(["a": "1", "A": "2", "C": "y"]))
        #expect(!key.matches(["A": "2,1"]))
        #expect(!key.matches(["A": "1,2", "B": ""]))
        #expect(VariantKey(response: [:], request: ["A": "1"]).isEmpty)
    }

    @Test("Cache-Status is written as RFC 9211 has it")
    func cacheStatus() {
        #expect(CacheStatus(cache: "c", isHit: true, timeToLive: 3).description == "c; hit; ttl=3")
        let miss = CacheStatus(cache: "c", forward: .uriMiss, forwardStatus: 200, stored: true, collapsed: true)
        #expect(miss.description == "c; fwd=uri-miss; fwd-status=200; stored; collapsed")
    }
}
