import Manifest
import Presentation
import TestSupport
import Testing

struct MPDReadingTests {
    static let template = #"<SegmentTemplate media="$Number$" duration="2"/>"#

    struct Damage: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var code: ManifestError.Code
        /// What the description must hold.
        var mention: String
    }

    private static func damaged(_ name: String, _ code: ManifestError.Code, _ mention: String, _ text: String) -> Damage
    {
        Damage(testDescription: name, text: text, code: code, mention: mention)
    }

    private static func replaced(_ old: String, by new: String) -> String {
        Manifests.video(template).replacing(old, with: new, maxReplacements: 1)
    }

    private static func timeline(_ entries: String, _ attributes: String = "") -> String {
        Manifests.video(
            "<SegmentTemplate media=\"$Number$\" \(attributes)><SegmentTimeline>\(entries)</SegmentTimeline></SegmentTemplate>"
        )
    }

    static let damage = [
        damaged("nothing", .notXML, "well-formed", ""),
        damaged("text", .notXML, "line 1", "not found"),
        damaged("a web page", .malformed, "html, not MPD", "<html><body/></html>"),
        damaged("an open element", .notXML, "line 2", "<MPD>\n<Period></MPD>"),
        damaged("another namespace", .malformed, "namespace urn:x", "<MPD xmlns=\"urn:x\"/>"),
        damaged("no period", .malformed, "without a Period", "<MPD/>"),
        damaged("UTF-16", .notXML, "line 1: not well-formed", "\u{0}<\u{0}M\u{0}P"),
        damaged("another encoding", .notXML, "UTF-7", "<?xml version='1.0' encoding='UTF-7'?><MPD/>"),
        damaged(
            "an encoding far behind", .notXML, "without end",
            "<?xml version='1.0'" + String(repeating: " ", count: 300) + "encoding='UTF-7'?><MPD/>"),
        damaged("another type", .malformed, "MPD@type is 'live'", replaced("\"static\"", by: "\"live\"")),
        damaged(
            "a word for a duration", .malformed, "mediaPresentationDuration is 'ten'", replaced("PT10S", by: "ten")),
        damaged("no identifier", .malformed, "line 8: Representation@id is missing", replaced("id=\"v1\"", by: "")),
        damaged("no bandwidth", .malformed, "bandwidth is missing", replaced("bandwidth=\"800000\"", by: "")),
        damaged("bandwidth 0", .malformed, "bandwidth is '0'", replaced("800000", by: "0")),
        damaged("negative bandwidth", .malformed, "bandwidth is '-1'", replaced("800000", by: "-1")),
        damaged(
            "an absurd bandwidth", .malformed, "bandwidth is '99999999999999999999'",
            replaced("800000", by: "99999999999999999999")),
        damaged("a width in words", .malformed, "width is 'wide'", replaced("\"640\"", by: "\"wide\"")),
        damaged("a frame rate over 0", .malformed, "frameRate is '25/0'", replaced("\"25\"", by: "\"25/0\"")),
        damaged(
            "a representation twice", .malformed, "'v1' is in its Period twice",
            replaced("<Representation", by: "<Representation id='v1' bandwidth='1'/><Representation")),
        damaged(
            "timescale 0", .malformed, "timescale is '0'",
            Manifests.video("<SegmentTemplate timescale='0' media='$Number$' duration='2'/>")),
        damaged(
            "segments of no length", .malformed, "duration is '0'",
            Manifests.video("<SegmentTemplate media='$Number$' duration='0'/>")),
        damaged("S@d 0", .malformed, "S@d is '0'", timeline("<S t='0' d='0'/>")),
        damaged("no S@d", .malformed, "S@d is missing", timeline("<S t='0'/>")),
        damaged("S@r -2", .malformed, "S@r is '-2'", timeline("<S d='2' r='-2'/>")),
        damaged("S@r beyond counting", .malformed, "S@r", timeline("<S d='2' r='99999999999'/>")),
        damaged("S@t negative", .malformed, "S@t is '-5'", timeline("<S t='-5' d='2'/>")),
        damaged("S@t beyond counting", .malformed, "S@t", timeline("<S t='18446744073709551615' d='2'/>")),
        damaged("no S", .malformed, "without S", timeline("")),
        damaged("segment sequences", .unsupported, "S@k", timeline("<S d='2' k='4'/>")),
        damaged("durations twice", .malformed, "both @duration", timeline("<S d='2'/>", "duration='2'")),
        damaged(
            "an unknown identifier", .malformed, "line 9: the template '$Nummer$'",
            Manifests.video("<SegmentTemplate media='$Nummer$' duration='2'/>")),
        damaged(
            "a byte range backwards", .malformed, "range is '9-1'",
            Manifests.video("<SegmentBase><Initialization range='9-1'/></SegmentBase>")),
        damaged(
            "a period elsewhere", .unsupported, "xlink:href",
            "<MPD xmlns:xlink='http://www.w3.org/1999/xlink'><Period xlink:href='http://ads.example/'/></MPD>"),
        damaged(
            "an entity bomb", .notXML, "document type",
            "<!DOCTYPE MPD [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><MPD>&b;</MPD>"),
        damaged(
            "an external entity", .notXML, "document type",
            "<!DOCTYPE MPD [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><MPD><BaseURL>&a;</BaseURL></MPD>"),
        damaged("an external document type", .notXML, "document type", "<!DOCTYPE MPD SYSTEM 'http://h/x.dtd'><MPD/>"),
        damaged("an unknown entity", .notXML, "well-formed", "<MPD>&lol;</MPD>"),
        damaged(
            "deep nesting", .limitExceeded, "deeper than 64",
            "<MPD>" + String(repeating: "<x>", count: 100) + String(repeating: "</x>", count: 100) + "</MPD>"),
        damaged(
            "attributes without end", .limitExceeded, "line 2: an element with more than 4096 attributes",
            "<MPD>\n<Period " + (0...4096).map { "a\($0)='' " }.joined() + "/></MPD>"),
    ]

    @Test("says what is wrong, and where", arguments: damage)
    func refuse(_ damage: Damage) {
        let error = #expect(throws: ManifestError.self) { try MPD(text: damage.text) }
        #expect(error?.code == damage.code)
        #expect(error?.description.contains(damage.mention) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test("a manifest of many megabytes is refused before it is parsed")
    func large() {
        let bytes = [UInt8](repeating: UInt8(ascii: " "), count: 8 << 20 | 1)
        let error = #expect(throws: ManifestError.self) { try MPD(parsing: bytes) }
        #expect(error?.code == .limitExceeded)
    }

    @Test(
        "bytes that are no UTF-8 are refused",
        arguments: [[0xFF, 0xFE, 0x3C, 0x00], [0x3C, 0xC0, 0x80, 0x3E], [0x80]] as [[UInt8]])
    func encoding(_ bytes: [UInt8]) {
        #expect(throws: ManifestError(.notXML, "not text in UTF-8")) { try MPD(parsing: bytes) }
    }

    @Test("prefixes, comments, CDATA and unknown elements are no obstacle")
    func tolerant() throws {
        let mpd = try MPD(
            text: """
                \u{FEFF}<?xml version='1.0' encoding="utf-8"?><!-- <MPD> -->
                <d:MPD xmlns:d="urn:mpeg:dash:schema:mpd:2011" xmlns:x="urn:x" x:Period="1" type="static" future="1">
                  <x:Period/><x:BaseURL>no</x:BaseURL><d:Metrics metrics="y"/>
                  <d:BaseURL serviceLocation="a"> <![CDATA[http://h/?a=1&b=2]]> </d:BaseURL>
                  <d:Period duration="PT1S" x:start="later"><d:EventStream schemeIdUri="u"/></d:Period>
                </d:MPD>
                """)
        #expect(mpd.periods.count == 1)
        #expect(mpd.periods[0].duration == 1)
        #expect(mpd.periods[0].start == nil)
        #expect(mpd.baseURLs == [BaseURL("http://h/?a=1&b=2", serviceLocation: "a")])
    }

    @Test("a manifest without namespace is read")
    func noNamespace() throws {
        #expect(try MPD(text: "<MPD><Period/></MPD>").periods.count == 1)
    }

    @Test("damaged manifests are read or refused, never more")
    func manifestRandomised() {
        var generator = SeededGenerator(seed: 2011)
        let sources = [
            MPD(presentation: Manifests.presentation(), baseURL: "../media/x/").serialized(),
            Manifests.video(Self.template, period: "<BaseURL>a/</BaseURL>", baseURL: "<BaseURL>http://h/</BaseURL>"),
            Self.timeline("<S t='5' d='2' r='-1'/><S t='9' d='1' r='3'/>", "presentationTimeOffset='5' timescale='9'"),
        ].map { Array($0.utf8) }
        let words = [
            "0", "-1", "1", "99999999999999999999", "4294967295", "18446744073709551615", "$", "$Number$", "$Time$",
            "PT0S", "PT999999999S", "<", ">", "\"", "'", "&", "&#0;", "]]>", "<!--", "<!DOCTYPE", "<Period>",
            "</Period>", "<S d='1' r='-1'/>", "<S d='1152921504606846976' r='2147483647'/>", "http://", "../", "",
        ].map { Array($0.utf8) }
        for _ in 0..<fuzzRounds(default: 4000) {
            var bytes = sources.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                let end = min(index + Int.random(in: 0...8, using: &generator), bytes.count)
                if Bool.random(using: &generator) {
                    // A whole attribute value.
                    let open = bytes[index...].firstIndex(of: UInt8(ascii: "\"")) ?? index
                    let close = bytes[min(open + 1, bytes.count)...].firstIndex(of: UInt8(ascii: "\"")) ?? open
                    if close > open {
                        bytes.replaceSubrange(open + 1..<close, with: words.randomElement(using: &generator) ?? [])
                    }
                } else {
                    bytes.replaceSubrange(index..<end, with: words.randomElement(using: &generator) ?? [])
                }
            }
            guard let mpd = try? MPD(parsing: bytes) else { continue }
            #expect((try? MPD(text: mpd.serialized())) == mpd)
            guard let presentation = try? mpd.presentation(at: Manifests.url) else { continue }
            for track in presentation.switchingSets.flatMap(\.tracks) {
                #expect(track.timescale > 0 && !track.segments.isEmpty)
                #expect(track.segments.allSatisfy { $0.duration > 0 && $0.start >= 0 })
            }
        }
    }
}
