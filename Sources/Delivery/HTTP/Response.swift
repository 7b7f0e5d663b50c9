internal import HTTPSemantics
package import NIOCore

/// A response as a ``Responder`` hands it over. The connection adds Content-Length or Transfer-Encoding, Connection,
/// and Date when it is missing, and leaves the body out where HTTP has none (HEAD, 204, 304).
package struct Response: Sendable {
    /// A final status code, 200 to 599.
    package var status: Int
    /// Field lines that many responses share; without Content-Length, Transfer-Encoding and Connection.
    package var fields: HeaderBlock
    /// Field lines of this response alone, sent after ``fields``.
    package var additions: HeaderBlock
    package var body: ResponseBody

    package init(
        status: Int, fields: HeaderBlock = HeaderBlock(), additions: HeaderBlock = HeaderBlock(),
        body: ResponseBody = .empty
    ) {
        self.status = status
        self.fields = fields
        self.additions = additions
        self.body = body
    }

    /// A response with the status as its text: for errors.
    ///
    /// - Parameters:
    ///   - status: the status code, 400 to 599.
    ///   - detail: one line for the reader, without anything that the peer may not know.
    ///   - fields: more field lines, such as Allow.
    package static func plain(
        _ status: Int, _ detail: String? = nil, fields: HeaderBlock = HeaderBlock()
    ) -> Response {
        var block = fields
        block.append("Content-Type", constant: "text/plain; charset=utf-8")
        block.append(CrossOrigin.fields)
        let text = "\(status) \(StatusCode.reason(status))\(detail.map { ": \($0)" } ?? "")\n"
        return Response(status: status, fields: block, body: .bytes(ByteBuffer(string: text)))
    }
}

/// The content of a response.
package enum ResponseBody: Sendable {
    /// None: Content-Length is 0 unless the status forbids a body.
    case empty
    /// Left out, though a GET would have this length (nil: unknown): the answer to HEAD from a source that knows.
    case omitted(length: Int?)
    /// From memory; pieces of it are shared, not copied.
    case bytes(ByteBuffer)
    /// Part of an open file, sent by the kernel.
    case file(any SendableFile, Range<Int>)
    /// Produced while it is sent; `length` is nil when it is not known beforehand.
    case stream(any BodyStream, length: Int?)
}

/// An open file that responses send from, held until the last byte has left.
package protocol SendableFile: AnyObject, Sendable {
    /// Open for as long as the file lives; read at offsets only.
    var descriptor: CInt { get }
}

/// A body that arrives while it is sent. The connection reads it on its event loop and only while the socket takes
/// bytes: that is the back-pressure.
package protocol BodyStream: AnyObject, Sendable {
    /// The next bytes.
    ///
    /// - Parameter wake: called once, from any thread, when there is more after ``BodyStreamRead/pending``; never
    ///   called after another result.
    func read(wake: @escaping @Sendable () -> Void) -> BodyStreamRead

    /// The client is gone or does not want the body: no more reads follow.
    func cancel()
}

/// What a ``BodyStream`` had.
package enum BodyStreamRead: Sendable {
    case bytes(ByteBuffer)
    case pending
    /// The body is complete.
    case end
    /// The rest will never come: the connection is cut so that the client notices.
    case failed
}
