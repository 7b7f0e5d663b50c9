internal import Foundation

/// A field's value and its parameters (RFC 2045 §5.1): `text/plain; charset=utf-8`, `attachment; filename*=utf-8''a`.
package struct FieldParameters: Sendable, Hashable {
    /// Parameters that are read from one field.
    package static let maximumCount = 100

    /// What stands before the first semicolon, in lower case, without comments and white space.
    package var value: String
    /// In their order, names in lower case; continuations put together and decoded (RFC 2231).
    package var parameters: [Parameter] = []

    /// A parameter (RFC 2045 §5.1), out of the pieces and encodings of RFC 2231.
    package struct Parameter: Sendable, Hashable {
        package var name: String
        package var value: String
    }

    /// The first parameter of that name.
    ///
    /// - Parameter name: in lower case.
    package subscript(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// Reads a field's content, unfolded or not; tolerantly.
    package init(_ text: some StringProtocol) {
        var scanner = AddressScanner(text)
        scanner.skipComments()
        var value = ""
        while let octet = scanner.next, octet != UInt8(ascii: ";") {
            value += scanner.take {
                !AddressScanner.isWhitespace($0) && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(")
            }
            let before = scanner.position
            scanner.skipComments()
            // `text / plain` is one value, `text/plain charset=…` is not.
            if scanner.position != before, let next = scanner.next, next != UInt8(ascii: "/"), !value.hasSuffix("/") {
                break
            }
        }
        self.value = value.lowercased()
        var pieces: [Piece] = []
        while !scanner.isAtEnd, pieces.count < Self.maximumCount {
            if let piece = Self.piece(&scanner) { pieces.append(piece) }
        }
        parameters = Self.assemble(pieces)
    }

    /// One parameter as it stands there: `name`, `name*`, `name*0`, `name*0*`.
    private struct Piece {
        var name: String
        var section: Int?
        var isExtended: Bool
        var value: String
    }

    /// Goes on behind the next semicolon.
    private static func piece(_ scanner: inout AddressScanner) -> Piece? {
        scanner.skipComments()
        if scanner.take(UInt8(ascii: ";")) { scanner.skipComments() }
        var name = scanner.take { (0x21...0x7E).contains($0) && !"=;\"(),".utf8.contains($0) }.lowercased()
        scanner.skipComments()
        guard !name.isEmpty, scanner.take(UInt8(ascii: "=")) else {
            let start = scanner.position
            _ = scanner.take { $0 != UInt8(ascii: ";") }
            if scanner.position == start { scanner.position += 1 }
            return nil
        }
        scanner.skipComments()
        let value: String
        if scanner.next == UInt8(ascii: "\""), let quoted = scanner.quotedString(isStrict: false) {
            value = quoted
        } else {
            let text = AddressScanner.tidy(scanner.take { $0 != UInt8(ascii: ";") }.utf8)
            // A comment behind it; names of files have brackets without a space before them.
            value = text.hasSuffix(")") ? text.range(of: " (").map { String(text[..<$0.lowerBound]) } ?? text : text
        }
        let isExtended = name.hasSuffix("*")
        if isExtended { name.removeLast() }
        guard let star = name.lastIndex(of: "*"), let section = Int(name[name.index(after: star)...]), section >= 0
        else {
            return Piece(name: name, section: nil, isExtended: isExtended, value: value)
        }
        return Piece(name: String(name[..<star]), section: section, isExtended: isExtended, value: value)
    }

    private static func assemble(_ pieces: [Piece]) -> [Parameter] {
        var names: [String] = []
        for piece in pieces where !names.contains(piece.name) { names.append(piece.name) }
        return names.map { name in
            let all = pieces.filter { $0.name == name }
            // Who writes both forms means the extended one (RFC 6266 §4.3 says so of HTTP).
            if let whole = all.first(where: { $0.section == nil && $0.isExtended }) {
                return Parameter(name: name, value: decode([whole]))
            }
            let sections = all.filter { $0.section != nil }.sorted { ($0.section ?? 0) < ($1.section ?? 0) }
            if !sections.isEmpty { return Parameter(name: name, value: decode(sections)) }
            // Encoded words have no place here; many put them here all the same.
            return Parameter(name: name, value: EncodedWord.decode(all[0].value))
        }
    }

    /// Percent-encoded sections, the first of which names the character set.
    private static func decode(_ pieces: [Piece]) -> String {
        var charset = "utf-8"
        var octets: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            var value = Substring(piece.value)
            guard piece.isExtended else {
                octets += Array(value.utf8)
                continue
            }
            if index == 0 {
                let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
                if parts.count == 3 {
                    if !parts[0].isEmpty { charset = String(parts[0]) }
                    value = parts[2]
                }
            }
            octets += percentDecode(Array(value.utf8))
        }
        return CharacterSet.decode(octets, as: charset)
    }

    private static func percentDecode(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < octets.count {
            if octets[index] == UInt8(ascii: "%"), index + 2 < octets.count,
                let value = Hexadecimal.decode(octets[index + 1], octets[index + 2])
            {
                result.append(value)
                index += 3
            } else {
                result.append(octets[index])
                index += 1
            }
        }
        return result
    }

    /// Writes a parameter: as a token, quoted, or, where it is long or beyond ASCII, as RFC 2231 has it, in sections of
    /// which each fits a line.
    static func write(_ name: String, _ value: String) -> [String] {
        let value = String(
            String.UnicodeScalarView(value.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        // What looks like an encoded word would be taken for one.
        if value.utf8.allSatisfy({ $0 < 0x80 }), value.utf8.count <= 60, !value.contains("=?") {
            return ["\(name)=\(!value.isEmpty && value.utf8.allSatisfy(isToken) ? value : QuotedText.quote(value))"]
        }
        var sections: [String] = []
        var section = "utf-8''"
        for scalar in value.unicodeScalars {
            let encoded = String(scalar).utf8.map {
                isAttribute($0) ? String(UnicodeScalar($0)) : "%\(Hexadecimal.encode($0))"
            }
            .joined()
            if section.utf8.count + encoded.utf8.count > 50 {
                sections.append(section)
                section = ""
            }
            section += encoded
        }
        sections.append(section)
        if sections.count == 1 { return ["\(name)*=\(section)"] }
        return sections.enumerated().map { "\(name)*\($0.offset)*=\($0.element)" }
    }

    private static func isToken(_ octet: UInt8) -> Bool {
        (0x21...0x7E).contains(octet) && !"()<>@,;:\\\"/[]?=".utf8.contains(octet)
    }

    private static func isAttribute(_ octet: UInt8) -> Bool { isToken(octet) && !"*'%".utf8.contains(octet) }
}
