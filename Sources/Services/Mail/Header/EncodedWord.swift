/// Encoded words (RFC 2047): text beyond ASCII in header fields that may only hold ASCII.
package enum EncodedWord {
    /// Replaces the encoded words in `text`; what only looks like one stays.
    ///
    /// - Parameter text: unfolded.
    package static func decode(_ text: some StringProtocol) -> String {
        let octets = Array(text.utf8)
        guard octets.contains(UInt8(ascii: "?")) else { return String(text) }
        var result: [UInt8] = []
        // A character may be split over words of the same kind, as some writers do against §5.
        var pending: (charset: String, octets: [UInt8])?
        var gap: [UInt8] = []
        func flush() {
            if let word = pending { result += Array(CharacterSet.decode(word.octets, as: word.charset).utf8) }
            pending = nil
        }
        var index = 0
        while index < octets.count {
            if octets[index] == UInt8(ascii: "="), let word = word(octets, at: index) {
                // White space between two encoded words is none (§6.2).
                if let last = pending, last.charset == word.charset {
                    pending?.octets += word.octets
                } else {
                    if pending == nil { result += gap }
                    flush()
                    pending = (word.charset, word.octets)
                }
                gap = []
                index = word.end
            } else if pending != nil, AddressScanner.isWhitespace(octets[index]) {
                gap.append(octets[index])
                index += 1
            } else {
                flush()
                result += gap
                gap = []
                result.append(octets[index])
                index += 1
            }
        }
        flush()
        result += gap
        return String(decoding: result, as: UTF8.self)
    }

    /// `=?charset?encoding?text?=` at `start`.
    private static func word(
        _ octets: [UInt8], at start: Int
    ) -> (charset: String, octets: [UInt8], end: Int)? {
        guard start + 1 < octets.count, octets[start + 1] == UInt8(ascii: "?") else { return nil }
        // Longer than the 75 of §2, as some writers are, but not without end.
        let limit = min(octets.count, start + 1000)
        var marks: [Int] = []
        var index = start + 2
        while index < limit, marks.count < 3 {
            let octet = octets[index]
            if octet == UInt8(ascii: "?") {
                marks.append(index)
            } else if marks.count < 2, octet <= 0x20 || octet >= 0x7F {
                return nil
            }
            index += 1
        }
        guard marks.count == 3, index < octets.count, octets[index] == UInt8(ascii: "="), marks[1] == marks[0] + 2
        else {
            return nil
        }
        // RFC 2231 §5 puts a language behind the character set.
        let charset = String(decoding: octets[(start + 2)..<marks[0]], as: UTF8.self).prefix { $0 != "*" }.lowercased()
        let content = octets[(marks[1] + 1)..<marks[2]]
        let decoded: [UInt8]
        switch octets[marks[0] + 1] {
        case UInt8(ascii: "B"), UInt8(ascii: "b"): decoded = Base64.decode(content)
        case UInt8(ascii: "Q"), UInt8(ascii: "q"):
            decoded = QuotedPrintable.decode(content.map { $0 == UInt8(ascii: "_") ? 0x20 : $0 })
        default: return nil
        }
        return charset.isEmpty ? nil : (charset, decoded, index + 1)
    }

    /// Writes text so that it only has printable ASCII; unchanged if it has nothing else, could not be mistaken for an
    /// encoded word, and can be folded into lines (RFC 5322 §2.1.1). Words are separated by spaces, each of at most 75
    /// octets with whole characters in it.
    ///
    /// - Parameters:
    ///   - text: without line ends.
    ///   - column: octets before it on its line, which may have 76 (§2): the first word is shorter for that, but no shorter
    ///     than a character needs.
    package static func encode(_ text: String, behind column: Int = 1) -> String {
        guard
            !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) || text.contains("=?")
                || longestRun(text) > maximumRun
        else { return text }
        return words(text, behind: column).joined(separator: " ")
    }

    /// Octets without a place to fold that are left to stand: with a field's name and an address behind it, a line has
    /// fewer than 998.
    private static let maximumRun = 500

    /// Octets of the longest white space and what follows it up to the next.
    private static func longestRun(_ text: String) -> Int {
        var (longest, run) = (0, 0)
        var isInWord = false
        for octet in text.utf8 {
            if octet == 0x20, isInWord { run = 0 }
            isInWord = octet != 0x20
            run += 1
            longest = max(longest, run)
        }
        return longest
    }

    /// `text` as encoded words in UTF-8, in base64 or Q, whichever is shorter.
    private static func words(_ text: String, behind column: Int) -> [String] {
        let plain = text.utf8.count(where: isPlain)
        let isBase64 = plain + 3 * (text.utf8.count - plain) > text.utf8.count * 4 / 3
        let (start, end) = (isBase64 ? "=?utf-8?b?" : "=?utf-8?q?", "?=")
        // Octets of 75 that are left; base64 needs four for three. A character has twelve at most.
        var room = max(12, min(75, 76 - column) - start.utf8.count - end.utf8.count)
        var words: [String] = []
        var piece: [UInt8] = []
        var cost = 0
        func flush() {
            guard !piece.isEmpty else { return }
            let content = isBase64 ? Base64.encode(piece) : piece.map(encodeQ).joined()
            words.append(start + content + end)
            piece = []
            cost = 0
            room = 75 - start.utf8.count - end.utf8.count
        }
        for scalar in text.unicodeScalars {
            let octets = Array(String(scalar).utf8)
            let more = isBase64 ? octets.count : octets.reduce(0) { $0 + (isPlain($1) ? 1 : 3) }
            if cost + more > (isBase64 ? room / 4 * 3 : room) { flush() }
            piece += octets
            cost += more
        }
        flush()
        return words
    }

    /// What Q may leave as it is anywhere, in phrases too (§5 (3)); the space becomes one octet as well.
    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "):
            true
        default: "!*+-/".utf8.contains(octet)
        }
    }

    private static func encodeQ(_ octet: UInt8) -> String {
        if octet == 0x20 { return "_" }
        return isPlain(octet) ? String(UnicodeScalar(octet)) : "=" + Hexadecimal.encode(octet)
    }
}

/// Two hexadecimal digits for an octet.
enum Hexadecimal {
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func encode(_ octet: UInt8) -> String {
        String(decoding: [digits[Int(octet >> 4)], digits[Int(octet & 15)]], as: UTF8.self)
    }

    static func decode(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = value(high), let low = value(low) else { return nil }
        return high << 4 | low
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
