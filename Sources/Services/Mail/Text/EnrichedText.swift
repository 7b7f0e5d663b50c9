/// Text out of `text/enriched` (RFC 1896) and of what was before it, `text/richtext` (RFC 1341 §7.1.3).
enum EnrichedText {
    /// - Parameters:
    ///   - text: lines that end with LF.
    ///   - isRichText: whether it is of the older kind, in which lines end where `<nl>` says so.
    /// - Returns: the text without commands and their parameters; of line ends those that are meant.
    static func plain(_ text: String, isRichText: Bool) -> String {
        let octets = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        var position = 0
        /// How deep in text that is broken into lines as it stands.
        var unfilled = 0
        /// How deep in what is no text.
        var hidden = 0
        while position < octets.count {
            let octet = octets[position]
            if octet == UInt8(ascii: "<") {
                if !isRichText, position + 1 < octets.count, octets[position + 1] == octet {
                    if hidden == 0 { result.append(octet) }
                    position += 2
                    continue
                }
                // A command has sixty characters at most; what only looks like one is text.
                if let end = octets[position...].prefix(64).firstIndex(of: UInt8(ascii: ">")) {
                    let isEnd = octets[position + 1] == UInt8(ascii: "/")
                    let name = String(decoding: octets[(position + (isEnd ? 2 : 1))..<end], as: UTF8.self).lowercased()
                    position = end + 1
                    switch name {
                    case "param", "comment": hidden = max(0, hidden + (isEnd ? -1 : 1))
                    case "nofill", "verbatim": unfilled = max(0, unfilled + (isEnd ? -1 : 1))
                    case "lt" where isRichText && hidden == 0: result.append(UInt8(ascii: "<"))
                    case "nl" where isRichText && hidden == 0: result.append(0x0A)
                    case "np" where isRichText && hidden == 0: result += [0x0A, 0x0A]
                    case "paragraph" where isRichText && isEnd && hidden == 0: result += [0x0A, 0x0A]
                    default: break
                    }
                    continue
                }
            }
            if octet == 0x0A, unfilled == 0 {
                let end = octets[position...].firstIndex { $0 != 0x0A } ?? octets.count
                let count = end - position
                // One is a space, of several the first is none.
                if hidden == 0 {
                    result += isRichText || count == 1 ? [0x20] : [UInt8](repeating: 0x0A, count: count - 1)
                }
                position = end
                continue
            }
            if hidden == 0 { result.append(octet) }
            position += 1
        }
        while result.last == 0x20 { result.removeLast() }
        if !result.isEmpty, result.last != 0x0A { result.append(0x0A) }
        return String(decoding: result, as: UTF8.self)
    }
}
