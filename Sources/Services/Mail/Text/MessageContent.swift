/// What a person reads of a message, and what files come with it.
package struct MessageContent: Sendable, Hashable {
    /// A part that is a file.
    package struct Attachment: Sendable, Hashable {
        package var part: MIMEPart
        /// IMAP's section number (RFC 9051 §6.4.5.1), such as `[2, 1]`.
        package var number: [Int]
        /// Whether it is seen in the text in HTML: a picture that this names by `Content-ID`, and that is not said to be an
        /// attachment.
        package var isInline: Bool
    }

    /// The parts that make the text, in their order: plain, enriched or HTML.
    package private(set) var texts: [MIMEPart] = []
    /// All other parts that hold something.
    package private(set) var attachments: [Attachment] = []

    /// Octets of an encoded part that are decoded at most, by custom.
    package static let customaryLimit = 1 << 20

    /// Pictures that consist of pixels: those that are shown within a text.
    package static let pictureTypes: Set<String> = [
        "image/gif", "image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/webp",
    ]

    /// - Parameters:
    ///   - message: its structure.
    ///   - octets: all of it, to see which alternatives say something, and which pictures belong to the text.
    ///   - prefersHTML: whether of two alternatives the one in HTML is wanted.
    ///   - limit: octets of an encoded part in HTML that are searched for pictures at most.
    package init(
        _ message: MIMEPart, of octets: some RandomAccessCollection<UInt8>, prefersHTML: Bool = false,
        limit: Int = customaryLimit
    ) {
        let walk = Walk(octets: octets, prefersHTML: prefersHTML)
        let found = walk.visit(message, message.isMultipart ? [] : [1])
        (texts, attachments) = (found.texts.map(\.part), found.attachments)
        findPictures(octets, limit)
    }

    /// Sees which pictures belong to the text.
    private mutating func findPictures(_ octets: some RandomAccessCollection<UInt8>, _ limit: Int) {
        let pictures = attachments.indices.filter { index in
            let part = attachments[index].part
            return part.id != nil && Self.pictureTypes.contains(part.mediaType)
        }
        guard pictures.contains(where: { attachments[$0].part.disposition?.value != "attachment" }) else { return }
        var named: Set<String> = []
        for text in texts where text.subtype == "html" {
            named.formUnion(HTMLPictures.contentIDs(in: text.text(of: octets, limit: limit)))
        }
        // Of several of one name the first is the one that is seen.
        for index in pictures {
            guard let id = attachments[index].part.bareID, named.remove(id) != nil else { continue }
            attachments[index].isInline = attachments[index].part.disposition?.value != "attachment"
        }
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

    /// What its calendar objects say, such as invitations; each once, ten at most.
    ///
    /// - Parameters:
    ///   - octets: the whole message.
    ///   - limit: octets of each part that are decoded at most, encoded as they are.
    package func events(
        of octets: some RandomAccessCollection<UInt8>, limit: Int = customaryLimit
    ) -> [CalendarEvent] {
        var events: [CalendarEvent] = []
        // Many send the same in two forms, for who knows one of them.
        for part in attachments.lazy.map(\.part).filter(\.isCalendar).prefix(4) {
            for event in part.events(of: octets, limit: limit)
            where events.count < CalendarEvent.maximumCount && !events.contains(event) {
                events.append(event)
            }
        }
        return events
    }

    private struct Walk<Octets: RandomAccessCollection<UInt8>> {
        let octets: Octets
        let prefersHTML: Bool

        struct Found {
            var texts: [Attachment] = []
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
            case "related": return related(found, children, part.parameter("start"))
            default: return found.reduce(into: Found()) { $0.add($1) }
            }
        }

        private static var textTypes: Set<String> { ["plain", "html", "enriched", "richtext"] }

        private func leaf(_ part: MIMEPart, _ number: [Int]) -> Found {
            var found = Found()
            let isText =
                part.type == "text" && Self.textTypes.contains(part.subtype) && part.disposition?.value != "attachment"
            let attachment = Attachment(part: part, number: number, isInline: false)
            if isText { found.texts.append(attachment) }
            if !isText || part.fileName != nil { found.attachments.append(attachment) }
            return found
        }

        /// The last one is the best in its writer's opinion (RFC 2046 §5.1.4); here the plain one is, if it says
        /// something. Files count whichever they are in.
        private func alternatives(_ found: [Found]) -> Found {
            var result = Found()
            for alternative in found {
                // The same in other words is no file.
                result.attachments += alternative.attachments.filter { file in
                    file.part.disposition?.value == "attachment" || file.part.type != "text"
                        || !(Self.textTypes.contains(file.part.subtype) || file.part.subtype == "x-amp-html")
                }
            }
            let readable = found.map(\.texts).filter { texts in texts.contains { !isBlank($0.part) } }
            let isHTML = { (texts: [Attachment]) in texts.contains { $0.part.subtype == "html" } }
            let wanted = prefersHTML ? readable.last(where: isHTML) : readable.first { !isHTML($0) }
            result.texts = wanted ?? readable.first ?? []
            return result
        }

        /// One part is what is to be read, the first if none is named (RFC 2387 §3.2); all others are files, which it may
        /// show.
        private func related(_ found: [Found], _ children: [MIMEPart], _ start: String?) -> Found {
            let name = start.map(MIMEPart.bare)
            let root = name.flatMap { name in children.firstIndex { $0.bareID == name } } ?? 0
            var result = Found()
            for (index, other) in found.enumerated() {
                if index == root {
                    result.add(other)
                } else {
                    let named = Set(other.attachments.map(\.number))
                    let texts = other.texts.filter { !named.contains($0.number) }
                    result.attachments += texts + other.attachments
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
