internal import Foundation

/// Text in the character sets that mail comes in.
package enum CharacterSet {
    /// Decodes octets; what cannot be decoded becomes U+FFFD.
    ///
    /// - Parameters:
    ///   - octets: text; a mark of the order of octets before it is left out.
    ///   - name: the character set by its name in the IANA registry or by a label of the WHATWG Encoding Standard (§4.2), in
    ///     any case. An unknown one, or `us-ascii` with octets beyond 127, is read as UTF-8, and as Windows-1252 if it is
    ///     none.
    package static func decode(_ octets: some Collection<UInt8>, as name: String) -> String {
        decode(octets, TextEncoding(label: name))
    }

    /// Text of which nobody said how it is encoded.
    package static func guess(_ octets: some Collection<UInt8>) -> String { decode(octets, .unknown) }

    static func decode(_ octets: some Collection<UInt8>, _ encoding: TextEncoding) -> String {
        var octets = Array(octets)
        if octets.starts(with: [0xEF, 0xBB, 0xBF]), encoding != .utf16 {
            octets.removeFirst(3)
            return String(decoding: octets, as: UTF8.self)
        }
        switch encoding {
        case .unknown:
            return String(validating: octets, as: UTF8.self) ?? convert(octets, from: "CP1252")
                ?? String(decoding: octets, as: UTF8.self)
        case .utf8: return String(decoding: octets, as: UTF8.self)
        case .utf16:
            let isBig = octets.starts(with: [0xFE, 0xFF])
            if isBig || octets.starts(with: [0xFF, 0xFE]) { octets.removeFirst(2) }
            return decode(octets, .system(isBig ? "UTF-16BE" : "UTF-16LE"))
        case .iso2022JP:
            return isASCII(octets) && !octets.contains(0x1B)
                ? String(decoding: octets, as: UTF8.self)
                : decode(ISO2022JP.extendedUnixCode(octets), .system("EUC-JP-MS"))
        case .system(let name):
            if TextEncoding.extendsASCII(name), isASCII(octets) { return String(decoding: octets, as: UTF8.self) }
            return convert(octets, from: name) ?? decode(octets, .unknown)
        }
    }

    private static func isASCII(_ octets: [UInt8]) -> Bool { octets.allSatisfy { $0 < 0x80 } }

    /// The system's conversion; nil when it does not know the character set.
    ///
    /// - Parameter name: the system's, of letters, digits, `-`, `_`, `:` and `.`: no suffix such as `//IGNORE`, no path.
    private static func convert(_ octets: [UInt8], from name: String) -> String? {
        guard let converter = iconv_open("UTF-8", name), Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        let unit = TextEncoding.unit(name)
        let holdsBack = TextEncoding.holdsBack(name)
        var output: [UInt8] = []
        output.reserveCapacity(octets.count + octets.count / 2)
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { piece in
            /// Converts as much as fits in; nothing at all has what was held back written out.
            func step(_ from: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ left: inout Int) -> Int32 {
                var to = piece.baseAddress
                var room = piece.count
                let result = iconv(converter, from, &left, &to, &room)
                let error = result == -1 ? errno : 0
                output.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<(piece.count - room)])
                )
                return error
            }
            octets.withUnsafeBufferPointer { input in
                input.withMemoryRebound(to: CChar.self) { text in
                    // It is only read, whatever its type says.
                    var from = UnsafeMutablePointer(mutating: text.baseAddress)
                    var left = input.count
                    var none = 0
                    while left > 0 {
                        let error = step(&from, &left)
                        if error == 0 || error == E2BIG { continue }
                        if holdsBack { _ = step(nil, &none) }
                        output.append(contentsOf: "\u{FFFD}".utf8)
                        // What the end cut off is no better than what is broken.
                        let passed = min(left, unit.invalidLength(input[(input.count - left)...]))
                        from = from?.advanced(by: passed)
                        left -= passed
                    }
                    while step(nil, &none) == E2BIG {}
                }
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
