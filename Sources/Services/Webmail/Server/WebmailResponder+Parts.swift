internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import LineProtocol
internal import Mail
internal import MailStore
internal import NIOCore
internal import Synchronization

/// What pages of messages fetch.
extension WebmailResponder {
    /// The page in a frame that shows a part in HTML.
    func body(_ visit: Visit) async throws -> Response {
        let (folder, uid) = try visit.place()
        let content = try await ReadMessage.read(try await visit.mail.open(uid, in: folder))
        guard let index = Int(visit.query["text"]), content.texts.indices.contains(index), content.texts[index].isHTML
        else { throw WebmailError(.notFound, "There is no such part", "") }
        var options = HTMLSanitiser.Options()
        options.showsRemotePictures = visit.query["images"] == "1"
        let (pictures, key) = (content.pictures, visit.session.pictureKey)
        options.picture = { id in
            pictures[id].map { Link.part(folder, uid, $0, on: "/picture") + "&key=\(key)" }
        }
        let result = await renderer.render(content.texts[index].text, options)
        let isAlone = visit.query["alone"] == "1"
        let document =
            try await isAlone
            ? MessagePage.document(
                result, title: content.subject.isEmpty ? "Message" : String(content.subject.prefix(200)),
                head: head(content, visit.mail.summary(of: uid, in: folder)))
            : MessagePage.document(result)
        return Response(
            status: .ok, headers: Headers.message(showsRemotePictures: options.showsRemotePictures),
            body: ResponseBody(byteBuffer: ByteBuffer(string: document)))
    }

    /// What stands over a message that is alone on its page.
    private func head(_ content: ReadMessage, _ summary: MessageSummary) -> [(name: String, value: String)] {
        func list(_ people: [NamedAddress]) -> String {
            people.prefix(People.shown).map { PrintableText.line($0.description) }.joined(separator: ", ")
        }
        return [
            ("Subject", summary.title), ("From", list(content.from)), ("To", list(content.to)),
            ("Cc", list(content.cc)),
            ("Date", DateText().long(summary.date)),
        ].filter { !$0.1.isEmpty }
    }

    /// A picture of a message for the frame, which has no cookies: its URL has a key.
    func picture(_ request: Request) async throws -> Response {
        let query = try query(request)
        guard let session = state.sessions.withLock({ $0.session(pictureKey: query["key"], now: .now) }),
            try await isValid(session)
        else { throw WebmailError(.forbidden, "You are not logged in", "") }
        return try await pictureContent(
            Visit(session: session, number: "", query: query, isPrefetch: true))
    }

    private func pictureContent(_ visit: Visit) async throws -> Response {
        var content = try await content(visit)
        let length = try await content.length()
        guard let start = try await content.next(), let type = Picture.type(of: start) else {
            throw WebmailError(.unsupportedMediaType, "This is no picture", "")
        }
        return response(content, from: start, length, Headers.file(type, name: nil))
    }

    private func content(_ visit: Visit) async throws -> PartStream {
        let (folder, uid) = try visit.place()
        let file = try await visit.mail.open(uid, in: folder)
        guard let number = Link.numbers(visit.query["part"]), let content = try await PartStream.open(number, of: file)
        else { throw WebmailError(.notFound, "There is no such part", "") }
        return content
    }

    /// An attachment: to be saved, or a picture to be shown.
    func part(_ visit: Visit) async throws -> Response {
        if visit.query["show"] == "1" { return try await pictureContent(visit) }
        let content = try await content(visit)
        return response(
            content, try await content.length(), Headers.file(Headers.safeType(content.type), name: content.name))
    }

    /// A part as it is decoded.
    ///
    /// - Parameters:
    ///   - start: what was taken from it already.
    ///   - length: octets in all, so that a browser knows when it has a file whole.
    private func response(
        _ content: PartStream, from start: [UInt8] = [], _ length: Int, _ headers: HTTPFields
    ) -> Response {
        Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: length) { writer in
                var content = content
                if !start.isEmpty { try await writer.write(ByteBuffer(bytes: start)) }
                while let piece = try await content.next() { try await writer.write(ByteBuffer(bytes: piece)) }
                try await writer.finish(nil)
            })
    }

    /// A message as it is stored, in pieces.
    func raw(_ visit: Visit) async throws -> Response {
        let (folder, uid) = try visit.place()
        let file = try await visit.mail.open(uid, in: folder)
        let saves = visit.query["save"] == "1"
        return Response(
            status: .ok,
            headers: Headers.file(
                saves ? "message/rfc822" : "text/plain; charset=utf-8", name: saves ? "message-\(uid).eml" : nil),
            body: ResponseBody(contentLength: file.size) { writer in
                var offset = 0
                while offset < file.size {
                    let piece = try await file.read(offset..<min(file.size, offset + 128 << 10))
                    guard piece.readableBytes > 0 else { break }
                    offset += piece.readableBytes
                    try await writer.write(piece)
                }
                try await writer.finish(nil)
            })
    }
}
