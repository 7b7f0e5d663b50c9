internal import Foundation

/// Finds the structure of a message (RFC 2045, RFC 2046, RFC 5322) in one pass, whatever is wrong with it.
///
/// A multipart whose end is missing ends with what is around it; boundaries of enclosing parts hold in the parts, too.
package struct MIMEParser: Sendable {
    /// How much structure is looked for. What goes beyond is left as it is: a part of unknown content.
    package struct Limits: Sendable, Hashable {
        /// Parts within parts.
        package var depth = 50
        /// Parts in all.
        package var parts = 2000
        /// Octets of a header of which fields are taken; the header itself may be longer.
        package var header = 256 << 10

        package init() {}
    }

    package var limits = Limits()

    package init() {}

    /// - Parameter octets: a message as it is stored, lines ending with CR LF or LF.
    package func parse(_ octets: [UInt8]) -> MIMEPart {
        octets.withUnsafeBufferPointer { parse($0) }
    }

    /// - Parameter octets: a message as it is stored.
    package func parse(_ octets: UnsafeBufferPointer<UInt8>) -> MIMEPart {
        var pass = MIMEPass(octets, limits)
        return pass.message(depth: 0)
    }

    /// Reads a message from a file without taking all of it into memory.
    ///
    /// - Throws: when the file cannot be read.
    package func parse(file path: String) throws -> MIMEPart {
        let data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
        return data.withUnsafeBytes { parse($0.bindMemory(to: UInt8.self)) }
    }
}

/// The pass over one message.
private struct MIMEPass {
    private let octets: UnsafeBufferPointer<UInt8>
    private let limits: MIMEParser.Limits
    private var position = 0
    /// Line ends that were passed.
    private var lines = 0
    private var parts = 1
    /// Those of the multiparts that are open, the outermost first.
    private var boundaries: [[UInt8]] = []

    init(_ octets: UnsafeBufferPointer<UInt8>, _ limits: MIMEParser.Limits) {
        self.octets = octets
        self.limits = limits
    }

    /// A line that ends a part.
    private struct Delimiter {
        /// Of ``boundaries``.
        var level: Int
        var isClosing: Bool
        /// Where the body before it ends.
        var bodyEnd: Int
        /// Line ends up to there.
        var bodyLines: Int
    }

    /// The delimiter that the last part ended with; nil at the end of the message.
    private var delimiter: Delimiter?

    mutating func message(depth: Int) -> MIMEPart { part(depth: depth, isInDigest: false) }

    private mutating func part(depth: Int, isInDigest: Bool) -> MIMEPart {
        let start = position
        var part = MIMEPart(header: start..<start, body: start..<start, lines: 0)
        if isInDigest { (part.type, part.subtype) = ("message", "rfc822") }
        header(of: &part)
        let (bodyStart, firstLine) = (position, lines)
        switch part.type {
        case "multipart":
            if depth < limits.depth, let boundary = part.parameter("boundary"), !boundary.isEmpty,
                boundary.utf8.count <= 1000
            {
                part.content = .multipart(multipart(Array(boundary.utf8), part.subtype == "digest", depth: depth))
            } else if depth < limits.depth {
                skipToDelimiter()
                part.content = .multipart([])
            } else {
                becomeUnknown(&part)
            }
        case "message" where part.subtype == "rfc822":
            if depth < limits.depth, parts < limits.parts, part.encoding != .base64, part.encoding != .quotedPrintable {
                parts += 1
                part.content = .message(message(depth: depth + 1))
            } else {
                becomeUnknown(&part)
            }
        default: skipToDelimiter()
        }
        // Where no line is left between a header and a boundary, the header's last line end is the boundary's; an empty
        // part ends where it begins, and what it is a part of does not end before.
        let limit = delimiter?.bodyEnd ?? octets.count
        let inner = part.content.last.map(\.body.upperBound)
        let end = max(start, limit, inner ?? start)
        part.header = start..<min(bodyStart, end)
        part.body = part.header.upperBound..<end
        part.lines =
            end == limit && part.header.upperBound == bodyStart
            ? (delimiter?.bodyLines ?? lines) - firstLine : Lines.count(octets, part.body)
        if case .multipart(let children) = part.content, children.isEmpty {
            let start = part.body.lowerBound
            part.content = .multipart([MIMEPart(header: start..<start, body: part.body, lines: part.lines)])
        }
        return part
    }

    private mutating func becomeUnknown(_ part: inout MIMEPart) {
        (part.type, part.subtype, part.parameters) = ("application", "octet-stream", [])
        skipToDelimiter()
    }

