internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Mail
internal import MailStore
internal import NIOCore
internal import Synchronization

/// Messages to be read.
extension WebmailResponder {
    private struct MessageValues {
        var token: String
        var folder: String
        var uid: String
        var listURL: String
        var newerURL: String?
        var olderURL: String?
        var editURL: String?
        var replyURL: String
        var replyAllURL: String?
        var forwardURL: String
        var forwardFileURL: String
        var sourceURL: String
        var saveURL: String
        var deleteText: String
        var starAction: String
        var starText: String
        var canArchive: Bool
        var junkAction: String?
        var junkText: String
        var targets: [Target]
        var subject: String
        var threadURL: String?
        var threadText: String
        var fromName: String
        var fromAddress: String?
        var replyTo: String?
        var to: String?
        var cc: String?
        var bcc: String?
        var date: String
        var remoteText: String?
        var remoteURL: String
        var plainURL: String?
        var plainText: String
        var bodies: [Shown]
        var isBlank: Bool
        var hasAttachments: Bool
        var attachmentsText: String
        var attachments: [File]
    }

    /// A text of a message on a page: in a frame, or as HTML that was made here.
    struct Shown {
        var frameURL: String?
        var html: String
        var isTruncated: Bool
    }

    struct File {
        var name: String
        var size: String
        var url: String
        var pictureURL: String?
    }

    func message(_ visit: Visit) async throws -> Response {
        let (folder, uid) = try visit.place()
        let content = try await ReadMessage.read(try await visit.mail.open(uid, in: folder))
        if !visit.isPrefetch {
            _ = try await visit.mail.setFlags(of: [uid], in: folder, .add, MessageFlags(.seen))
        }
        let summary = try await visit.mail.summary(of: uid, in: folder)
        let conversation = try await visit.mail.thread(summary.thread).count
        let folders = try await allFolders(visit, withStatus: true)
        guard let here = folders.first(where: { $0.name == folder }) else {
            throw WebmailError(MailStoreError(.noMailbox, "there is no such folder"))
        }
        let showsPictures = visit.query["images"] == "1"
        let isPlain = visit.query["view"] == "text"
        let shown = await show(
            content, folder: folder, uid: uid, showsPictures: showsPictures, isPlain: isPlain)
        let isFlagged = summary.message.flags.system.contains(.flagged)
        let others = content.to.count + content.cc.count > 1 || !content.cc.isEmpty
        let place = Link.place(page: visit.page, search: visit.search)
        let link = Link.message(folder, uid) + place
        let neighbours = try await neighbours(of: summary.message, here, visit)
        let values = MessageValues(
            token: visit.session.token, folder: folder, uid: String(uid),
            listURL: Link.list(folder, page: visit.page, search: visit.search),
            newerURL: neighbours.newer.map { Link.message(folder, $0) + place },
            olderURL: neighbours.older.map { Link.message(folder, $0) + place },
            editURL: here.info.use == .drafts ? Link.path("/compose", [("draft", String(uid))]) : nil,
            replyURL: Link.message(folder, uid, on: "/compose") + "&do=reply",
            replyAllURL: others ? Link.message(folder, uid, on: "/compose") + "&do=reply-all" : nil,
            forwardURL: Link.message(folder, uid, on: "/compose") + "&do=forward",
            forwardFileURL: Link.message(folder, uid, on: "/compose") + "&do=forward-file",
            sourceURL: Link.message(folder, uid, on: "/raw"),
            saveURL: Link.message(folder, uid, on: "/raw") + "&save=1",
            deleteText: here.info.use == .trash ? "Delete for good" : "Delete",
            starAction: isFlagged ? "unflag" : "flag", starText: isFlagged ? "Unflag" : "Flag",
            canArchive: here.info.use != .archive && folders.contains { $0.info.use == .archive },
            junkAction: Self.junkAction(here, folders), junkText: here.info.use == .junk ? "Not junk" : "Junk",
            targets: targets(folders, besides: folder),
            subject: content.subject.isEmpty ? "(no subject)" : content.subject,
            threadURL: conversation > 1
                ? Link.path("/thread", [("id", String(summary.thread)), ("folder", folder)]) : nil,
            threadText: "Show the conversation of \(conversation) messages", fromName: summary.from,
            fromAddress: summary.fromAddress.isEmpty || summary.fromAddress == summary.from ? nil : summary.fromAddress,
            replyTo: Self.differing(content.replyTo, content.from), to: Self.list(content.to),
            cc: Self.list(content.cc), bcc: Self.list(content.bcc), date: DateText().long(summary.date),
            remoteText: shown.remoteText, remoteURL: link + "&images=1",
            plainURL: content.hasHTML ? (isPlain ? link : link + "&view=text") : nil,
            plainText: isPlain ? "Show as its writer meant it" : "Show as plain text", bodies: shown.bodies,
            isBlank: content.isBlank, hasAttachments: !shown.files.isEmpty,
            attachmentsText: shown.files.count == 1 ? "1 attachment" : "\(shown.files.count) attachments",
            attachments: shown.files)
        return page(
            chrome(visit, values.subject, folders: folders, current: folder), "message", values)
    }

