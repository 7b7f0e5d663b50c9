extension MIMEPart {
    /// The body as a person reads it, with line ends LF: paragraphs that were broken into lines are whole (RFC 3676),
    /// `text/enriched` has lost its commands, HTML stays HTML.
    ///
    /// - Parameters:
    ///   - octets: the whole message.
    ///   - limit: octets of the encoded body that are read at most.
    package func text(of octets: some RandomAccessCollection<UInt8>, limit: Int) -> String {
        var body = octets.dropFirst(self.body.lowerBound).prefix(min(limit, self.body.count))
        // Not in the midst of a character, where a line's end is near.
        if body.count < self.body.count, let end = body.suffix(1000).lastIndex(of: 0x0A) { body = body[...end] }
        let text = Self.unixLines(decodedText(encoding.decode(body)))
        switch mediaType {
        case "text/plain" where parameter("format")?.lowercased() == "flowed":
            return FlowedText.unflow(text, deletesSpace: parameter("delsp")?.lowercased() == "yes")
        case "text/enriched": return EnrichedText.plain(text, isRichText: false)
        case "text/richtext": return EnrichedText.plain(text, isRichText: true)
        default: return text
        }
    }

    /// Text of a body whose transfer encoding is undone: in the part's character set, or, where it names none, in the one
    /// that HTML names itself.
    func decodedText(_ body: [UInt8]) -> String {
        let encoding = TextEncoding(label: parameter("charset") ?? "")
        guard encoding == .unknown, mediaType == "text/html", let name = HTMLCharset.declared(in: body) else {
            return CharacterSet.decode(body, encoding)
        }
        return CharacterSet.decode(body, as: name)
    }

    private static func unixLines(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var lines: [UInt8] = []
        lines.reserveCapacity(text.utf8.count)
        var last: UInt8 = 0
        for octet in text.utf8 {
            if octet == 0x0D {
                lines.append(0x0A)
            } else if octet != 0x0A || last != 0x0D {
                lines.append(octet)
            }
            last = octet
        }
        return String(decoding: lines, as: UTF8.self)
    }
}
