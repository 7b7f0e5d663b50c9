internal import Foundation
package import NIOCore

/// Writes a message as the rest of a multi-line response (RFC 1939 §3): a line that begins with a dot gets another, and a
/// line with nothing but a dot ends it all.
///
/// Lines end with CR LF on the wire: an LF that stands alone gets its CR, so that nothing in a message looks like its end
/// to those who take either. Nothing else changes.
package struct MultilineEncoder: Sendable {
    /// Lines of the body that may still come; nil for all.
    private var linesLeft: Int?
    private var isInBody = false
    /// Octets of the line that has begun.
    private var column = 0
    private var endsWithCR = false
    /// Whether no more of the message is wanted.
    package private(set) var isComplete = false

    /// - Parameter bodyLines: how many lines of the body are wanted after the header (`TOP`); nil for all.
    package init(bodyLines: Int? = nil) { linesLeft = bodyLines }

    /// Appends the next octets of the message to `output`.
    package mutating func encode(_ message: ByteBuffer, into output: inout ByteBuffer) {
        message.withUnsafeReadableBytes { encode($0, into: &output) }
    }

    private mutating func encode(_ bytes: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        guard let base = bytes.baseAddress else { return }
        var index = 0
        // What lies before it has been written.
        var written = 0
        while index < bytes.count {
            if column == 0 {
                if isInBody, linesLeft == 0 {
                    isComplete = true
                    break
                }
                if bytes[index] == UInt8(ascii: ".") {
                    output.writeBytes(bytes[written..<index])
                    output.writeInteger(UInt8(ascii: "."))
                    written = index
                }
            }
            // The memory that memchr looks into is that of `bytes`, from `index` to its end.
            guard let found = memchr(base + index, 0x0A, bytes.count - index) else {
                column += bytes.count - index
                endsWithCR = bytes[bytes.count - 1] == 0x0D
                index = bytes.count
                break
            }
            let end = UnsafeRawPointer(found) - base
            let hasCR = end > index ? bytes[end - 1] == 0x0D : endsWithCR
            if !hasCR {
                output.writeBytes(bytes[written..<end])
                output.writeInteger(UInt8(0x0D))
                written = end
            }
            let length = column + (end - index) - (hasCR ? 1 : 0)
            if isInBody {
                linesLeft = linesLeft.map { $0 - 1 }
            } else if length == 0 {
                isInBody = true
            }
            (column, endsWithCR) = (0, false)
            index = end + 1
        }
        output.writeBytes(bytes[written..<index])
    }

    /// Ends the response, after the last line of the message if that had no end.
    package mutating func finish(into output: inout ByteBuffer) {
        output.writeString(column > 0 ? "\r\n.\r\n" : ".\r\n")
        (column, isComplete) = (0, true)
    }
}
