/// A language as manifests name it, by an RFC 5646 tag, and as media files do, by three letters of ISO 639-2.
package struct LanguageTag: Sendable, Hashable, CustomStringConvertible {
    /// The tag with the shortest code of its language (RFC 5646 §2.2.1): `en`, `de-AT`, `gsw`.
    package let description: String
    /// ISO 639-2/T, three lowercase letters; `und` where the language has no such code.
    package let iso639: String

    /// Reads either form: `eng`, `ger`, `deu`, `de-AT`, `de_AT`; nil for what is neither, and for "undetermined".
    package init?(_ text: String) {
        let subtags = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
        // The grammar of `xs:language`, with a primary subtag as ISO 639 has it.
        guard let primary = subtags.first?.lowercased(), (2...3).contains(primary.utf8.count), subtags.count <= 8,
            primary.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }),
            subtags.dropFirst().allSatisfy({ subtag in
                (1...8).contains(subtag.utf8.count) && subtag.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            })
        else { return nil }
        let long = Self.terminological[primary] ?? Self.long[primary] ?? (primary.count == 3 ? primary : "und")
        guard primary != "und" else { return nil }
        iso639 = long
        description = ([Self.short[long] ?? primary] + subtags.dropFirst().map(String.init)).joined(separator: "-")
    }

    private static let long = table(codes)
    private static let short = Dictionary(uniqueKeysWithValues: long.map { ($1, $0) })
    private static let terminological = table(bibliographicCodes)

    private static func table(_ text: String) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: text.split(whereSeparator: \.isWhitespace).map { pair in
                (String(pair.prefix { $0 != ":" }), String(pair.suffix(3)))
            })
    }

    /// ISO 639-1 codes and those of ISO 639-2/T for the same languages.
    private static let codes = """
        aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul
        bh:bih bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv
        cy:cym da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin
        fj:fij fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv
        ht:hat hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl it:ita iu:iku ja:jpn
        jv:jav ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor
        ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri mk:mkd ml:mal
        mn:mon mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav
        ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron
        ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp
        ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur
        ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid
        yo:yor za:zha zh:zho zu:zul
        """

    /// ISO 639-2/B codes, as Matroska has them, that differ from those of ISO 639-2/T.
    private static let bibliographicCodes = """
        tib:bod cze:ces wel:cym ger:deu gre:ell baq:eus per:fas fre:fra arm:hye ice:isl geo:kat mao:mri mac:mkd
        may:msa bur:mya dut:nld rum:ron slo:slk alb:sqi chi:zho
        """
}
