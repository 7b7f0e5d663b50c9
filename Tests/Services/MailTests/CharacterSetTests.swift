import Foundation
import TestSupport
import Testing

@testable import Mail

@Suite("Character sets")
struct CharacterSetTests {
    /// Octets of hexadecimal digits.
    static func octets(_ hexadecimal: String) -> [UInt8] {
        var rest = hexadecimal.utf8[...]
        var octets: [UInt8] = []
        while let high = rest.popFirst(), let low = rest.popFirst() {
            octets.append(Hexadecimal.decode(high, low) ?? 0)
        }
        return octets
    }

    @Test(
        "labels mean what mail under them is written in",
        arguments: [
            // More than the standard of the name has: GBK, Windows' code pages, the vendors' rows.
            ("gb2312", "D6ECE946BBF9", "朱镕基"), ("GBK", "D6ECE946BBF9", "朱镕基"), ("x-gbk", "D6ECE946BBF9", "朱镕基"),
            ("gb18030", "8139EE39", "㐀"), ("cp936", "D6EC", "朱"), ("gb_2312-80", "8139EE39", "㐀"),
            ("ks_c_5601-1987", "8C63B9E6B0A2C7CF", "똠방각하"), ("euc-kr", "8C63", "똠"), ("EUC-KR", "BEC8B3E7", "안녕"),
            ("windows-949", "8C63", "똠"), ("iso-2022-kr", "1B2429430E3E4833670F", "안녕"),
            ("shift_jis", "8740EEE0B18ABF", "①髙ｱ漢"), ("x-sjis", "8740EEE0", "①髙"), ("Shift-JIS", "5C7E", "\\~"),
            ("windows-31j", "8740", "①"), ("euc-jp", "C6FCBDCBADA18EB1", "日祝①ｱ"), ("x-euc-jp", "ADA1", "①"),
            ("iso-2022-jp", "1B2442467C4B5C1B2842", "日本"), ("ISO-2022-JP", "611B24422D211B284262", "a①b"),
            ("iso-2022-jp", "1B2849311B284A5C", "ｱ\\"), ("cp50221", "1B284931", "ｱ"),
            ("big5", "9DF79DEF20A4A4A4E5", "咗嘅 中文"), ("cp950", "A4A4A4E5", "中文"),
            // Hebrew, whichever way round.
            ("iso-8859-8", "F9ECE5ED", "שלום"), ("iso-8859-8-i", "F9ECE5ED", "שלום"),
            ("ISO-8859-8-E", "F9ECE5ED", "שלום"),
            ("logical", "F9ECE5ED", "שלום"),
            // Windows' quotation marks in what should have none.
            ("iso-8859-1", "938020E994", "“€ é”"), ("latin1", "938020E994", "“€ é”"), ("l1", "80", "€"),
            ("us-ascii", "93E994", "“é”"),
            ("ANSI_X3.4-1968", "93", "“"), ("windows-1252", "80", "€"), ("iso_8859-1:1987", "80", "€"),
            ("iso-8859-9", "8020F0DDFE", "€ ğİş"), ("latin5", "80F0", "€ğ"), ("tis-620", "93A1D3942080", "“กำ” €"),
            ("windows-874", "A1D3", "กำ"), ("iso-8859-11", "93A1", "“ก"),
            ("iso-8859-15", "A4A8", "€š"), ("latin-9", "A4", "€"), ("iso-8859-2", "A3F364BC", "Łódź"),
            ("l2", "A3", "Ł"),
            ("windows-1250", "A3F3649F", "Łódź"), ("iso-8859-13", "F0ED", "šķ"), ("iso-8859-7", "E1E2", "αβ"),
            ("windows-1253", "E1A2", "αΆ"), ("windows-1256", "E3D1CDC8C7", "مرحبا"), ("iso-8859-6-i", "E5D1", "مر"),
            ("koi8-r", "F0D2C9D7C5D4", "Привет"), ("koi", "F0D2", "Пр"), ("koi8-u", "BD", "Ґ"),
            ("x-cp1251", "CFF0E8E2E5F2", "Привет"),
            ("ibm866", "8FE0A8A2A5E2", "Привет"), ("x-mac-cyrillic", "8FF0E8E2E5F2", "Привет"),
            ("x-mac-roman", "8ED2", "é“"),
            // UTF.
            ("unicode-1-1-utf-8", "C3A9", "é"), ("utf8", "C3A9", "é"), ("utf-16", "FFFE6100E900", "aé"),
            ("utf-16", "FEFF006100E9", "aé"),
            ("utf-16", "6100E900", "aé"), ("utf-16be", "006100E9", "aé"), ("utf-7", "2B4A6A6F2D", "☺"),
            ("utf-8", "EFBBBF61", "a"), ("windows-1251", "EFBBBFC3A9", "é"),
            // Nobody knows.
            ("", "C3A9", "é"), ("", "E9", "é"), ("x-unknown", "93", "“"), ("nonsense-8", "E9", "é"),
            ("../../etc/passwd", "E9", "é"),
            ("utf-16//IGNORE", "61E9", "aé"), (" 'UTF-8' ", "C3A9", "é"), ("\"iso-8859-2\"", "A3", "Ł"),
        ])
    func labels(label: String, hexadecimal: String, expected: String) {
        #expect(CharacterSet.decode(Self.octets(hexadecimal), as: label) == expected)
    }

