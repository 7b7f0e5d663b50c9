/// How text under a label is to be read: labels mean what mail and the web use them for, which often is more than the
/// standard of that name has (WHATWG Encoding §4.2).
enum TextEncoding: Sendable, Hashable {
    /// Nobody knows: UTF-8 if it is that, Windows-1252 if it is not.
    case unknown
    case utf8
    /// In the order of octets that a mark at the start says, without one the least first.
    case utf16
    /// With the additions that Japanese programs write.
    case iso2022JP
    /// By one of the system's converters.
    case system(String)

    /// - Parameter label: in any case; white space and quotation marks around it are left out.
    init(label: String) {
        let label = Self.tidy(label)
        if let encoding = Self.table[label] {
            self = encoding
        } else if !label.isEmpty, label.utf8.count <= 40, label.utf8.allSatisfy(Self.isOfName) {
            self = .system(label)
        } else {
            self = .unknown
        }
    }

    private static func tidy(_ label: String) -> String {
        let around: Set<UInt8> = [0x09, 0x0A, 0x0C, 0x0D, 0x20, UInt8(ascii: "\""), UInt8(ascii: "'")]
        var octets = label.lowercased().utf8[...]
        while let first = octets.first, around.contains(first) { octets.removeFirst() }
        while let last = octets.last, around.contains(last) { octets.removeLast() }
        return String(Substring(octets))
    }

    private static func isOfName(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) || "-_:.".utf8.contains(octet)
    }

    // MARK: The system's converters

    /// Whether text that only has octets below 128 is the same in ASCII; known of the names in the table.
    static func extendsASCII(_ name: String) -> Bool { names.contains(name) && !name.hasPrefix("UTF-") }

    /// Whether a converter may wait with a character for what follows it, so that it has to be asked for it before an octet
    /// that means nothing; not so with those that forget by that which characters they were shifted into.
    static func holdsBack(_ name: String) -> Bool {
        switch name {
        case "GB18030", "UHC", "CP932", "EUC-JP-MS", "UTF-7": false
        default: !name.hasPrefix("iso-2022")
        }
    }

    /// What octets of a converter's input belong together.
    enum Unit: Sendable, Hashable {
        case octet
        /// One, or two of which the first is above 127.
        case pair
        /// The same, but for katakana, which have one above 127.
        case shiftJIS
        /// Pairs, those after 0x8E included, and three after 0x8F.
        case extendedUnixCode
        case two, four

        /// How many octets a character that means nothing has.
        ///
        /// - Parameter octets: from where it begins; not empty.
        func invalidLength(_ octets: some Collection<UInt8>) -> Int {
            switch self {
            case .octet: return 1
            case .two: return 2
            case .four: return 4
            case .pair, .shiftJIS, .extendedUnixCode:
                // An octet of ASCII is never lost in what is broken before it.
                guard let first = octets.first, isLead(first) else { return 1 }
                let longest = self == .extendedUnixCode && first == 0x8F ? 3 : 2
                return 1 + octets.dropFirst().prefix(longest - 1).prefix { $0 >= 0x80 }.count
            }
        }

        private func isLead(_ octet: UInt8) -> Bool {
            switch self {
            case .shiftJIS: (0x81...0x9F).contains(octet) || (0xE0...0xFC).contains(octet)
            case .extendedUnixCode: (0xA1...0xFE).contains(octet) || octet == 0x8E || octet == 0x8F
            default: (0x81...0xFE).contains(octet)
            }
        }
    }

    static func unit(_ name: String) -> Unit {
        switch name {
        case "GB18030", "UHC", "BIG5-HKSCS": .pair
        case "CP932": .shiftJIS
        case "EUC-JP-MS": .extendedUnixCode
        case "UTF-16BE", "UTF-16LE": .two
        case "UTF-32BE", "UTF-32LE": .four
        default: .octet
        }
    }

    // MARK: Labels

    /// The standard's table, some labels more that occur in mail, and who reads them: ours, or glibc's converters.
    private static let labels = """
        utf8: unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 cp65001 utf-8-mac
        unknown: us-ascii ascii ansi_x3.4-1968 iso-ir-6 iso646-us csascii unknown-8bit x-unknown unknown x-user-defined
        utf16: utf-16 unicode csunicode iso-10646-ucs-2 ucs-2 unicodefeff
        iso2022jp: iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-ms cp50220 cp50221 cp50222
        UTF-16BE: utf-16be unicodefffe
        UTF-16LE: utf-16le
        UTF-32BE: utf-32be
        UTF-32LE: utf-32le
        UTF-7: utf-7 unicode-1-1-utf-7 csunicode11utf7 x-unicode-2-0-utf-7
        CP866: 866 cp866 csibm866 ibm866
        ISO-8859-2: csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
        ISO-8859-3: csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
        ISO-8859-4: csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
        ISO-8859-5: csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988
        ISO-8859-6: arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i \
        iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
        ISO-8859-7: csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 \
        iso_8859-7:1987 sun_eu_greek
        ISO-8859-8: csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 \
        iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical
        ISO-8859-10: csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6
        ISO-8859-13: iso-8859-13 iso8859-13 iso885913
        ISO-8859-14: iso-8859-14 iso8859-14 iso885914
        ISO-8859-15: csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 latin-9 latin9
        ISO-8859-16: iso-8859-16
        KOI8-R: cskoi8r koi koi8 koi8-r koi8_r
        KOI8-U: koi8-ru koi8-u
        MACINTOSH: csmacintosh mac macintosh x-mac-roman
        MAC-UK: x-mac-cyrillic x-mac-ukrainian
        CP874: dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 cp874 tis620
        CP1250: cp1250 windows-1250 x-cp1250
        CP1251: cp1251 windows-1251 x-cp1251
        CP1252: cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 \
        windows-1252 x-cp1252 latin-1 iso-8859-1-windows-3.1-latin-1
        CP1253: cp1253 windows-1253 x-cp1253
        CP1254: cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 \
        x-cp1254
        CP1255: cp1255 windows-1255 x-cp1255
        CP1256: cp1256 windows-1256 x-cp1256
        CP1257: cp1257 windows-1257 x-cp1257
        CP1258: cp1258 windows-1258 x-cp1258
        GB18030: chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936 windows-936 \
        ms936 euc-cn gb2312-80
        BIG5-HKSCS: big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 windows-950 big-5
        EUC-JP-MS: cseucpkdfmtjapanese euc-jp x-euc-jp eucjp cp51932
        CP932: csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932 windows-932 x-ms-cp932
        UHC: cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 cp949 \
        ms949 uhc ks_c_5601 euckr
        """

    private static let table: [String: TextEncoding] = {
        var table: [String: TextEncoding] = ["": .unknown]
        for line in labels.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let encoding: TextEncoding =
                switch words[0].dropLast() {
                case "utf8": .utf8
                case "unknown": .unknown
                case "utf16": .utf16
                case "iso2022jp": .iso2022JP
                case let name: .system(String(name))
                }
            for label in words.dropFirst() { table[label] = encoding }
        }
        return table
    }()

    private static let names: Set<String> = Set(
        table.values.compactMap { if case .system(let name) = $0 { name } else { nil } })
}
