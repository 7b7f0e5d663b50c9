/// Writes header fields: folded to 78 characters where there is white space (RFC 5322 §2.1.1), those with encoded words to 76
/// (RFC 2047 §2), 7-bit clean.
///
/// No value can begin another field: line breaks in what is given become spaces.
package struct HeaderWriter: Sendable {
    /// What was written, lines ending with CR LF.
    package private(set) var octets: [UInt8] = []

    package init() {}

    /// A field that is written as it is, but folded.
    ///
    /// - Parameters:
    ///   - name: of the field.
    ///   - value: ASCII, or UTF-8 where the whole way supports it.
    package mutating func write(_ name: String, _ value: String) {
        let room = value.contains("=?") ? 76 : 78
        var line = "\(name):"
        for word in Self.clean(value).split(separator: " ", omittingEmptySubsequences: false) {
            // A line may not consist of white space.
            if line.utf8.count + 1 + word.utf8.count > room, line.utf8.contains(where: { $0 != 0x20 }), !word.isEmpty,
                line != "\(name):"
            {
                octets += Array("\(line)\r\n".utf8)
                line = ""
            }
            line += " \(word)"
        }
        octets += Array("\(line)\r\n".utf8)
    }

    /// A field of text for people; what is beyond ASCII becomes encoded words.
    package mutating func write(text: String, _ name: String) {
        write(name, EncodedWord.encode(Self.clean(text), behind: name.utf8.count + 2))
    }

    /// A field of addresses; nothing if there are none.
    package mutating func write(addresses: [NamedAddress], _ name: String) {
        guard !addresses.isEmpty else { return }
        let texts = addresses.enumerated().map { index, mailbox in
            Self.address(mailbox, behind: index == 0 ? name.utf8.count + 2 : 1)
        }
        write(name, texts.joined(separator: ", "))
    }

    /// A field with parameters, such as `Content-Type: text/plain; charset=utf-8`.
    package mutating func write(_ name: String, _ value: String, parameters: [(name: String, value: String)]) {
        write(name, ([value] + parameters.flatMap { FieldParameters.write($0.name, $0.value) }).joined(separator: "; "))
    }

    /// A name may be encoded in an address, the address itself not (RFC 2047 §5 (3)).
    ///
    /// - Parameter column: octets before it on its line.
    private static func address(_ mailbox: NamedAddress, behind column: Int) -> String {
        guard let name = mailbox.name.map(clean), !name.isEmpty else { return mailbox.address.description }
        let encoded = EncodedWord.encode(name, behind: column)
        return "\(encoded == name ? NamedAddress.phrase(name) : encoded) <\(mailbox.address)>"
    }

    private static func clean(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
