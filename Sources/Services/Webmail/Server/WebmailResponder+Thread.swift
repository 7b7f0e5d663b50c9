internal import Foundation
internal import Hummingbird
internal import Mail
internal import MailStore

/// Conversations.
extension WebmailResponder {
    private struct ThreadValues {
        var token: String
        /// Where this page is; the list if nothing will be left of it.
        var here: String
        var subject: String
        var count: String
        var listURL: String?
        var messages: [Part]
    }

    private struct Part {
        /// Names the place on the page.
        var anchor: String
        var folder: String
        var uid: String
        var who: String
        var date: String
        var shortDate: String
        var machineDate: String
        var folderLabel: String
        var url: String
        var replyURL: String
        var replyAllURL: String?
        var forwardURL: String
        var deleteText: String
        var isUnread: Bool
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
        let trash = folders.first { $0.info.use == .trash }?.name
        let dates = DateText()
        let shown = all.suffix(Self.shownInThread)
        var parts: [Part] = []
        for summary in shown {
            let (folder, uid) = (summary.mailbox, summary.message.uid)
            // One may go while the others are read.
            guard let file = try? await visit.mail.open(uid, in: folder) else { continue }
            let content = try await ReadMessage.read(file)
            let isLast = summary == shown.last
            let showsPictures = visit.query["images"] == String(uid) && visit.query["of"] == folder
            let isUnread = !summary.message.flags.system.contains(.seen)
            let isOpen = isLast || isUnread || showsPictures
            let view = await show(
                content, folder: folder, uid: uid, showsPictures: showsPictures, isPlain: false, counts: isOpen)
            let (files, anchor) = (view.files.count, "m\(parts.count + 1)")
            let compose = Link.message(folder, uid, on: "/compose")
            parts.append(
                Part(
                    anchor: anchor, folder: folder, uid: String(uid), who: summary.author,
                    date: dates.long(summary.date), shortDate: dates.short(summary.date),
                    machineDate: DateText.machine(summary.date),
                    folderLabel: folders.first { $0.name == folder }?.label ?? folder,
                    url: Link.message(folder, uid), replyURL: compose + "&do=reply",
                    replyAllURL: hasOthers(content, visit) ? compose + "&do=reply-all" : nil,
                    forwardURL: compose + "&do=forward",
                    deleteText: folder == trash ? "Delete for good" : "Delete", isUnread: isUnread, isOpen: isOpen,
                    remoteText: view.remoteText,
                    remoteURL: Link.path(
                        "/thread",
                        [
                            ("id", visit.query["id"]), ("folder", visit.folder), ("images", String(uid)),
                            ("of", folder),
                        ]) + "#" + anchor, bodies: view.bodies,
                    isBlank: content.isBlank, hasAttachments: files > 0,
                    attachmentsText: files == 1 ? "1 attachment" : "\(files) attachments", attachments: view.files))
            if !visit.isPrefetch, isLast || isUnread {
                _ = try? await visit.mail.setFlags(of: [uid], in: folder, .add, MessageFlags(.seen))
            }
        }
        let hidden = all.count - shown.count
        let subject = first.title
        let values = ThreadValues(
            token: visit.session.token,
            here: all.count == 1
                ? Link.list(visit.folder)
                : Link.path("/thread", [("id", visit.query["id"]), ("folder", visit.folder)]), subject: subject,
            count: Self.messages(all.count) + (hidden > 0 ? ", the newest \(shown.count) are shown" : ""),
            listURL: Link.list(visit.folder), messages: parts)
        return page(chrome(visit, subject, folders: folders, current: visit.folder), "thread", values)
    }
}
