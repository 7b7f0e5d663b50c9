package import NIOCore

/// Writes a message as `DATA` carries it: a line that begins with a dot gets another, and a line of one dot ends it
/// (RFC 5321 §4.5.2). Line ends that are not CR LF become CR LF.
package struct DotStuffer: Sendable {
    private enum Position: Sendable { case lineStart, inLine, afterCR }
    private var position = Position.lineStart

    package init() {}

    /// The next piece of the message as it is sent.
    package mutating func stuff(_ piece: ByteBuffer) -> ByteBuffer {
        var out = ByteBuffer()
        out.reserveCapacity(piece.readableBytes + 64)
        piece.withUnsafeReadableBytes { bytes in
            var start = 0
            func flush(to index: Int) { out.writeBytes(bytes[start..<index]) }
            for index in bytes.indices {
                let octet = bytes[index]
                if position == .afterCR, octet != 0x0A {
                    flush(to: index)
                    start = index
                    out.writeInteger(UInt8(0x0A))
                    position = .lineStart
                }
                switch octet {
                case 0x0D: position = .afterCR
                case 0x0A:
                    if position != .afterCR {
                        flush(to: index)
                        start = index
                        out.writeInteger(UInt8(0x0D))
                    }
                    position = .lineStart
                case UInt8(ascii: ".") where position == .lineStart:
                    flush(to: index)
                    start = index
                    out.writeInteger(UInt8(ascii: "."))
                    position = .inLine
                default: position = .inLine
                }
            }
            flush(to: bytes.count)
        }
        return out
    }

    /// What follows the last piece.
    package mutating func end() -> ByteBuffer {
        defer { position = .lineStart }
        return switch position {
        case .lineStart: ByteBuffer(string: ".\r\n")
        case .inLine: ByteBuffer(string: "\r\n.\r\n")
        case .afterCR: ByteBuffer(string: "\n.\r\n")
        }
    }
}
