/// What a Range field asks of a representation (RFC 9110 §14).
package enum RangeSelection: Sendable, Hashable {
    /// All of it: no Range, one that is malformed or of another unit, or several ranges. A server may ignore any Range
    /// (14.2), and several ranges at once serve nobody here.
    case whole
    /// These bytes: 206. Never empty.
    case part(Range<Int>)
    /// None of its bytes: 416.
    case unsatisfiable

    /// Reads the value of a Range field.
    ///
    /// - Parameters:
    ///   - value: the field's value, nil when there is none; of several lines all, joined by commas: that is malformed.
    ///   - length: the representation's, in bytes.
    package init(_ value: String?, length: Int) {
        self = .whole
        guard let value, let equals = value.firstIndex(of: "="), value[..<equals].lowercased() == "bytes" else {
            return
        }
        let specifiers = String(value[value.index(after: equals)...]).listMembers
        guard specifiers.count == 1, let hyphen = specifiers[0].firstIndex(of: "-") else { return }
        let first = specifiers[0][..<hyphen]
        let last = specifiers[0][specifiers[0].index(after: hyphen)...]
        if first.isEmpty {
            // suffix-range: the last so many bytes
            guard let count = Self.position(last) else { return }
            guard count > 0, length > 0 else {
                self = .unsatisfiable
                return
            }
            self = .part(max(length - count, 0)..<length)
            return
        }
        guard let start = Self.position(first) else { return }
        var end = Int.max
        if !last.isEmpty {
            guard let position = Self.position(last), position >= start else { return }
            end = position
        }
        self = start < length ? .part(start..<min(end, length - 1) + 1) : .unsatisfiable
    }

    /// The number that digits write, held at a bound far beyond any file; nil when the text is not digits.
    private static func position(_ text: Substring) -> Int? {
        guard !text.isEmpty else { return nil }
        var result = 0
        for byte in text.utf8 {
            guard byte &- 0x30 < 10 else { return nil }
            result = min(result * 10 + Int(byte - 0x30), 1 << 56)
        }
        return result
    }
}
