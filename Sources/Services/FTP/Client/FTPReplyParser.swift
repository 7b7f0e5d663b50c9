/// Puts a server's lines together to replies (RFC 959 §4.2).
package struct FTPReplyParser: Sendable {
    /// Lines that a reply may have, so that no server fills the memory.
    private static let maximumLines = 10_000

    private var code: Int?
    private var lines: [String] = []

    package init() {}

    /// Takes a line, without its end.
    ///
    /// - Returns: a reply when it is whole.
    /// - Throws: ``FTPClientError`` with `.malformed`.
    package mutating func receive(_ line: String) throws(FTPClientError) -> FTPReply? {
        let octets = Array(line.utf8)
        let number =
            octets.count >= 3 && octets.prefix(3).allSatisfy { (0x30...0x39).contains($0) }
            ? octets.prefix(3).reduce(0) { $0 * 10 + Int($1 - 0x30) } : nil
        let follows = octets.count > 3 ? octets[3] : UInt8(ascii: " ")
        if let code {
            if number == code, follows == UInt8(ascii: " ") {
                defer { (self.code, lines) = (nil, []) }
                return FTPReply(code, lines: lines + [text(octets)])
            }
            guard lines.count < Self.maximumLines else {
                throw FTPClientError(.malformed, "the server's reply does not end")
            }
            // Some servers begin each line with the code.
            lines.append(number == code && follows == UInt8(ascii: "-") ? text(octets) : line)
            return nil
        }
        guard let number, (100..<600).contains(number) else {
            throw FTPClientError(.malformed, "the server does not speak FTP: \(line.prefix(80))")
        }
        switch follows {
        case UInt8(ascii: " "): return FTPReply(number, text(octets))
        case UInt8(ascii: "-"):
            code = number
            lines = [text(octets)]
            return nil
        default: throw FTPClientError(.malformed, "the server does not speak FTP: \(line.prefix(80))")
        }
    }

    private func text(_ octets: [UInt8]) -> String { String(decoding: octets.dropFirst(4), as: UTF8.self) }
}
