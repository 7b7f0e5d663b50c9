internal import Foundation

/// Plain text as HTML: links can be followed, quoted lines are told apart.
enum PlainTextPage {
    /// Octets that are shown.
    static let maximumLength = 1 << 20

    /// - Parameter text: with line ends of any kind.
    /// - Returns: phrasing content for a `pre`, lines separated by LF, and whether some is missing.
    static func render(_ text: String) -> (html: String, isTruncated: Bool) {
        let isTruncated = text.utf8.count > maximumLength
        let shown = isTruncated ? String(decoding: text.utf8.prefix(maximumLength), as: UTF8.self) : text
        var html = ""
        html.reserveCapacity(shown.utf8.count * 5 / 4)
        var level = 0
        for line in lines(shown) {
            let next = quotation(line)
            if next != level {
                if level > 0 { html += "</span>" }
                if next > 0 { html += "<span class=\"quote quote-\(min(next, 4))\">" }
                level = next
            }
            append(line, to: &html)
            html += "\n"
        }
        if level > 0 { html += "</span>" }
        return (html, isTruncated)
    }

    /// Lines without their ends; an empty last one is none.
    static func lines(_ text: String) -> [Substring] {
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// How often a line is quoted: `> > text` is 2.
    private static func quotation(_ line: Substring) -> Int {
        var level = 0
        for scalar in line.unicodeScalars.prefix(100) {
            if scalar == ">" {
                level += 1
            } else if scalar != " " || level == 0 {
                break
            }
        }
        return level
    }

    private static func append(_ line: Substring, to html: inout String) {
        let octets = Array(line.utf8)
        var shown = 0
        var index = 0
        while index < octets.count {
            guard octets[index] == UInt8(ascii: "h"), index == 0 || !isWord(octets[index - 1]),
                startsURL(octets[index...])
            else {
                index += 1
                continue
            }
            var end = octets[index...].firstIndex { $0 <= 0x20 || "<>\"'`{}|\\^".utf8.contains($0) } ?? octets.count
            // What ends a sentence does not belong to the URL, nor does a bracket that was not opened in it.
            let opensBracket = octets[index..<end].contains(UInt8(ascii: "("))
            while end > index, ".,;:!?".utf8.contains(octets[end - 1]) || (octets[end - 1] == 0x29 && !opensBracket) {
                end -= 1
            }
            let url = String(decoding: octets[index..<end], as: UTF8.self)
            if let address = SafeURL.link(url) {
                MarkupText.append(String(decoding: octets[shown..<index], as: UTF8.self), to: &html)
                html +=
                    "<a href=\"\(MarkupText.escape(address))\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">"
                MarkupText.append(url, to: &html)
                html += "</a>"
                shown = end
            }
            index = max(end, index + 1)
        }
        MarkupText.append(String(decoding: octets[shown...], as: UTF8.self), to: &html)
    }

    private static func startsURL(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.starts(with: "https://".utf8) || octets.starts(with: "http://".utf8)
    }

    private static func isWord(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet | 0x20)
    }
}
