/// What a person reads of a message, and what files come with it.
package struct MessageContent: Sendable, Hashable {
    /// A part that is a file.
    package struct Attachment: Sendable, Hashable {
        package var part: MIMEPart
        /// IMAP's section number (RFC 9051 §6.4.5.1), such as `[2, 1]`.
        package var number: [Int]
        /// Whether it belongs to the text, as pictures in HTML do.
        package var isInline: Bool
    }

    /// The parts that make the text, in their order: plain text or HTML.
    package private(set) var texts: [MIMEPart] = []
    /// All other parts that hold something.
    package private(set) var attachments: [Attachment] = []

    /// Octets of an encoded part that are decoded at most, by custom.
    package static let customaryLimit = 1 << 20

    /// - Parameters:
    ///   - message: its structure.
    ///   - octets: all of it, to see which alternatives say something.
    ///   - prefersHTML: whether of two alternatives the one in HTML is wanted.
    package init(
        _ message: MIMEPart, of octets: some RandomAccessCollection<UInt8>, prefersHTML: Bool = false
    ) {
        let walk = Walk(octets: octets, prefersHTML: prefersHTML)
        let found = walk.visit(message, message.isMultipart ? [] : [1])
        (texts, attachments) = (found.texts, found.attachments)
    }

    /// Whether there are files besides the text and the pictures in it.
    package var hasAttachments: Bool { attachments.contains { !$0.isInline } }

    /// The text, HTML turned into plain text; line ends are LF.
    ///
    /// - Parameters:
    ///   - octets: the whole message.
    ///   - limit: octets of each part that are decoded at most, encoded as they are.
    package func text(of octets: some RandomAccessCollection<UInt8>, limit: Int = customaryLimit) -> String {
        texts.map { part in
            let text = part.text(of: octets, limit: limit)
            return part.subtype == "html" ? HTMLText.plain(text) : text
        }.joined(separator: "\n")
    }

    private struct Walk<Octets: RandomAccessCollection<UInt8>> {
        let octets: Octets
        let prefersHTML: Bool

        struct Found {
            var texts: [MIMEPart] = []
            var attachments: [Attachment] = []

            mutating func add(_ other: Found) {
                texts += other.texts
                attachments += other.attachments
            }
        }

        func visit(_ part: MIMEPart, _ number: [Int]) -> Found {
            guard case .multipart(let children) = part.content else { return leaf(part, number) }
            var found: [Found] = []
            for (index, child) in children.enumerated() { found.append(visit(child, number + [index + 1])) }
            switch part.subtype {
            case "alternative": return alternatives(found)
            case "related": return related(found)
            default: return found.reduce(into: Found()) { $0.add($1) }
            }
        }

        private func leaf(_ part: MIMEPart, _ number: [Int]) -> Found {
            var found = Found()
            let isText =
                part.type == "text" && ["plain", "html"].contains(part.subtype)
                && part.disposition?.value != "attachment"
            if isText { found.texts.append(part) }
            if !isText || part.fileName != nil {
                found.attachments.append(Attachment(part: part, number: number, isInline: false))
            }
            return found
        }

        /// The last one is the best in its writer's opinion (RFC 2046 §5.1.4); here the plain one is, if it says
        /// something. Files count whichever they are in.
        private func alternatives(_ found: [Found]) -> Found {
            var result = Found()
            for alternative in found {
                // An invitation beside the same in words is no file.
                result.attachments += alternative.attachments.filter {
                    $0.part.type != "text" || $0.part.disposition?.value == "attachment"
                }
            }
            let readable = found.map(\.texts).filter { texts in texts.contains { !isBlank($0) } }
            let isHTML = { (texts: [MIMEPart]) in texts.contains { $0.subtype == "html" } }
            let wanted = prefersHTML ? readable.last(where: isHTML) : readable.first { !isHTML($0) }
            result.texts = wanted ?? readable.first ?? []
            return result
        }

        /// What is beside the first part belongs to it.
        private func related(_ found: [Found]) -> Found {
            var result = found.first ?? Found()
            for other in found.dropFirst() {
                result.attachments += other.attachments.map {
                    var file = $0
                    file.isInline = file.part.id != nil || file.part.type == "image"
                    return file
                }
            }
            return result
        }

        private func isBlank(_ part: MIMEPart) -> Bool {
            // Nobody writes HTML to say nothing; what it says may stand behind much of style.
            part.subtype != "html" && part.text(of: octets, limit: 8192).allSatisfy { $0.isWhitespace }
        }
    }
}

extension MIMEPart {
    /// The body as text with line ends LF.
    ///
    /// - Parameters:
    ///   - octets: the whole message.
    ///   - limit: octets of the encoded body that are read at most.
    package func text(of octets: some RandomAccessCollection<UInt8>, limit: Int) -> String {
        var body = octets.dropFirst(self.body.lowerBound).prefix(min(limit, self.body.count))
        // Not in the midst of a character, where a line's end is near.
        if body.count < self.body.count, let end = body.suffix(1000).lastIndex(of: 0x0A) { body = body[...end] }
        let text = CharacterSet.decode(encoding.decode(body), as: parameter("charset") ?? "us-ascii")
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