    /// The messages before and after one in a folder's list; none in folders with very many.
    private func neighbours(
        of message: StoredMessage, _ folder: Folder, _ visit: Visit
    ) async throws -> (newer: UInt32?, older: UInt32?) {
        guard folder.status?.messages ?? 0 <= 20_000 else { return (nil, nil) }
        let all = try await visit.mail.snapshot(of: folder.name).messages
        let here = (message.internalDate, message.uid)
        func isEarlier(_ left: StoredMessage, _ right: StoredMessage) -> Bool {
            (left.internalDate, left.uid) < (right.internalDate, right.uid)
        }
        let newer = all.filter { ($0.internalDate, $0.uid) > here }.min(by: isEarlier)
        let older = all.filter { ($0.internalDate, $0.uid) < here }.max(by: isEarlier)
        return (newer?.uid, older?.uid)
    }

    /// Names and addresses with commas; nil for none. Of many, the first.
    private static func list(_ addresses: [NamedAddress]) -> String? {
        guard !addresses.isEmpty else { return nil }
        let shown = addresses.prefix(100).map(\.description).joined(separator: ", ")
        return addresses.count > 100 ? shown + " and \(addresses.count - 100) more" : shown
    }

    private static func differing(_ addresses: [NamedAddress], _ others: [NamedAddress]) -> String? {
        addresses.map(\.address) == others.map(\.address) ? nil : list(addresses)
    }

    /// What a message's texts and files look like on a page.
    ///
    /// - Parameter counts: whether pictures of other hosts are counted, for which HTML has to be parsed.
    func show(
        _ content: ReadMessage, folder: String, uid: UInt32, showsPictures: Bool, isPlain: Bool,
        counts: Bool = true
    ) async -> (bodies: [Shown], files: [File], remoteText: String?) {
        var bodies = content.events.map { Shown(html: PlainTextPage.render($0).html, isTruncated: false) }
        var remote = 0
        for (index, text) in content.texts.enumerated() {
            if text.isHTML, !isPlain {
                // What is counted here is written when the frame asks for it.
                if counts { remote += await renderer.render(text.text, HTMLSanitiser.Options()).remotePictures }
                let url = Link.message(folder, uid, on: "/body") + "&text=\(index)" + (showsPictures ? "&images=1" : "")
                bodies.append(Shown(frameURL: url, html: "", isTruncated: text.isTruncated))
            } else {
                let plain = PlainTextPage.render(text.isHTML ? await renderer.read(text.text) : text.text)
                bodies.append(Shown(html: plain.html, isTruncated: text.isTruncated || plain.isTruncated))
            }
        }
        let files = content.files(isPlain: isPlain).map { attachment in
            let isPicture = Picture.types.contains(attachment.type) && attachment.size < 4 << 20
            return File(
                name: attachment.name, size: SizeText.text(attachment.size),
                url: Link.part(folder, uid, attachment.number),
                pictureURL: isPicture ? Link.part(folder, uid, attachment.number) + "&show=1" : nil)
        }
        let blocked =
            remote == 1
            ? "1 picture on another host is not shown, so that nobody hears that you read this."
            : "\(remote) pictures on other hosts are not shown, so that nobody hears that you read this."
        return (bodies, files, remote > 0 && !showsPictures ? blocked : nil)
    }

