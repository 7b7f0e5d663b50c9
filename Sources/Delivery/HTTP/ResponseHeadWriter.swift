internal import Foundation
internal import HTTPSemantics
internal import NIOCore

/// Writes the heads of one connection's responses.
struct ResponseHeadWriter {
    /// How the end of a response's body is told.
    enum Framing: Equatable {
        /// No body, and no field about it (1xx, 204, 304).
        case bodiless
        case length(Int)
        case chunked
        /// By closing the connection: an HTTP/1.0 client and an unknown length.
        case close
        /// No body and an unknown length: HEAD.
        case unknown
    }

    private var dateSecond = -1
    private var dateLine = ByteBuffer()

    /// The head of `response`, with `reserving` more bytes of room behind it.
    mutating func head(
        of response: Response, framing: Framing, keepsAlive: Bool, minorVersion: Int, reserving: Int,
        allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        var buffer = allocator.buffer(
            capacity: 160 + response.fields.bytes.readableBytes + response.additions.bytes.readableBytes + reserving)
        switch response.status {
        case 200: buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        case 206: buffer.writeStaticString("HTTP/1.1 206 Partial Content\r\n")
        case 304: buffer.writeStaticString("HTTP/1.1 304 Not Modified\r\n")
        default: buffer.writeString("HTTP/1.1 \(response.status) \(StatusCode.reason(response.status))\r\n")
        }
        buffer.writeImmutableBuffer(response.fields.bytes)
        buffer.writeImmutableBuffer(response.additions.bytes)
        if !response.fields.hasDate, !response.additions.hasDate { writeDate(to: &buffer) }
        switch framing {
        case .length(let length):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeDecimal(length)
            buffer.writeStaticString("\r\n")
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .bodiless, .close, .unknown: break
        }
        if !keepsAlive {
            buffer.writeStaticString("Connection: close\r\n")
        } else if minorVersion == 0 {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        buffer.writeStaticString("\r\n")
        return buffer
    }

    /// The Date line, formatted once a second.
    private mutating func writeDate(to buffer: inout ByteBuffer) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        if time.tv_sec != dateSecond {
            dateSecond = time.tv_sec
            dateLine.clear()
            dateLine.writeString("Date: \(HTTPDate(secondsSinceEpoch: time.tv_sec))\r\n")
        }
        buffer.writeImmutableBuffer(dateLine)
    }
}
