/// Addresses as people type or paste them: into a form, onto a command line.
///
/// Unlike what comes in header fields (``MailAddressList``), nothing is passed over: what is no address is told, so that
/// nobody believes a message was sent to somebody who is left out.
package struct AddressField: Sendable, Hashable {
    package private(set) var addresses: [NamedAddress] = []
    /// What is no address, each shortened to 100 characters.
    package private(set) var problems: [String] = []

    /// Reads addresses, with names or without: between them are commas, semicolons or line ends, between those without
    /// a name white space will do.
    package init(_ text: some StringProtocol) {
        for piece in Self.pieces(text, between: [",", ";"]) where !add(piece) {
            for line in Self.pieces(piece, between: ["\n"]) where !add(line) && !addWords(line) {
                problems.append(String(line.prefix(100)))
            }
        }
    }

    private mutating func add(_ text: String) -> Bool {
        guard let address = NamedAddress(text) else { return false }
        addresses.append(address)
        return true
    }

    /// Adds addresses without names that have spaces between them, all or none.
    private mutating func addWords(_ text: String) -> Bool {
        let words = text.split(separator: " ").map { MailAddress($0) }
        guard words.allSatisfy({ $0 != nil }) else { return false }
        addresses += words.compactMap { $0.map { NamedAddress($0) } }
        return true
    }

    /// The text cut at separators that are not within quotation marks, comments or brackets, without empty pieces. White
    /// space of any kind becomes spaces, and line ends LF.
    private static func pieces(_ text: some StringProtocol, between separators: Set<Unicode.Scalar>) -> [String] {
        var pieces: [String] = []
        var piece = String.UnicodeScalarView()
        var isQuoted = false
        var isEscaped = false
        var isBracketed = false
        var comments = 0
        func finish() {
            let trimmed = trim(piece)
            if !trimmed.isEmpty { pieces.append(trimmed) }
            piece = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            let isLineEnd =
                scalar.value == 0x0A || scalar.value == 0x0D || scalar.value == 0x85 || scalar.value == 0x2028
            let scalar = isLineEnd ? "\n" : scalar.properties.isWhitespace ? " " : scalar
            let isInside = isQuoted || comments > 0
            if isEscaped {
                isEscaped = false
            } else if isInside, scalar == "\\" {
                isEscaped = true
            } else if isQuoted || (comments == 0 && scalar == "\"") {
                if scalar == "\"" { isQuoted.toggle() }
            } else if scalar == "(" {
                comments += 1
            } else if scalar == ")" {
                comments = max(0, comments - 1)
            } else if comments == 0, scalar == "<" {
                isBracketed = true
            } else if comments == 0, scalar == ">" {
                isBracketed = false
            } else if !isInside, !isBracketed, separators.contains(scalar) {
                finish()
                continue
            }
            piece.append(scalar)
        }
        finish()
        return pieces
    }

    private static func trim(_ text: String.UnicodeScalarView) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\n" }
        let start = text.drop(while: isSpace)
        return String(
            Substring(start[..<(start.lastIndex { !isSpace($0) }.map(start.index(after:)) ?? start.startIndex)]))
    }
}
