package import NIOCore

/// Takes a message out of a multi-line response: the reverse of ``MultilineEncoder``, in whatever pieces it comes.
package struct MultilineDecoder: Sendable {
    /// What the next octets are.
    package enum Piece: Sendable, Hashable {
        /// Octets of the message, at least one.
        case bytes(ByteBuffer)
        /// The line with the dot was taken; what follows in the buffer is another response.
        case end
    }

    /// How much of a line's end came last: 0, 1 for CR, 2 for CR LF.
    private var matched = 2

    package init() {}

    /// Takes what can be told from the front of `buffer`; nil when more bytes are needed.
    package mutating func next(in buffer: inout ByteBuffer) -> Piece? {
        if matched == 2, let first = buffer.readableBytesView.first, first == UInt8(ascii: ".") {
            let start = buffer.readableBytesView.prefix(3)
            if start.elementsEqual(".\r\n".utf8) {
                buffer.moveReaderIndex(forwardBy: 3)
                return .end
            }
            if start.count < 3, ".\r\n".utf8.starts(with: start) { return nil }
            buffer.moveReaderIndex(forwardBy: 1)
            matched = 0
        }
        let length = lineStartsWithDot(buffer.readableBytesView)
        guard length > 0, let bytes = buffer.readSlice(length: length) else { return nil }
        return .bytes(bytes)
    }

    /// How many octets come before the next line that begins with a dot, or all.
    private mutating func lineStartsWithDot(_ view: ByteBufferView) -> Int {
        view.withUnsafeBytes { bytes in
            for (index, byte) in bytes.enumerated() {
                if matched == 2, byte == UInt8(ascii: "."), index > 0 { return index }
                matched =
                    switch byte {
                    case 0x0D: 1
                    case 0x0A where matched == 1: 2
                    default: 0
                    }
            }
            return bytes.count
        }
    }
}
