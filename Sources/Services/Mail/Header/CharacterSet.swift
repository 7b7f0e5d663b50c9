internal import Foundation

/// Text in the character sets that mail comes in.
package enum CharacterSet {
    /// Decodes octets; what cannot be decoded becomes U+FFFD.
    ///
    /// - Parameters:
    ///   - octets: text.
    ///   - name: the character set by its name in the IANA registry, in any case. An unknown one, or `us-ascii` with octets
    ///     beyond 127, is read as UTF-8, and as Windows-1252 if it is none.
    package static func decode(_ octets: some Collection<UInt8>, as name: String) -> String {
        let octets = Array(octets)
        let name = name.lowercased()
        if isUTF8(name) { return String(decoding: octets, as: UTF8.self) }
        if name == "us-ascii" || name == "ascii" || name.isEmpty { return guess(octets) }
        // What says ISO 8859-1 holds Windows-1252 in truth, as browsers know.
        return convert(octets, from: name == "iso-8859-1" ? "windows-1252" : name) ?? guess(octets)
    }

    /// Text of which nobody said how it is encoded.
    package static func guess(_ octets: some Collection<UInt8>) -> String {
        let octets = Array(octets)
        return String(validating: octets, as: UTF8.self) ?? convert(octets, from: "windows-1252")
            ?? String(decoding: octets, as: UTF8.self)
    }

    private static func isUTF8(_ name: String) -> Bool { name == "utf-8" || name == "utf8" }

    /// The system's conversion; nil when it does not know the character set.
    private static func convert(_ octets: [UInt8], from name: String) -> String? {
        // No suffix such as `//IGNORE`, no path.
        guard name.utf8.count <= 40, !name.isEmpty,
            name.utf8.allSatisfy({
                ($0 < 0x80 && Character(UnicodeScalar($0)).isLetter) || "0123456789-_:.".utf8.contains($0)
            }),
            let converter = iconv_open("UTF-8", name), Int(bitPattern: converter) != -1
        else { return nil }
        defer { iconv_close(converter) }
        var input = octets.map { CChar(bitPattern: $0) }
        var output: [UInt8] = []
        var piece = [CChar](repeating: 0, count: 4096)
        input.withUnsafeMutableBufferPointer { input in
            var from = input.baseAddress
            var left = input.count
            while left > 0 {
                let (result, written, error) = piece.withUnsafeMutableBufferPointer { piece in
                    var to = piece.baseAddress
                    var room = piece.count
                    let result = iconv(converter, &from, &left, &to, &room)
                    return (result, piece.count - room, errno)
                }
                output.append(contentsOf: piece[..<written].map { UInt8(bitPattern: $0) })
                if result == -1, error != E2BIG {
                    // An octet that means nothing is passed over.
                    output.append(contentsOf: "\u{FFFD}".utf8)
                    from = from?.advanced(by: 1)
                    left -= 1
                }
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
