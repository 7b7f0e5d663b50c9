internal import Foundation

/// Pieces of records' data as master files write them.
enum RecordText {
    // MARK: Writing

    /// The data of a record as text.
    static func text(of data: [UInt8], _ type: RecordType) -> String {
        guard let fields = type.fields else { return unknown(data) }
        var words: [String] = []
        var position = 0
        for field in fields {
            let length = field.length(in: data, at: position)
            let value = data[position..<position + length]
            position += length
            switch field {
            case .strings:
                var rest = value
                while let count = rest.popFirst() {
                    words.append("\"\(escaped(rest.prefix(Int(count)), quoted: true))\"")
                    rest = rest.dropFirst(Int(count))
                }
            case .parameters: words += ServiceParameters.text(value)
            case .types: words += TypeBitMap.types(value).map(\.description)
            default: words.append(text(of: value, field))
            }
        }
        return words.joined(separator: " ")
    }

    private static func text(of value: ArraySlice<UInt8>, _ field: RecordField) -> String {
        switch field {
        case .octet, .short, .long, .duration: String(number(value))
        case .type: RecordType(rawValue: UInt16(number(value))).description
        case .time: ZoneTime.text(UInt32(number(value)))
        case .address4, .address6: IPAddress(octets: value)?.description ?? ""
        case .name: DomainName(unchecked: Array(value)).description
        case .string: "\"\(escaped(value.dropFirst(), quoted: true))\""
        case .tag: String(decoding: value.dropFirst(), as: UTF8.self)
        case .text: "\"\(escaped(value, quoted: true))\""
        case .hexadecimal: value.isEmpty ? "" : hexadecimal(value)
        case .salt: value.count < 2 ? "-" : hexadecimal(value.dropFirst())
        case .hash: base32(Array(value.dropFirst()))
        case .base64: base64(Array(value))
        case .strings, .types, .parameters: ""
        }
    }

    /// RFC 3597 §5: what any type can be written as.
    static func unknown(_ data: [UInt8]) -> String {
        data.isEmpty ? "\\# 0" : "\\# \(data.count) \(hexadecimal(data[...]))"
    }

    static func number(_ value: ArraySlice<UInt8>) -> UInt64 { value.reduce(0) { $0 << 8 | UInt64($1) } }

