/// A server's answer: a code, an enhanced status code and lines of text (RFC 5321 §4.2, RFC 2034).
package struct SMTPReply: Sendable, Hashable, CustomStringConvertible {
    /// 200 to 559.
    package var code: Int
    /// `class.subject.detail` (RFC 3463), which each line begins with; nil for greetings and the answers to `EHLO`.
    package var status: String?
    /// At least one, without line ends; may be empty.
    package var lines: [String]

    package init(_ code: Int, _ status: String? = nil, _ lines: String...) {
        self.init(code, status, lines: lines)
    }

    init(_ code: Int, _ status: String?, lines: [String]) {
        self.code = code
        self.status = status
        self.lines = lines.isEmpty ? [""] : lines
    }

    /// 4xx: the same may succeed later.
    package var isTransient: Bool { (400..<500).contains(code) }

    /// As it crosses the network, with CR LF.
    package var encoded: String {
        lines.enumerated().map { index, line in
            "\(code)\(index == lines.count - 1 ? " " : "-")\(status.map { $0 + " " } ?? "")\(line)\r\n"
        }.joined()
    }

    /// In one line, for people and for `Diagnostic-Code` (RFC 3464 §2.3.6).
    package var description: String {
        "\(code) \(status.map { $0 + " " } ?? "")\(lines.joined(separator: " "))"
    }
}

/// Puts a server's lines together to replies.
struct SMTPReplyParser: Sendable {
    struct Malformed: Error, Hashable {}

    private static let maximumLines = 128
    private var code: Int?
    private var status: String?
    private var lines: [String] = []

    /// Takes one line without its end.
    ///
    /// - Returns: the reply that the line ends, or nil when more belongs to it.
    /// - Throws: ``Malformed`` when it is no line of a reply, or one of another reply, or there are too many.
    mutating func receive(_ line: some Sequence<UInt8>) throws(Malformed) -> SMTPReply? {
        let octets = Array(line)
        guard octets.count >= 3, octets.prefix(3).allSatisfy({ (0x30...0x39).contains($0) }),
            let code = Int(String(decoding: octets.prefix(3), as: UTF8.self)), (200..<600).contains(code),
            self.code ?? code == code, lines.count < Self.maximumLines
        else { throw Malformed() }
        let separator = octets.count > 3 ? octets[3] : 0x20
        guard separator == 0x20 || separator == UInt8(ascii: "-") else { throw Malformed() }
        var text = String(decoding: octets.dropFirst(4), as: UTF8.self)
        if let (status, rest) = Self.status(text, code: code) {
            if lines.isEmpty { self.status = status }
            text = rest
        }
        lines.append(text)
        guard separator == 0x20 else {
            self.code = code
            return nil
        }
        defer { self = SMTPReplyParser() }
        return SMTPReply(code, status, lines: lines)
    }

    /// The enhanced status code that a text begins with; its class must be the code's (RFC 2034 §4).
    private static func status(_ text: String, code: Int) -> (String, String)? {
        let word = text.prefix { $0 != " " }
        let numbers = word.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers[0] == "\(code / 100)", [2, 4, 5].contains(code / 100),
            numbers.dropFirst().allSatisfy({ (1...3).contains($0.count) && $0.allSatisfy { $0.isASCII && $0.isNumber } }
            )
        else { return nil }
        return (String(word), String(text[word.endIndex...].drop { $0 == " " }))
    }
}
