/// Names as people write them (RFC 1035 §5.1, RFC 4343 §2.1).
extension DomainName: CustomStringConvertible {
    /// Reads a name. Without a dot at its end it is taken for one below the root all the same, as programs do.
    ///
    /// - Parameter text: labels with dots between them; `\.` for a dot within one, `\DDD` for any octet.
    /// - Throws: ``DNSError/Code/malformedName``.
    package init(_ text: some StringProtocol) throws(DNSError) {
        try self.init(text, below: .root)
    }

    /// Reads a name as a master file has it: below `origin` unless a dot ends it; `@` is the origin itself.
    ///
    /// - Throws: ``DNSError/Code/malformedName``.
    package init(_ text: some StringProtocol, below origin: DomainName) throws(DNSError) {
        if text == "@" {
            self = origin
            return
        }
        guard !text.isEmpty else { throw DNSError(.malformedName, "a name is missing") }
        if text == "." {
            self = .root
            return
        }
        var labels: [[UInt8]] = []
        var label: [UInt8] = []
        var rest = Substring(text).utf8
        var isAbsolute = false
        while let octet = rest.popFirst() {
            isAbsolute = false
            switch octet {
            case UInt8(ascii: "."):
                guard !label.isEmpty else { throw DNSError(.malformedName, "\(Self.shown(text)) has an empty label") }
                labels.append(label)
                label = []
                isAbsolute = true
            case UInt8(ascii: "\\"): label.append(try Self.escaped(&rest, text))
            default: label.append(octet)
            }
        }
        if !isAbsolute { labels.append(label) }
        do throws(DNSError) {
            let name = try DomainName(labels: labels)
            self = isAbsolute ? name : try name.appending(origin)
        } catch {
            throw DNSError(.malformedName, "\(Self.shown(text)): \(error)")
        }
    }

    /// The octet behind a backslash.
    private static func escaped(
        _ rest: inout Substring.UTF8View, _ text: some StringProtocol
    ) throws(DNSError) -> UInt8 {
        guard let first = rest.popFirst() else {
            throw DNSError(.malformedName, "\(shown(text)) ends with a backslash")
        }
        guard (48...57).contains(first) else { return first }
        let digits = [first] + [rest.popFirst(), rest.popFirst()].compactMap(\.self)
        guard digits.count == 3, digits.allSatisfy({ (48...57).contains($0) }),
            let octet = UInt8(exactly: digits.reduce(0) { $0 * 10 + Int($1 - 48) })
        else { throw DNSError(.malformedName, "\(shown(text)): a backslash needs a number from 000 to 255 behind it") }
        return octet
    }

    private static func shown(_ text: some StringProtocol) -> String { "\"\(text.prefix(100))\"" }

    /// With a dot at its end, and what would not be read as it is behind backslashes.
    package var description: String {
        guard !isRoot else { return "." }
        return labels.map { Self.text(of: $0) + "." }.joined()
    }

    /// A label as text.
    static func text(of label: ArraySlice<UInt8>) -> String {
        var text = ""
        for octet in label {
            switch octet {
            case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: ";"), UInt8(ascii: "("),
                UInt8(ascii: ")"), UInt8(ascii: "@"), UInt8(ascii: "$"):
                text += "\\" + String(UnicodeScalar(octet))
            case 0x21...0x7E: text.unicodeScalars.append(UnicodeScalar(octet))
            default: text += "\\" + Self.digits(octet)
            }
        }
        return text
    }

    /// Three decimal digits.
    static func digits(_ octet: UInt8) -> String {
        let text = String(octet)
        return String(repeating: "0", count: 3 - text.count) + text
    }
}
