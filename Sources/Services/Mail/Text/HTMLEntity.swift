/// Characters that HTML writes by name or number.
enum HTMLEntity {
    /// Takes one from where an ampersand stands; nil, and nothing is taken, when the ampersand is one of the text.
    static func take(_ octets: [UInt8], _ position: inout Int) -> String? {
        // The longest name of the table has eight letters; numbers may have zeros before them.
        let limit = min(octets.count, position + 12)
        var end = position + 1
        while end < limit, isName(octets[end]) { end += 1 }
        let name = octets[(position + 1)..<end]
        let isEnded = end < octets.count && octets[end] == UInt8(ascii: ";")
        guard let text = name.first == UInt8(ascii: "#") ? number(name.dropFirst()) : isEnded ? names[word(name)] : nil
        else { return nil }
        position = isEnded ? end + 1 : end
        return text
    }

    /// Text with all of them replaced.
    static func decode(_ octets: ArraySlice<UInt8>) -> String {
        let octets = Array(octets)
        var result: [UInt8] = []
        var position = 0
        while position < octets.count {
            if octets[position] == UInt8(ascii: "&"), let text = take(octets, &position) {
                result += Array(text.utf8)
            } else {
                result.append(octets[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func word(_ octets: ArraySlice<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }

    private static func isName(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "#"):
            true
        default: false
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> String? {
        let isHexadecimal = digits.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
        let text = word(isHexadecimal ? digits.dropFirst() : digits)
        guard let value = UInt32(text, radix: isHexadecimal ? 16 : 10) else { return nil }
        // Numbers of Windows-1252 are common, and HTML says what they mean.
        if (0x80...0x9F).contains(value) { return CharacterSet.decode([UInt8(value)], as: "windows-1252") }
        guard let scalar = Unicode.Scalar(value), value != 0 else { return "\u{FFFD}" }
        return value < 0x20 || value == 0x7F ? " " : String(scalar)
    }

    /// Those of HTML 4 that mail uses.
    private static let names: [String: String] = {
        var names = [
            "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "shy": "", "euro": "€",
            "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’", "sbquo": "‚", "ldquo": "“",
            "rdquo": "”", "bdquo": "„", "lsaquo": "‹", "rsaquo": "›", "bull": "•", "trade": "™", "larr": "←",
            "uarr": "↑", "rarr": "→", "darr": "↓", "harr": "↔", "minus": "−", "le": "≤", "ge": "≥", "ne": "≠",
            "asymp": "≈", "infin": "∞", "dagger": "†", "Dagger": "‡", "permil": "‰", "prime": "′", "Prime": "″",
            "oelig": "œ", "OElig": "Œ", "scaron": "š", "Scaron": "Š", "Yuml": "Ÿ", "fnof": "ƒ", "circ": "ˆ",
            "tilde": "˜", "ensp": " ", "emsp": " ", "thinsp": " ", "zwnj": "", "zwj": "\u{200D}", "lrm": "", "rlm": "",
            "check": "✓", "hearts": "♥", "spades": "♠", "clubs": "♣", "diams": "♦",
        ]
        // U+00A1 to U+00FF in their order.
        let latin = """
            iexcl cent pound curren yen brvbar sect uml copy ordf laquo not - reg macr deg plusmn sup2 sup3 acute micro \
            para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
            Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times \
            Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave \
            eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave \
            uacute ucirc uuml yacute thorn yuml
            """
        for (offset, name) in latin.split(separator: " ").enumerated() where name != "-" {
            if let scalar = Unicode.Scalar(UInt32(0xA1 + offset)) { names[String(name)] = String(scalar) }
        }
        return names
    }()
}
