internal import Foundation

/// Reads the tokens of RFC 5321 §4.1.2 and RFC 5322 §3.2, one octet of UTF-8 after the other.
struct AddressScanner {
    let octets: [UInt8]
    var position = 0
    /// The last comment that ``skipComments()`` passed, without its brackets.
    var lastComment: String?
    /// Whether a comment had no end.
    private(set) var hasOpenComment = false

    init(_ text: some StringProtocol) { octets = Array(text.utf8) }

    var next: UInt8? { position < octets.count ? octets[position] : nil }
    var isAtEnd: Bool { position >= octets.count }

    mutating func take(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        position += 1
        return true
    }

    mutating func take(while condition: (UInt8) -> Bool) -> String {
        let start = position
        while let octet = next, condition(octet) { position += 1 }
        return String(decoding: octets[start..<position], as: UTF8.self)
    }

    /// `atext`, and everything beyond ASCII (RFC 6531 §3.3).
    static func isAtomText(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(octet)
        }
    }

    static func isWhitespace(_ octet: UInt8) -> Bool { octet == 0x20 || (0x09...0x0D).contains(octet) }

    /// White space and comments, which may nest.
    mutating func skipComments() {
        while let octet = next {
            if Self.isWhitespace(octet) {
                position += 1
            } else if octet == UInt8(ascii: "(") {
                lastComment = comment()
            } else {
                return
            }
        }
    }

    /// A comment; one that does not end goes to the end of the text.
    private mutating func comment() -> String {
        var depth = 0
        var content: [UInt8] = []
        while let octet = next {
            position += 1
            switch octet {
            case UInt8(ascii: "("):
                if depth > 0 { content.append(octet) }
                depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return Self.tidy(content) }
                content.append(octet)
            case UInt8(ascii: "\\"):
                if let escaped = next {
                    content.append(escaped)
                    position += 1
                }
            default: content.append(octet)
            }
        }
        hasOpenComment = true
        return Self.tidy(content)
    }

    /// Text without line breaks, its white space reduced to single spaces.
    static func tidy(_ octets: some Sequence<UInt8>) -> String {
        let words = Array(octets).split(whereSeparator: isWhitespace)
        return String(decoding: Array(words.joined(separator: [0x20])), as: UTF8.self)
    }

    /// A quoted string, from its first quotation mark; nil when it has no second one or holds control characters.
    ///
    /// - Parameter isStrict: whether line breaks and tabs are refused, as RFC 5321 does; else they are left out.
    mutating func quotedString(isStrict: Bool) -> String? {
        let start = position
        guard take(UInt8(ascii: "\"")) else { return nil }
        var content: [UInt8] = []
        while let octet = next {
            position += 1
            switch octet {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = next, !isStrict || (0x20...0x7E).contains(escaped) else {
                    position = start
                    return nil
                }
                content.append(escaped)
                position += 1
            case 0x0D,
                0x0A where !isStrict:
                break
            case 0..<0x20 where isStrict, 0x7F where isStrict:
                position = start
                return nil
            default: content.append(octet)
            }
        }
        position = start
        return nil
    }

    // MARK: RFC 5321

    /// `Mailbox`.
    mutating func mailbox() -> MailAddress? {
        let start = position
        if let local = localPart(), take(UInt8(ascii: "@")), let domain = domain(),
            position - start <= MailAddress.maximumLength
        {
            return MailAddress(localPart: local, domain: domain)
        }
        position = start
        return nil
    }

    /// `Local-part`, without quotation marks.
    private mutating func localPart() -> String? {
        let local: String
        if next == UInt8(ascii: "\"") {
            guard let text = quotedString(isStrict: true) else { return nil }
            local = text
        } else {
            local = take { Self.isAtomText($0) || $0 == UInt8(ascii: ".") }
            guard Self.isDotString(local) else { return nil }
        }
        return local.utf8.count <= 64 ? local : nil
    }

    static func isDotString(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { isAtomText($0) || $0 == UInt8(ascii: ".") }
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }

    /// `Domain` or `address-literal`, the latter with its brackets.
    mutating func domain() -> String? {
        if next == UInt8(ascii: "[") {
            let start = position
            let literal = take { $0 != UInt8(ascii: "]") && $0 > 0x20 && $0 < 0x7F }
            guard take(UInt8(ascii: "]")), Self.isLiteral(literal.dropFirst()) else {
                position = start
                return nil
            }
            return literal + "]"
        }
        let text = take {
            $0 >= 0x80 || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
                || (Self.isAtomText($0) && Character(UnicodeScalar($0)).isLetter)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard (1...255).contains(text.utf8.count),
            text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isLabel)
        else { return nil }
        return text
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.unicodeScalars.count) && label.utf8.first != UInt8(ascii: "-")
            && label.utf8.last != UInt8(ascii: "-")
            && label.unicodeScalars.allSatisfy {
                $0.isASCII || !($0.properties.isWhitespace || $0.properties.generalCategory == .control)
            }
    }

    /// What may stand in the brackets of an address literal (RFC 5321 §4.1.3).
    private static func isLiteral(_ text: Substring) -> Bool {
        var address = in6_addr()
        if let colon = text.firstIndex(of: ":") {
            let tag = text[..<colon].lowercased()
            let rest = String(text[text.index(after: colon)...])
            guard tag == "ipv6" else { return false }
            return inet_pton(AF_INET6, rest, &address) == 1
        }
        return inet_pton(AF_INET, String(text), &address) == 1
    }
}
