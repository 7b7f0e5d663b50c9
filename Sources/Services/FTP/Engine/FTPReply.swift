/// A reply of the control connection (RFC 959 §4.2): three digits and text.
package struct FTPReply: Sendable, Hashable {
    /// 100 to 599.
    package var code: Int
    /// One line or more, without their ends.
    package var lines: [String]

    package init(_ code: Int, _ lines: String...) {
        self.init(code, lines: lines)
    }

    package init(_ code: Int, lines: [String]) {
        self.code = code
        self.lines = lines
    }

    /// As it goes over the wire. Lines between the first and the last begin with a space, so that none looks like the last.
    package var text: String {
        guard lines.count > 1, let first = lines.first, let last = lines.last else {
            return "\(code) \(Self.clean(lines.first ?? ""))\r\n"
        }
        let between = lines.dropFirst().dropLast().map { " \(Self.clean($0))\r\n" }.joined()
        return "\(code)-\(Self.clean(first))\r\n\(between)\(code) \(Self.clean(last))\r\n"
    }

    /// No text ends a line early, whatever a file is called.
    private static func clean(_ text: String) -> String {
        text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            ? String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
            : text
    }
}
