internal import NIOCore

/// Puts responses together (RFC 9051 §7): strings quoted where that is possible, else as literals.
struct IMAPWriter: Sendable {
    private(set) var buffer = ByteBuffer()
    /// Whether quoted strings may hold UTF-8: the client has enabled IMAP4rev2 (RFC 9051 §4.3).
    var usesUTF8: Bool

    /// Longer strings become literals: lines stay readable.
    private static let longestQuoted = 1000

    init(usesUTF8: Bool = false) { self.usesUTF8 = usesUTF8 }

    mutating func text(_ text: String) { buffer.writeString(text) }
    mutating func octets(_ octets: some Sequence<UInt8>) { buffer.writeBytes(octets) }
    mutating func endLine() { buffer.writeString("\r\n") }

    /// `nstring`.
    mutating func string(_ value: String?) {
        guard let value else { return text("NIL") }
        string(octets: value.utf8)
    }

    /// A string of any octets but NUL, which nobody could read.
    mutating func string(octets value: some Collection<UInt8>) {
        let isQuotable =
            value.count <= Self.longestQuoted
            && value.allSatisfy { ($0 >= 0x20 && $0 < 0x7F) || (usesUTF8 && $0 >= 0x80) }
        guard isQuotable else {
            let value = value.filter { $0 != 0 }
            literal(value.count)
            return octets(value)
        }
        buffer.writeInteger(UInt8(ascii: "\""))
        for octet in value {
            if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { buffer.writeInteger(UInt8(ascii: "\\")) }
            buffer.writeInteger(octet)
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    /// The announcement of a literal; its octets follow.
    mutating func literal(_ count: Int, isBinary: Bool = false) { text("\(isBinary ? "~" : ""){\(count)}\r\n") }

    /// Elements in parentheses, apart by a space; `NIL` for none.
    mutating func list<Element>(
        _ elements: some Collection<Element>, orNil: Bool = true, separator: String = " ",
        _ write: (inout IMAPWriter, Element) -> Void
    ) {
        guard !elements.isEmpty || !orNil else { return text("NIL") }
        text("(")
        for (index, element) in elements.enumerated() {
            if index > 0 { text(separator) }
            write(&self, element)
        }
        text(")")
    }

    /// Gives what has been put together, and begins anew.
    mutating func take() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
    }
}
