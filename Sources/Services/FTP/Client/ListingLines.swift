internal import Foundation
internal import NIOCore

/// Cuts a listing into lines. They should end with CR LF (RFC 3659 §7.2); a bare LF will do, and the last one needs no end:
/// a listing commands nothing that could be smuggled.
struct ListingLines {
    /// Octets that a line may have.
    static let maximumLength = 16_384

    private var rest = ByteBuffer()

    /// Takes what came next, and gives the lines that it ends, without their ends.
    ///
    /// - Throws: ``FTPClientError`` with `.malformed` for a CR within a line, a NUL, and a line that is too long.
    mutating func receive(_ bytes: ByteBuffer) throws(FTPClientError) -> [ByteBuffer] {
        var bytes = bytes
        if rest.readableBytes > 0 {
            rest.writeBuffer(&bytes)
        } else {
            rest = bytes
        }
        var lines: [ByteBuffer] = []
        while let length = Self.position(of: 0x0A, in: rest) {
            let line = rest.readSlice(length: length) ?? ByteBuffer()
            rest.moveReaderIndex(forwardBy: 1)
            lines.append(try check(line))
        }
        guard rest.readableBytes <= Self.maximumLength else { throw Self.fault("a line that is too long") }
        // The buffer would grow with all that came.
        rest.discardReadBytes()
        return lines
    }

    /// The last line, where it has no end.
    ///
    /// - Throws: as ``receive(_:)`` does.
    mutating func finish() throws(FTPClientError) -> ByteBuffer? {
        defer { rest = ByteBuffer() }
        return rest.readableBytes > 0 ? try check(rest) : nil
    }

    private func check(_ line: ByteBuffer) throws(FTPClientError) -> ByteBuffer {
        var line = line
        if line.readableBytesView.last == 0x0D { line.moveWriterIndex(to: line.writerIndex - 1) }
        guard line.readableBytes <= Self.maximumLength else { throw Self.fault("a line that is too long") }
        if Self.position(of: 0, in: line) != nil { throw Self.fault("an octet of value zero") }
        if Self.position(of: 0x0D, in: line) != nil { throw Self.fault("a CR within a line") }
        return line
    }

    /// How many octets stand before the first `octet`; nil when there is none.
    private static func position(of octet: CInt, in buffer: ByteBuffer) -> Int? {
        buffer.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress, let found = memchr(base, octet, bytes.count) else { return nil }
            return base.distance(to: UnsafeRawPointer(found))
        }
    }

    private static func fault(_ what: String) -> FTPClientError {
        FTPClientError(.malformed, "the listing has \(what)")
    }
}
