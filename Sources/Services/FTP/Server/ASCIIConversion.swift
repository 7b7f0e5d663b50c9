package import NIOCore

/// Ends of lines between the wire, where they are CR LF, and files, where they are LF (`TYPE A`, RFC 959 §3.1.1.1).
package struct ASCIIConversion: Sendable {
    private var endsWithCR = false

    package init() {}

    /// For the wire. A line that ends with CR LF in the file already is not given another CR.
    package mutating func outgoing(_ bytes: ByteBuffer) -> ByteBuffer {
        var result = ByteBuffer()
        result.reserveCapacity(bytes.readableBytes + bytes.readableBytes / 16)
        for octet in bytes.readableBytesView {
            if octet == 0x0A, !endsWithCR { result.writeInteger(UInt8(0x0D)) }
            result.writeInteger(octet)
            endsWithCR = octet == 0x0D
        }
        return result
    }

    /// For a file; a CR without LF stays.
    package mutating func incoming(_ bytes: ByteBuffer) -> ByteBuffer {
        var result = ByteBuffer()
        result.reserveCapacity(bytes.readableBytes + 1)
        for octet in bytes.readableBytesView {
            if endsWithCR, octet != 0x0A { result.writeInteger(UInt8(0x0D)) }
            endsWithCR = octet == 0x0D
            if !endsWithCR { result.writeInteger(octet) }
        }
        return result
    }

    /// What is left at the end of what came in.
    package mutating func end() -> ByteBuffer {
        defer { endsWithCR = false }
        return endsWithCR ? ByteBuffer(integer: UInt8(0x0D)) : ByteBuffer()
    }
}
