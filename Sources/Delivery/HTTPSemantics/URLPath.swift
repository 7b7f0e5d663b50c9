/// The path of a request target, decoded once and free of every trick (RFC 3986 §3.3).
package struct URLPath: Sendable, Hashable {
    /// The decoded segments; none is empty, `.` or `..`, and none holds a slash, a backslash or a control character.
    /// A path that ends in a slash has no last, empty segment here: see ``isDirectory``.
    package let segments: [String]
    /// Whether the path ended in a slash.
    package let isDirectory: Bool

    /// Reads the path of a request target in origin form, without its query; nil when it is malformed or attempts to
    /// leave its place: an invalid percent encoding, an encoded slash, backslash or control character, a dot segment
    /// (also one that a second decoding would give), an empty segment, bytes that are not UTF-8.
    package init?(_ path: some StringProtocol) {
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        var segments: [String] = []
        var isDirectory = false
        for part in bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !isDirectory else { return nil }
            if part.isEmpty {
                isDirectory = true
                continue
            }
            guard let decoded = Self.decode(part), Self.isPlain(decoded) else { return nil }
            // `%252e%252e` decodes to `%2e%2e`: harmless here, but a step behind us may decode again.
            if let again = Self.decode(decoded[...]), again != decoded, !Self.isPlain(again) { return nil }
            guard let segment = String(validating: decoded, as: UTF8.self) else { return nil }
            segments.append(segment)
        }
        self.segments = segments
        self.isDirectory = isDirectory
    }

    private static func isPlain(_ segment: [UInt8]) -> Bool {
        segment.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
            && segment != Array(".".utf8) && segment != Array("..".utf8)
    }

    /// Resolves percent encodings; nil when one is cut or not hexadecimal.
    private static func decode(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(part.count)
        var index = part.startIndex
        while index < part.endIndex {
            guard part[index] == UInt8(ascii: "%") else {
                result.append(part[index])
                index += 1
                continue
            }
            guard index + 2 < part.endIndex, let high = part[index + 1].hexDigit, let low = part[index + 2].hexDigit
            else { return nil }
            result.append(high << 4 | low)
            index += 3
        }
        return result
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit; nil for any other byte.
    package var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}