    @Test(
        "what means nothing is one character, and takes nothing of what follows with it",
        arguments: [
            ("utf-8", "61E962", "a\u{FFFD}b"), ("windows-1252", "618162", "a\u{FFFD}b"),
            ("gb2312", "61B0", "a\u{FFFD}"),
            ("gb2312", "813041", "\u{FFFD}0A"), ("gb2312", "FF41B0A1", "\u{FFFD}A啊"),
            ("euc-kr", "C9A1B0A1", "\u{FFFD}가"),
            ("euc-kr", "C841", "\u{FFFD}A"), ("shift_jis", "854041", "\u{FFFD}@A"), ("shift_jis", "82", "\u{FFFD}"),
            ("shift_jis", "FDB1", "\u{FFFD}ｱ"), ("euc-jp", "FFA4A2", "\u{FFFD}あ"),
            ("euc-jp", "A9A1A4A2", "\u{FFFD}あ"), ("euc-jp", "8FA3A1A4A2", "\u{FFFD}あ"), ("big5", "FFA4A4", "\u{FFFD}中"),
            ("iso-2022-jp", "1B2442467C4B", "日\u{FFFD}"), ("iso-2022-jp", "1B24", "\u{FFFD}$"),
            ("iso-2022-jp", "E961", "\u{FFFD}a"),
            ("iso-2022-jp", "1B2442467C0A61", "日\na"), ("utf-16be", "D8000061", "\u{FFFD}a"),
            ("utf-16le", "610062", "a\u{FFFD}"),
        ])
    func invalid(label: String, hexadecimal: String, expected: String) {
        #expect(CharacterSet.decode(Self.octets(hexadecimal), as: label) == expected)
    }

    @Test("what a converter holds back to see what follows is not lost")
    func heldBack() {
        // Vietnamese letters wait for their tone, two of Hong Kong's for their accent.
        #expect(CharacterSet.decode([0x78, 0xE2], as: "windows-1258") == "xâ")
        #expect(CharacterSet.decode([0xE2, 0xCC], as: "windows-1258") == "ầ")
        #expect(CharacterSet.decode([0x88, 0x66], as: "big5") == "Ê")
        #expect(CharacterSet.decode([0x88, 0x66, 0xFF, 0x61], as: "big5") == "Ê\u{FFFD}a")
        #expect(CharacterSet.decode([0x88, 0x62], as: "big5").unicodeScalars.map(\.value) == [0xCA, 0x304])
    }

    @Test("text longer than the room for a piece is whole")
    func long() {
        for count in [4094, 4095, 4096, 4097, 100_001] {
            let text = CharacterSet.decode([UInt8](repeating: 0xE9, count: count), as: "iso-8859-1")
            #expect(text == String(repeating: "é", count: count))
        }
        let broken = CharacterSet.decode([UInt8](repeating: 0xFF, count: 300_000), as: "shift_jis")
        #expect(broken.unicodeScalars.count == 300_000)
        #expect(broken.unicodeScalars.allSatisfy { $0 == "\u{FFFD}" })
    }

    @Test("words in headers and names of files go by the same labels")
    func headers() {
        #expect(EncodedWord.decode("=?ks_c_5601-1987?B?jGO55rCix88=?=") == "똠방각하")
        #expect(EncodedWord.decode("=?gb2312?Q?=D6=EC=E9F=BB=F9?=") == "朱镕基")
        #expect(FieldParameters("x; name*=shift_jis''%87%40.txt")["name"] == "①.txt")
    }