    /// - Parameter quoted: whether quotation marks stand around it, so that spaces need nothing.
    static func escaped(_ octets: some Sequence<UInt8>, quoted: Bool) -> String {
        var text = ""
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(octet))
            case UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"):
                text += (quoted ? "" : "\\") + String(UnicodeScalar(octet))
            case 0x20 where quoted: text += " "
            case 0x21...0x7E: text.unicodeScalars.append(UnicodeScalar(octet))
            default: text += "\\" + DomainName.digits(octet)
            }
        }
        return text
    }

    static func hexadecimal(_ octets: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF")
        return String(octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    static func base64(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }

    /// RFC 4648 §7, without padding, as NSEC3 has it.
    static func base32(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUV")
        var (text, bits, count) = ("", 0, 0)
        for octet in octets {
            (bits, count) = ((bits << 8 | Int(octet)) & 0xFFFF, count + 8)
            while count >= 5 {
                count -= 5
                text.append(digits[bits >> count & 31])
            }
        }
        if count > 0 { text.append(digits[bits << (5 - count) & 31]) }
        return text
    }

    // MARK: Reading

    static func base64(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }

    static func base32(_ text: String) -> [UInt8]? {
        var (octets, bits, count) = ([UInt8](), 0, 0)
        for character in text.uppercased().utf8 {
            let value: Int
            switch character {
            case 48...57: value = Int(character) - 48
            case 65...86: value = Int(character) - 55
            default: return nil
            }
            (bits, count) = ((bits << 5 | value) & 0xFFFF, count + 5)
            if count >= 8 {
                count -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return octets
    }

    static func octets(hexadecimal text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var octets: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexDigit(digits[index]), let low = hexDigit(digits[index + 1]) else { return nil }
            octets.append(high << 4 | low)
        }
        return octets
    }

    private static func hexDigit(_ character: UInt8) -> UInt8? {
        switch character {
        case 48...57: character - 48
        case 65...70: character - 55
        case 97...102: character - 87
        default: nil
        }
    }
}

/// Types of records as a bit map (RFC 4034 §4.1.2).
enum TypeBitMap {
    static func types(_ map: ArraySlice<UInt8>) -> [RecordType] {
        var (types, rest) = ([RecordType](), map)
        while let window = rest.popFirst(), let length = rest.popFirst() {
            for (index, octet) in rest.prefix(Int(length)).enumerated() {
                for bit in 0..<8 where octet & (0x80 >> UInt8(bit)) != 0 {
                    types.append(RecordType(rawValue: UInt16(window) << 8 | UInt16(index * 8 + bit)))
                }
            }
            rest = rest.dropFirst(Int(length))
        }
        return types
    }

    static func map(_ types: some Sequence<RecordType>) -> [UInt8] {
        let windows = Dictionary(grouping: types) { $0.rawValue >> 8 }
        return windows.sorted { $0.key < $1.key }.flatMap { window, types in
            var octets = [UInt8](repeating: 0, count: 32)
            for type in types { octets[Int(type.rawValue & 255) / 8] |= 0x80 >> UInt8(type.rawValue & 7) }
            let length = (octets.lastIndex { $0 != 0 } ?? 0) + 1
            return [UInt8(window), UInt8(length)] + octets.prefix(length)
        }
    }
}

/// Times and durations of master files.
enum ZoneTime {
    /// Seconds, or numbers with units: `1w2d`, `1h30m`; nil for anything else.
    static func duration(_ text: some StringProtocol) -> UInt32? {
        if let number = UInt32(text), text.utf8.first != UInt8(ascii: "+") { return number }
        var (total, number): (UInt64, UInt64?) = (0, nil)
        for character in text.lowercased().utf8 {
            if (48...57).contains(character) {
                number = (number ?? 0) * 10 + UInt64(character - 48)
                guard number ?? 0 <= UInt64(UInt32.max) else { return nil }
                continue
            }
            let units: [UInt8: UInt64] = [0x73: 1, 0x6D: 60, 0x68: 3_600, 0x64: 86_400, 0x77: 604_800]
            guard let count = number, let unit = units[character] else { return nil }
            total += count * unit
            number = nil
        }
        guard number == nil, total <= UInt64(UInt32.max), !text.isEmpty else { return nil }
        return UInt32(total)
    }

    /// `YYYYMMDDHHmmSS` (RFC 4034 §3.2).
    static func text(_ seconds: UInt32) -> String {
        let (days, second) = (Int(seconds) / 86_400, Int(seconds) % 86_400)
        // Days since 0000-03-01 (proleptic Gregorian), as years of 365.2425 days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let day = shifted % 146_097
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let rest = day - (365 * year + year / 4 - year / 100)
        let month = (5 * rest + 2) / 153
        let parts = [
            (era * 400 + year + (month >= 10 ? 1 : 0), 4), ((month + 2) % 12 + 1, 2),
            (rest - (153 * month + 2) / 5 + 1, 2),
            (second / 3_600, 2), (second / 60 % 60, 2), (second % 60, 2),
        ]
        return parts.map { number, width in
            String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
        }.joined()
    }

    /// The opposite; nil for what is no date, or not in the range.
    static func time(_ text: String) -> UInt32? {
        let digits = Array(text.utf8)
        guard digits.count == 14, digits.allSatisfy({ (48...57).contains($0) }) else {
            return text.utf8.count <= 10 && text.utf8.first != UInt8(ascii: "+") ? UInt32(text) : nil
        }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + Int($1 - 48) } }
        let (year, month, day) = (number(0..<4), number(4..<6), number(6..<8))
        let (hour, minute, second) = (number(8..<10), number(10..<12), number(12..<14))
        guard (1970...2106).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second < 61
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return UInt32(exactly: days * 86_400 + hour * 3_600 + minute * 60 + second)
    }
}