    private mutating func multipart(_ boundary: [UInt8], _ isDigest: Bool, depth: Int) -> [MIMEPart] {
        let level = boundaries.count
        boundaries.append(boundary)
        defer { boundaries.removeLast() }
        var children: [MIMEPart] = []
        // The preamble.
        skipToDelimiter()
        while let found = delimiter, found.level == level {
            if found.isClosing {
                // The epilogue goes on to a boundary of those around.
                boundaries[level] = []
                skipToDelimiter()
                break
            }
            if parts >= limits.parts {
                skipToDelimiter()
                continue
            }
            parts += 1
            children.append(part(depth: depth + 1, isInDigest: isDigest))
        }
        return children
    }

    /// Passes lines up to one that ends a part, and that one.
    private mutating func skipToDelimiter() {
        while position < octets.count {
            let start = position
            let line = Lines.next(octets, from: start, to: octets.count)
            if let (level, isClosing) = boundary(start..<line.content) {
                delimiter = Delimiter(
                    level: level, isClosing: isClosing, bodyEnd: lineEnd(before: start),
                    bodyLines: lines - (start > 0 ? 1 : 0))
                position = line.next
                if line.next > line.content { lines += 1 }
                return
            }
            position = line.next
            if line.next > line.content { lines += 1 }
        }
        delimiter = nil
    }

    /// Where the line before ends, without its CR LF.
    private func lineEnd(before start: Int) -> Int {
        guard start > 0 else { return start }
        return start > 1 && octets[start - 2] == 0x0D ? start - 2 : start - 1
    }

    /// The innermost multipart that a line delimits, and whether it closes it.
    private func boundary(_ line: Range<Int>) -> (level: Int, isClosing: Bool)? {
        guard !boundaries.isEmpty, line.count > 2, octets[line.lowerBound] == UInt8(ascii: "-"),
            octets[line.lowerBound + 1] == UInt8(ascii: "-")
        else { return nil }
        // White space may follow (`transport-padding`).
        var end = line.upperBound
        while end > line.lowerBound, octets[end - 1] == 0x20 || octets[end - 1] == 0x09 { end -= 1 }
        let text = (line.lowerBound + 2)..<max(line.lowerBound + 2, end)
        for level in boundaries.indices.reversed() {
            let boundary = boundaries[level]
            guard !boundary.isEmpty, text.count == boundary.count || text.count == boundary.count + 2,
                octets[text.prefix(boundary.count)].elementsEqual(boundary)
            else { continue }
            if text.count == boundary.count { return (level, false) }
            if octets[text.upperBound - 1] == UInt8(ascii: "-"), octets[text.upperBound - 2] == UInt8(ascii: "-") {
                return (level, true)
            }
        }
        return nil
    }

    /// Reads a header up to the empty line, or to a boundary, as a part may lack an empty line.
    private mutating func header(of part: inout MIMEPart) {
        let start = position
        var end = octets.count
        // Where it ends is found first, as fields must not swallow a boundary.
        var at = start
        while at < octets.count {
            let line = Lines.next(octets, from: at, to: octets.count)
            if line.content == at {
                end = line.next
                break
            }
            if !boundaries.isEmpty, boundary(at..<line.content) != nil {
                end = at
                break
            }
            at = line.next
        }
        var parser = HeaderParser(octets, from: start, to: min(end, start + limits.header))
        var seen: Set<String> = []
        while let found = parser.next() {
            let name = found.name
            guard name.count > 8, name.count <= 25, octets[name.lowerBound] | 0x20 == UInt8(ascii: "c"),
                found.value.count <= 64 << 10
            else { continue }
            let field = found.field(octets)
            let lowercased = field.name.lowercased()
            // Of several fields of one name the first counts.
            guard lowercased.hasPrefix("content-"), seen.insert(lowercased).inserted else { continue }
            take(lowercased, field, into: &part)
        }
        lines += Lines.count(octets, start..<end)
        position = end
    }

    private func take(_ name: String, _ field: HeaderField, into part: inout MIMEPart) {
        switch name {
        case "content-type":
            let value = FieldParameters(field.value)
            let names = value.value.split(separator: "/", omittingEmptySubsequences: false)
            // What is no media type is plain text (RFC 2045 §5.2).
            guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty, names.allSatisfy({ HeaderField.isName($0) })
            else {
                (part.type, part.subtype) = ("text", "plain")
                return
            }
            (part.type, part.subtype) = (String(names[0]), String(names[1]))
            part.parameters = value.parameters
        case "content-transfer-encoding": part.encoding = TransferEncoding(name: FieldParameters(field.value).value)
        case "content-disposition":
            let value = FieldParameters(field.value)
            if !value.value.isEmpty { part.disposition = value }
        case "content-id": part.id = Header.messageIDs(field.value).first
        case "content-description": part.description = field.value
        case "content-language":
            part.languages = field.value.split { $0 == "," || $0.isWhitespace }.prefix(20).map(String.init)
        case "content-location": part.location = field.value
        case "content-md5": part.digest = field.value
        default: break
        }
    }
}
