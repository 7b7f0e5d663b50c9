internal import HTTPSemantics
package import NIOCore

/// Reads the heads of requests from a byte stream (RFC 9112 §2 to §5): strictly, because two readers that disagree on
/// where a request ends can be played against each other (request smuggling, 11.2).
///
/// A lone LF or CR, a folded field line, white space before a colon, a repeated or malformed Content-Length, a
/// Content-Length beside a Transfer-Encoding, an unknown or absent Host are refused. Every byte is looked at once,
/// however the stream is cut.
package struct RequestParser: Sendable {
    private let limits: RequestLimits
    /// How many bytes of the buffer were searched for the end of the head.
    private var searched = 0
    /// Where the line that is being searched begins.
    private var lineStart = 0
    /// Where the header section begins, once the request line is complete.
    private var headerStart: Int?
    /// Empty lines skipped before a request line.
    private var emptyLines = 0

    package init(limits: RequestLimits) { self.limits = limits }

    /// Whether part of a head has been seen.
    package var isInsideHead: Bool { searched > 0 }

    /// Takes one request head off the front of `buffer`; nil when it is not yet complete.
    ///
    /// Call it again with the same bytes and more behind them. After an error the stream cannot be read any further.
    package mutating func next(from buffer: inout ByteBuffer) throws(HTTPProtocolError) -> RequestHead? {
        skipEmptyLines(&buffer)
        guard emptyLines <= 8 else { throw HTTPProtocolError(.badRequest, "empty lines instead of a request") }
        guard let end = try findEnd(buffer) else { return nil }
        let start = headerStart ?? 0
        searched = 0
        lineStart = 0
        headerStart = nil
        emptyLines = 0
        let bytes = buffer.readBytes(length: end) ?? []
        return try HeadReader(bytes: bytes, headerStart: start, limits: limits).read()
    }

    /// A server should ignore an empty line before a request line (RFC 9112 §2.2).
    private mutating func skipEmptyLines(_ buffer: inout ByteBuffer) {
        guard headerStart == nil, lineStart == 0 else { return }
        while emptyLines <= 8, buffer.readableBytes >= 2,
            buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) == 0x0D0A
        {
            buffer.moveReaderIndex(forwardBy: 2)
            searched = 0
            emptyLines += 1
        }
    }

    /// Finds the end of the empty line that closes the head.
    private mutating func findEnd(_ buffer: ByteBuffer) throws(HTTPProtocolError) -> Int? {
        let span = buffer.readableBytesUInt8Span
        var index = searched
        while index < span.count {
            if span[index] == 0x0A {
                guard index > 0, span[index - 1] == 0x0D else {
                    throw HTTPProtocolError(.badRequest, "line feed without carriage return")
                }
                if let headerStart, index - 1 == lineStart {
                    try checkLengths(upTo: headerStart == lineStart ? headerStart : index + 1)
                    return index + 1
                }
                if headerStart == nil { headerStart = index + 1 }
                lineStart = index + 1
            }
            index += 1
        }
        searched = index
        try checkLengths(upTo: index)
        return nil
    }

    private func checkLengths(upTo end: Int) throws(HTTPProtocolError) {
        guard (headerStart ?? end) <= limits.requestLine else {
            throw HTTPProtocolError(.uriTooLong, "request line of more than \(limits.requestLine) bytes")
        }
        if let headerStart, end - headerStart > limits.headerSection {
            throw HTTPProtocolError(
                .headerFieldsTooLarge, "header section of more than \(limits.headerSection) bytes")
        }
    }
}