    @Test("each label of the table is one that something reads")
    func table() {
        for label in [
            "iso-8859-16", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-10", "iso-8859-14", "macintosh",
            "utf-32be", "windows-1254", "windows-1255", "windows-1257",
        ] {
            guard case .system(let name) = TextEncoding(label: label) else {
                Issue.record("\(label) is none of the system's")
                continue
            }
            // The Latin ones end with a letter of their own, where a guess would have said another, or is none at all.
            let octets: [UInt8] = label == "utf-32be" ? [0, 0, 0, 0x61] : [0x61]
            #expect(CharacterSet.decode(octets, .system(name)) == "a")
            #expect(name == name.uppercased())
        }
        #expect(CharacterSet.decode([0xA4], as: "iso-8859-16") == "€")
        #expect(
            CharacterSet.decode([0xD0], as: "iso-8859-10") == "Ð"
                && CharacterSet.decode([0xBD], as: "iso-8859-10") == "―")
        #expect(CharacterSet.decode([0xA1], as: "iso-8859-14") == "Ḃ")
        #expect(CharacterSet.decode([0xB6], as: "iso-8859-5") == "Ж")
        #expect(CharacterSet.decode([0xA1], as: "iso-8859-3") == "Ħ")
        #expect(CharacterSet.decode([0xA2], as: "iso-8859-4") == "ĸ")
        #expect(CharacterSet.decode([0xE0], as: "windows-1255") == "א")
        #expect(CharacterSet.decode([0xF0], as: "windows-1257") == "š")
    }

    // MARK: HTML

    @Test(
        "HTML without a label says itself what it is in",
        arguments: [
            ("<meta charset=koi8-r>", "Пр"), ("<META CHARSET='KOI8-R' />", "Пр"),
            ("<html><head><title>x</title><meta charset=\"koi8-r\">", "Пр"),
            ("<meta http-equiv=\"Content-Type\" content=\"text/html; charset=koi8-r\">", "Пр"),
            ("<meta content='text/html;charset=\"koi8-r\"' http-equiv=content-type>", "Пр"),
            ("<meta name=x content='charset=utf-8'><meta charset=koi8-r>", "Пр"),
            ("<meta charset=''><meta charset=koi8-r>", "Пр"),
            ("<meta charset=koi8-r><meta charset=utf-8>", "Пр"),
            ("<!-- <meta charset=utf-8> --><meta charset=koi8-r>", "Пр"),
            ("<style><meta charset=utf-8></style><meta charset=koi8-r>", "Пр"), ("<meta charset=x-unknown>", "ðÒ"),
            ("<p>", "ðÒ"),
            ("<meta name=x content='text/html; charset=koi8-r'>", "ðÒ"), ("<meta", "ðÒ"),
        ])
    func html(start: String, expected: String) {
        for header in ["text/html", "text/html; charset=us-ascii", "text/html; charset=\"\""] {
            let octets = Array("Content-Type: \(header)\r\n\r\n\(start)\n".utf8) + [0xF0, 0xD2]
            let part = MIMEParser().parse(octets)
            #expect(part.text(of: octets, limit: 1000) == "\(start)\n\(expected)", "\(header)")
            #expect(part.text(of: octets) == "\(start)\n\(expected)", "\(header)")
        }
    }

    @Test("what the part's header says goes before what its text says")
    func header() {
        let meta = "<meta charset=koi8-r>"
        for (type, expected) in [
            ("text/html; charset=iso-8859-1", "ðÒ"), ("text/plain", "ðÒ"), ("text/html; charset=windows-1251", "рТ"),
        ] {
            let octets = Array("Content-Type: \(type)\r\n\r\n\(meta)".utf8) + [0xF0, 0xD2]
            #expect(MIMEParser().parse(octets).text(of: octets, limit: 1000) == meta + expected)
        }
        // UTF-16 cannot be written so that this is read.
        let octets = Array("Content-Type: text/html\r\n\r\n<meta charset=utf-16>é".utf8)
        #expect(MIMEParser().parse(octets).text(of: octets, limit: 1000).hasSuffix("é"))
    }
}

@Suite("Randomised character sets")
struct RandomisedCharacterSetTests {
    @Test("whatever the octets are, ASCII before and behind them is found again")
    func anything() {
        var generator = SeededGenerator(seed: 44)
        let labels = [
            "gb18030", "big5", "euc-kr", "shift_jis", "euc-jp", "iso-2022-jp", "windows-1258", "utf-8", "tis-620",
            "koi8-r", "",
        ]
        for _ in 0..<fuzzRounds(default: 500) {
            let octets = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            for label in labels {
                let text = CharacterSet.decode(Array("start ".utf8) + octets + Array("\n\n\nend".utf8), as: label)
                #expect(text.utf8.starts(with: "start ".utf8), "\(label) \(octets)")
                #expect(text.hasSuffix("end"), "\(label) \(octets)")
            }
        }
    }

    @Test("Japanese text in seven bits is what it is in eight")
    func japanese() throws {
        var generator = SeededGenerator(seed: 45)
        for _ in 0..<fuzzRounds(default: 500) {
            var seven: [UInt8] = []
            var eight: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8, using: &generator) {
                switch Int.random(in: 0...2, using: &generator) {
                case 0:
                    seven += Array("\u{1B}(Ba".utf8)
                    eight += Array("a".utf8)
                case 1:
                    let kana = UInt8.random(in: 0x21...0x5F, using: &generator)
                    seven += Array("\u{1B}(I".utf8) + [kana]
                    eight += [0x8E, kana | 0x80]
                default:
                    let pair = [
                        UInt8.random(in: 0x30...0x4E, using: &generator),
                        UInt8.random(in: 0x21...0x7E, using: &generator),
                    ]
                    seven += Array("\u{1B}$B".utf8) + pair
                    eight += pair.map { $0 | 0x80 }
                }
            }
            #expect(
                CharacterSet.decode(seven, as: "iso-2022-jp") == CharacterSet.decode(eight, as: "euc-jp"), "\(seven)")
        }
    }
}