    // MARK: What pages fetch

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
        return Response(
            status: .ok, headers: Headers.message(showsRemotePictures: options.showsRemotePictures),
            body: ResponseBody(byteBuffer: ByteBuffer(string: MessagePage.document(result))))
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
        guard let start = try await content.next(), let type = Picture.type(of: start) else {
            throw WebmailError(.unsupportedMediaType, "This is no picture", "")
        }
        return response(content, from: start, Headers.file(type, name: nil))
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
        return response(content, Headers.file(Headers.safeType(content.type), name: content.name))
    }

    /// A part as it is decoded.
    ///
    /// - Parameter start: what was taken from it already.
    private func response(_ content: PartStream, from start: [UInt8] = [], _ headers: HTTPFields) -> Response {
        Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
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

    // MARK: Conversations

    private struct ThreadValues {
        var subject: String
        var count: String
        var listURL: String?
        var messages: [Part]
    }

    private struct Part {
        var who: String
        var date: String
        var machineDate: String
        var folderLabel: String
        var url: String
        var replyURL: String
        var isOpen: Bool
        var remoteText: String?
        var remoteURL: String
        var bodies: [Shown]
        var isBlank: Bool
        var hasAttachments: Bool
        var attachmentsText: String
        var attachments: [File]
    }

    /// Messages of a conversation whose texts are on its page: the newest.
    static let shownInThread = 20

    func thread(_ visit: Visit) async throws -> Response {
        let all = try await visit.mail.thread(Int(visit.query["id"]) ?? -1)
        guard let first = all.first else {
            throw WebmailError(.notFound, "There is no such conversation", "It may have been joined with another.")
        }
        let folders = try await allFolders(visit, withStatus: true)
        let dates = DateText()
        let shown = all.suffix(Self.shownInThread)
        let newestUnread = shown.filter { !$0.message.flags.system.contains(.seen) }.map(\.message.uid)
        var parts: [Part] = []
        for summary in shown {
            let (folder, uid) = (summary.mailbox, summary.message.uid)
            // One may go while the others are read.
            guard let file = try? await visit.mail.open(uid, in: folder) else { continue }
            let content = try await ReadMessage.read(file)
            let isLast = summary == shown.last
            let view = await show(
                content, folder: folder, uid: uid, showsPictures: false, isPlain: false, counts: false)
            let files = view.files.count
            parts.append(
                Part(
                    who: summary.from, date: dates.long(summary.date), machineDate: DateText.machine(summary.date),
                    folderLabel: folders.first { $0.name == folder }?.label ?? folder,
                    url: Link.message(folder, uid), replyURL: Link.message(folder, uid, on: "/compose") + "&do=reply",
                    isOpen: isLast || newestUnread.contains(uid), remoteText: view.remoteText,
                    remoteURL: Link.message(folder, uid) + "&images=1", bodies: view.bodies,
                    isBlank: content.isBlank, hasAttachments: files > 0,
                    attachmentsText: files == 1 ? "1 attachment" : "\(files) attachments", attachments: view.files))
            if !visit.isPrefetch, isLast || newestUnread.contains(uid) {
                _ = try? await visit.mail.setFlags(of: [uid], in: folder, .add, MessageFlags(.seen))
            }
        }
        let hidden = all.count - shown.count
        let subject = first.subject.isEmpty ? "(no subject)" : first.subject
        let values = ThreadValues(
            subject: subject,
            count: Self.messages(all.count) + (hidden > 0 ? ", the newest \(shown.count) are shown" : ""),
            listURL: Link.list(visit.folder), messages: parts)
        return page(chrome(visit, subject, folders: folders, current: visit.folder), "thread", values)
    }
}
