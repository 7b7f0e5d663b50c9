internal import Foundation

/// One field of a header (RFC 5322 §2.2).
package struct HeaderField: Sendable, Hashable {
    /// As it was written.
    package var name: String
    /// The octets behind the colon, without the white space around them; folded as they were written.
    package var rawValue: [UInt8]

    package init(_ name: String, _ value: String) {
        self.name = name
        rawValue = Array(value.utf8)
    }

    package init(name: String, rawValue: some Sequence<UInt8>) {
        self.name = name
        self.rawValue = Array(rawValue)
    }

    /// The value unfolded (RFC 5322 §2.2.3), encoded words still encoded.
    package var value: String {
        CharacterSet.guess(rawValue.filter { $0 != 0x0D && $0 != 0x0A })
    }

    /// The value for people: unfolded, encoded words decoded, no control characters.
    package var text: String {
        String(String.UnicodeScalarView(EncodedWord.decode(value).unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }

    /// Whether the field has this name, in any case (RFC 5322 §1.2.2).
    package func isNamed(_ other: String) -> Bool {
        name.utf8.count == other.utf8.count && name.lowercased() == other.lowercased()
    }

    /// Whether the text may stand as a field's name: printable ASCII without a colon (RFC 5322 §3.6.8).
    package static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 100
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
    }
}

/// A message's or a part's header, in order.
package struct Header: Sendable, Hashable {
    package var fields: [HeaderField] = []

    package init(_ fields: [HeaderField] = []) { self.fields = fields }

    /// The first field of that name, in any case.
    package subscript(_ name: String) -> HeaderField? { fields.first { $0.isNamed(name) } }

    /// All fields of that name, in order.
    package func all(_ name: String) -> [HeaderField] { fields.filter { $0.isNamed(name) } }

    /// Addresses of all fields of that name.
    package func addresses(_ name: String) -> MailAddressList {
        var list = MailAddressList([])
        for field in all(name) { list.entries += MailAddressList(field.value).entries }
        return list
    }

    /// The message's `Message-ID`, in its angle brackets; nil when there is none that makes sense.
    package var messageID: String? { self["Message-ID"].flatMap { Self.messageIDs($0.value).first } }

    /// What stands in angle brackets in `Message-ID`, `In-Reply-To` or `References`, with the brackets; a thousand at most.
    package static func messageIDs(_ value: String) -> [String] {
        value.split(separator: "<").dropFirst(value.hasPrefix("<") ? 0 : 1).prefix(1000).compactMap { piece in
            guard let end = piece.firstIndex(of: ">") else { return nil }
            let id = piece[..<end].filter { !$0.isWhitespace }
            return id.isEmpty ? nil : "<\(id)>"
        }
    }

    /// Reads the fields of a header; lines that are none are passed over.
    ///
    /// - Parameter octets: lines that end with CR LF, or with LF only, up to the empty line or to the end.
    package init(parsing octets: some Collection<UInt8>) {
        let octets = Array(octets)
        octets.withUnsafeBufferPointer { buffer in
            var parser = HeaderParser(buffer, from: 0, to: buffer.count)
            while let field = parser.next() { fields.append(field.field(buffer)) }
        }
    }
}

/// Finds header fields in a message, without copying.
struct HeaderParser {
    /// Where a field stands.
    struct Found {
        var name: Range<Int>
        /// Without the white space around it.
        var value: Range<Int>
        /// From its name to the end of its last line, with the line's end.
        var whole: Range<Int>

        func field(_ octets: UnsafeBufferPointer<UInt8>) -> HeaderField {
            HeaderField(name: String(decoding: octets[name], as: UTF8.self), rawValue: octets[value])
        }
    }

    private let octets: UnsafeBufferPointer<UInt8>
    private let end: Int
    /// Where the next line begins; after the last field, where the body does.
    private(set) var position: Int
    /// Lines that were passed, the empty one included.
    private(set) var lines = 0

    init(_ octets: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int) {
        self.octets = octets
        self.end = end
        position = start
    }

    /// The next field; nil at the end of the header, whose empty line is passed, too.
    mutating func next() -> Found? {
        while position < end {
            let start = position
            var lineEnd = Lines.next(octets, from: position, to: end)
            lines += 1
            position = lineEnd.next
            if lineEnd.content == start { return nil }
            // Lines that begin with white space go on with the field; one without anything else (`obs-FWS`) too.
            while position < end, octets[position] == 0x20 || octets[position] == 0x09 {
                lineEnd = Lines.next(octets, from: position, to: end)
                lines += 1
                position = lineEnd.next
            }
            var colon = start
            while colon < lineEnd.content, octets[colon] != UInt8(ascii: ":"), (0x21...0x7E).contains(octets[colon]) {
                colon += 1
            }
            let name = start..<colon
            // `obs-` fields may have white space before the colon.
            while colon < lineEnd.content, octets[colon] == 0x20 || octets[colon] == 0x09 { colon += 1 }
            guard !name.isEmpty, name.count <= 100, colon < lineEnd.content, octets[colon] == UInt8(ascii: ":") else {
                continue
            }
            var value = (colon + 1)..<lineEnd.content
            while let first = value.first, AddressScanner.isWhitespace(octets[first]) { value = value.dropFirst() }
            while let last = value.last, AddressScanner.isWhitespace(octets[last]) { value = value.dropLast() }
            return Found(name: name, value: value, whole: start..<position)
        }
        return nil
    }
}

/// Lines of messages as they are stored: CR LF ends one, and so does an LF alone.
enum Lines {
    /// The line that begins at `start`: where its content ends, and where the next one begins.
    static func next(
        _ octets: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
    ) -> (content: Int, next: Int) {
        guard start < end, let base = octets.baseAddress, let found = memchr(base + start, 0x0A, end - start) else {
            return (end, end)
        }
        let lf = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
        return (lf > start && octets[lf - 1] == 0x0D ? lf - 1 : lf, lf + 1)
    }

    /// Line ends in a range.
    static func count(_ octets: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
        var count = 0
        var position = range.lowerBound
        while position < range.upperBound {
            let line = next(octets, from: position, to: range.upperBound)
            if line.next > line.content { count += 1 }
            position = line.next
        }
        return count
    }
}
