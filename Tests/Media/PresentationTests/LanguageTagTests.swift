import Presentation
import Testing

@Suite("A language tag")
struct LanguageTagTests {
    @Test(
        "has a form for manifests and one for media files",
        arguments: [
            ("eng", "en", "eng"), ("en", "en", "eng"), ("ger", "de", "deu"), ("deu", "de", "deu"), ("DEU", "de", "deu"),
            ("de-AT", "de-AT", "deu"), ("zh_Hant_TW", "zh-Hant-TW", "zho"), ("chi", "zh", "zho"), ("gsw", "gsw", "gsw"),
            ("zxx", "zxx", "zxx"), ("xx", "xx", "und"),
        ])
    func forms(text: String, manifest: String, file: String) throws {
        let tag = try #require(LanguageTag(text))
        #expect(tag.description == manifest)
        #expect(tag.iso639 == file)
        #expect(LanguageTag(tag.description) == tag)
    }

    @Test(
        "is refused when it is none",
        arguments: [
            "", "und", "English (US)", "English", "e", "en-", "-en", "en us", "en-toolongtag", "\u{e4}b", "e\u{301}n",
        ])
    func refusal(text: String) { #expect(LanguageTag(text) == nil) }
}
