internal import Foundation

/// What of the URLs in messages is let through (HTML Living Standard §4.6, URL Standard).
enum SafeURL {
    /// Octets of a URL that is let through.
    static let maximumLength = 8192

    /// A place that people may follow: `http`, `https`, `tel`, a fragment of the message itself; for `mailto` the page on which
    /// messages are written.
    ///
    /// - Returns: ASCII without quotation marks, brackets and spaces; nil for anything else.
    static func link(_ text: String) -> String? {
        guard let text = tidy(text) else { return nil }
        if text.hasPrefix("#") { return text.count > 1 ? encode(text) : nil }
        switch scheme(text) {
        case "http", "https": return web(text)
        case "mailto": return MailtoLink.compose(text)
        case "tel": return encode(text)
        default: return text.hasPrefix("//") ? web("https:" + text) : nil
        }
    }

    /// Where a picture is.
    enum Picture: Hashable {
        /// In the message: the `Content-ID`, without brackets.
        case part(String)
        /// On another host.
        case remote(String)
        /// In the URL itself, in a format of pixels.
        case data(String)
    }

    static func picture(_ text: String) -> Picture? {
        guard let text = tidy(text, longest: 1 << 20) else { return nil }
        switch scheme(text) {
        case "http", "https": return web(text).map { .remote($0) }
        case "cid":
            let id = text.dropFirst(4).removingPercentEncoding ?? String(text.dropFirst(4))
            return id.isEmpty ? nil : .part(id.trimmingCharacters(in: ["<", ">"]))
        case "data":
            guard let comma = text.firstIndex(of: ","),
                ["gif", "jpeg", "png", "webp"].contains(where: {
                    text[..<comma].lowercased() == "data:image/\($0);base64"
                })
            else { return nil }
            let content = text[text.index(after: comma)...]
            guard content.utf8.allSatisfy({ isAlphanumeric($0) || "+/=".utf8.contains($0) }) else { return nil }
            return .data(text[..<comma].lowercased() + "," + content)
        default: return text.hasPrefix("//") ? web("https:" + text).map { .remote($0) } : nil
        }
    }

    /// Without what browsers leave out of URLs: white space around, line ends and tabs within. Nil when it is too long or has
    /// other control characters.
    private static func tidy(_ text: String, longest: Int = maximumLength) -> String? {
        guard text.utf8.count <= longest else { return nil }
        var scalars = text.unicodeScalars.filter { $0 != "\t" && $0 != "\n" && $0 != "\r" }
        while let first = scalars.first, first.value <= 0x20 { scalars.removeFirst() }
        while let last = scalars.last, last.value <= 0x20 { scalars.removeLast() }
        guard !scalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return nil }
        return String(String.UnicodeScalarView(scalars))
    }

    /// What stands before the colon, in lower case; nil when that is no scheme.
    private static func scheme(_ text: String) -> String? {
        let octets = Array(text.utf8.prefix(32))
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")), let first = octets.first, isLetter(first),
            octets[..<colon].allSatisfy({ isAlphanumeric($0) || "+-.".utf8.contains($0) })
        else { return nil }
        return String(decoding: octets[..<colon], as: UTF8.self).lowercased()
    }

    /// `https://host…`, the scheme in lower case.
    private static func web(_ text: String) -> String? {
        guard let colon = text.unicodeScalars.firstIndex(of: ":") else { return nil }
        let rest = text[text.unicodeScalars.index(after: colon)...]
        guard rest.unicodeScalars.starts(with: "//".unicodeScalars) else { return nil }
        let host = rest.unicodeScalars.dropFirst(2).prefix { !"/?#\\".unicodeScalars.contains($0) }
        guard !host.isEmpty, host.first != ":", host.first != "@" else { return nil }
        return encode(text[..<colon].lowercased() + ":" + rest)
    }

    /// Percent signs and digits for what has no place in URLs, or in markup; what is encoded already stays.
    private static func encode(_ text: String) -> String {
        var result = ""
        for octet in text.utf8 {
            if isAlphanumeric(octet) || "-._~:/?#[]@!$&()*+,;=%".utf8.contains(octet) {
                result.unicodeScalars.append(Unicode.Scalar(octet))
            } else {
                let digits = String(octet, radix: 16, uppercase: true)
                result += octet < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }

    private static func isLetter(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20)
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        isLetter(octet) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
    }
}
