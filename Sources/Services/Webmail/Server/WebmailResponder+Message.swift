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
        var from: People?
        var replyTo: People?
        var to: People?
        var cc: People?
        var bcc: People?
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
        /// The same as a page of its own, with who wrote it to whom.
        var aloneURL = ""
        /// How high the frame is: a class; nil for most of the window.
        var height: String?
        var html = ""
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
        let compose = Link.message(folder, uid, on: "/compose")
        let place = Link.place(page: visit.page, search: visit.search)
        let link = Link.message(folder, uid) + place
        let neighbours = try await neighbours(of: summary.message, here, visit)
        let values = MessageValues(
            token: visit.session.token, folder: folder, uid: String(uid),
            listURL: Link.list(folder, page: visit.page, search: visit.search),
            newerURL: neighbours.newer, olderURL: neighbours.older,
            editURL: here.info.use == .drafts ? Link.path("/compose", [("draft", String(uid))]) : nil,
            replyURL: compose + "&do=reply",
            replyAllURL: hasOthers(content, visit) ? compose + "&do=reply-all" : nil,
            forwardURL: compose + "&do=forward", forwardFileURL: compose + "&do=forward-file",
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
            threadText: "Show the conversation of \(conversation) messages", from: People(content.from),
            replyTo: content.replyTo.map(\.address) == content.from.map(\.address) ? nil : People(content.replyTo),
            to: People(content.to), cc: People(content.cc), bcc: People(content.bcc),
            date: DateText().long(summary.date),
            remoteText: shown.remoteText, remoteURL: link + "&images=1",
            plainURL: content.hasHTML ? (isPlain ? link : link + "&view=text") : nil,
            plainText: isPlain ? "Show as its writer meant it" : "Show as plain text", bodies: shown.bodies,
            isBlank: content.isBlank, hasAttachments: !shown.files.isEmpty,
            attachmentsText: shown.files.count == 1 ? "1 attachment" : "\(shown.files.count) attachments",
            attachments: shown.files)
        return page(
            chrome(visit, values.subject, folders: folders, current: folder), "message", values)
    }

    /// Whether an answer to all goes to more people than one to its writer.
    func hasOthers(_ content: ReadMessage, _ visit: Visit) -> Bool {
        !recipients(content, visit, isToAll: true).cc.isEmpty
    }

    /// Links to the messages before and after one in a folder's list, or among those that were found; none in folders with
    /// very many.
    private func neighbours(
        of message: StoredMessage, _ folder: Folder, _ visit: Visit
    ) async throws -> (newer: String?, older: String?) {
        guard visit.search.isEmpty else {
            return try await neighbours(of: message.uid, found: visit.search, folder, visit)
        }
        guard folder.status?.messages ?? 0 <= 20_000 else { return (nil, nil) }
        let all = try await visit.mail.snapshot(of: folder.name).messages
        let here = (message.internalDate, message.uid)
        func isEarlier(_ left: StoredMessage, _ right: StoredMessage) -> Bool {
            (left.internalDate, left.uid) < (right.internalDate, right.uid)
        }
        let newer = all.filter { ($0.internalDate, $0.uid) > here }.min(by: isEarlier)
        let older = all.filter { ($0.internalDate, $0.uid) < here }.max(by: isEarlier)
        let place = Link.place(page: visit.page, search: "")
        return (
            newer.map { Link.message(folder.name, $0.uid) + place },
            older.map { Link.message(folder.name, $0.uid) + place }
        )
    }

    /// The same in a search: around where the list was, else among the first thousand.
    private func neighbours(
        of uid: UInt32, found words: String, _ folder: Folder, _ visit: Visit
    ) async throws -> (newer: String?, older: String?) {
        let start = max(0, (visit.page - 1) * Self.pageSize - 1)
        for (offset, count) in [(start, Self.pageSize + 2), (0, 1000)] {
            let hits = try await visit.mail.summaries(of: folder.name, matching: words, offset: offset, count: count)
                .page
            guard let index = hits.firstIndex(where: { $0.message.uid == uid }) else { continue }
            func link(_ index: Int) -> String? {
                guard hits.indices.contains(index) else { return nil }
                let page = (offset + index) / Self.pageSize + 1
                return Link.message(folder.name, hits[index].message.uid) + Link.place(page: page, search: words)
            }
            return (link(index - 1), link(index + 1))
        }
        return (nil, nil)
    }

    /// What a message's texts and files look like on a page.
    ///
    /// - Parameter counts: whether pictures of other hosts are counted, for which HTML has to be parsed; else it is said that
    ///   there may be some.
    func show(
        _ content: ReadMessage, folder: String, uid: UInt32, showsPictures: Bool, isPlain: Bool,
        counts: Bool = true
    ) async -> (bodies: [Shown], files: [File], remoteText: String?) {
        var bodies = content.events.map { Shown(html: PlainTextPage.render($0).html, isTruncated: false) }
        var (remote, mayBeMore) = (0, false)
        for (index, text) in content.texts.enumerated() {
            if text.isHTML, !isPlain {
                var shown = Shown(isTruncated: text.isTruncated)
                if counts {
                    // What is counted here is written when the frame asks for it.
                    var options = HTMLSanitiser.Options()
                    options.showsRemotePictures = showsPictures
                    let pictures = content.pictures
                    options.picture = { pictures[$0] == nil ? nil : "/picture" }
                    let result = await renderer.render(text.text, options)
                    remote += result.remotePictures
                    shown.height = MessagePage.height(of: result, placeholder: options.placeholder)
                } else {
                    mayBeMore = mayBeMore || text.text.contains("<img") || text.text.contains("<IMG")
                }
                let url = Link.message(folder, uid, on: "/body") + "&text=\(index)" + (showsPictures ? "&images=1" : "")
                (shown.frameURL, shown.aloneURL) = (url, url + "&alone=1")
                bodies.append(shown)
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
            remote == 0
            ? "Pictures on other hosts are not shown, so that nobody hears that you read this."
            : remote == 1
                ? "1 picture on another host is not shown, so that nobody hears that you read this."
                : "\(remote) pictures on other hosts are not shown, so that nobody hears that you read this."
        return (bodies, files, (remote > 0 || mayBeMore) && !showsPictures ? blocked : nil)
    }
}
