internal import Accounts
internal import Foundation
internal import Hummingbird
internal import LineProtocol
internal import MailStore
internal import Synchronization

/// Folders and what is in them.
extension WebmailResponder {
    static let pageSize = 50

    /// A folder as people see it.
    struct Folder: Sendable {
        var info: MailboxInfo
        var status: MailboxStatus?

        var name: String { info.name }

        /// `Inbox` for `INBOX`; of others the last level, as those above stand over it.
        var label: String {
            name == "INBOX" ? "Inbox" : PrintableText.line(name.split(separator: "/").last.map(String.init) ?? name)
        }

        var fullLabel: String { name == "INBOX" ? "Inbox" : PrintableText.line(name.replacing("/", with: " / ")) }
    }

    /// All folders: the inbox, those with a purpose, the others by name.
    func allFolders(_ visit: Visit, withStatus: Bool) async throws -> [Folder] {
        let order: [SpecialUse?] = [.drafts, .sent, .archive, .junk, .trash]
        var folders: [Folder] = []
        for info in try await visit.mail.mailboxes().prefix(500) {
            var folder = Folder(info: info)
            // One may be deleted meanwhile.
            if withStatus { folder.status = try? await visit.mail.status(of: info.name) }
            folders.append(folder)
        }
        func rank(_ folder: Folder) -> Int {
            folder.name == "INBOX" ? -1 : order.firstIndex(of: folder.info.use) ?? order.count
        }
        return folders.sorted { (rank($0), $0.name.lowercased(), $0.name) < (rank($1), $1.name.lowercased(), $1.name) }
    }

    /// What stands around a page.
    func chrome(_ visit: Visit, _ title: String, folders: [Folder], current: String? = nil) -> PageChrome {
        var chrome = PageChrome(title: String(title.prefix(200)))
        chrome.isLoggedIn = true
        chrome.account = visit.session.account.description
        chrome.token = visit.session.token
        let here = folders.first { $0.name == current }
        chrome.folder = here?.name ?? "INBOX"
        chrome.folderLabel = here?.label ?? "Inbox"
        if let notice = state.sessions.withLock({ $0.takeNotice(visit.number) }) {
            if notice.isWarning { chrome.warning = notice.text } else { chrome.notice = notice.text }
        }
        chrome.folders = folders.map { folder in
            let unread = folder.info.use == .drafts ? folder.status?.messages ?? 0 : folder.status?.unseen ?? 0
            let isQuiet = folder.info.use == .trash || folder.info.use == .sent
            return PageChrome.FolderLink(
                url: Link.list(folder.name), label: folder.label, unread: unread > 0 && !isQuiet ? "\(unread)" : nil,
                isCurrent: folder.name == current, level: "level-\(min(3, folder.name.count { $0 == "/" }))")
        }
        return chrome
    }

    /// Folders that messages can be moved to.
    func targets(_ folders: [Folder], besides current: String) -> [Target] {
        // What was thrown away may be a draft.
        let isTrash = folders.contains { $0.name == current && $0.info.use == .trash }
        return folders.filter { $0.name != current && (isTrash || $0.info.use != .drafts) }.map {
            Target(name: $0.name, label: $0.fullLabel)
        }
    }

    struct Target {
        var name: String
        var label: String
    }

    // MARK: The list

    private struct ListValues {
        var token: String
        var folder: String
        var label: String
        var search: String?
        var here: String
        var allURL: String
        var count: String
        var isEmpty: Bool
        var emptyText: String
        var selectURL: String
        var selectText: String
        var canArchive: Bool
        var junkAction: String?
        var junkText: String
        var deleteText: String
        var targets: [Target]
        var rows: [Row]
        var isPaged: Bool
        var newerURL: String?
        var olderURL: String?
        var pageText: String
    }

    private struct Row {
        var uid: String
        var url: String
        var who: String
        var subject: String
        var date: String
        var longDate: String
        var machineDate: String
        var isUnread: Bool
        var isFlagged: Bool
        var isAnswered: Bool
        var hasAttachments: Bool
        var isSelected: Bool
    }

    func list(_ visit: Visit) async throws -> Response {
        let folders = try await allFolders(visit, withStatus: true)
        guard let folder = folders.first(where: { $0.name == visit.folder }) else {
            throw WebmailError(MailStoreError(.noMailbox, "there is no such folder"))
        }
        let search = visit.search
        var number = visit.page
        var found = try await visit.mail.summaries(
            of: folder.name, matching: search.isEmpty ? nil : search, offset: (number - 1) * Self.pageSize,
            count: Self.pageSize)
        let last = max(1, (found.total + Self.pageSize - 1) / Self.pageSize)
        if number > last {
            // The last page went with its messages.
            number = last
            found = try await visit.mail.summaries(
                of: folder.name, matching: search.isEmpty ? nil : search, offset: (number - 1) * Self.pageSize,
                count: Self.pageSize)
        }
        let isSelected = visit.query["select"] == "all"
        let here = Link.list(folder.name, page: number, search: search)
        let values = ListValues(
            token: visit.session.token, folder: folder.name, label: folder.fullLabel,
            search: search.isEmpty ? nil : search, here: here, allURL: Link.list(folder.name),
            count: Self.count(found.total, folder.status, isSearch: !search.isEmpty), isEmpty: found.page.isEmpty,
            emptyText: search.isEmpty ? Self.emptyText(folder) : "Nothing found in this folder.",
            selectURL: isSelected ? here : here + "&select=all", selectText: isSelected ? "Select none" : "Select all",
            canArchive: folder.info.use != .archive && folders.contains { $0.info.use == .archive },
            junkAction: Self.junkAction(folder, folders), junkText: folder.info.use == .junk ? "Not junk" : "Junk",
            deleteText: folder.info.use == .trash ? "Delete for good" : "Delete",
            targets: targets(folders, besides: folder.name),
            rows: rows(
                found.page, folder, isSelected: isSelected, place: Link.place(page: number, search: search)),
            isPaged: last > 1,
            newerURL: number > 1 ? Link.list(folder.name, page: number - 1, search: search) : nil,
            olderURL: number < last ? Link.list(folder.name, page: number + 1, search: search) : nil,
            pageText: "Page \(number) of \(last)")
        var chrome = chrome(visit, folder.label, folders: folders, current: folder.name)
        chrome.search = search
        return page(chrome, "list", values)
    }

    private func rows(
        _ summaries: [MessageSummary], _ folder: Folder, isSelected: Bool, place: String
    ) -> [Row] {
        let dates = DateText()
        let isOutgoing = folder.info.use == .sent || folder.info.use == .drafts
        return summaries.map { summary in
            let message = summary.message
            let recipients = summary.to.isEmpty ? "(nobody)" : "To: \(PrintableText.line(summary.to))"
            return Row(
                uid: String(message.uid),
                url: folder.info.use == .drafts
                    ? Link.path("/compose", [("draft", String(message.uid))])
                    : Link.message(folder.name, message.uid) + place,
                who: isOutgoing ? recipients : summary.author,
                subject: summary.title, date: dates.short(summary.date),
                longDate: dates.long(summary.date), machineDate: DateText.machine(summary.date),
                isUnread: !message.flags.system.contains(.seen), isFlagged: message.flags.system.contains(.flagged),
                isAnswered: message.flags.system.contains(.answered), hasAttachments: summary.hasAttachments,
                isSelected: isSelected)
        }
    }

    static func junkAction(_ folder: Folder, _ folders: [Folder]) -> String? {
        if folder.info.use == .junk { return "inbox" }
        return folders.contains { $0.info.use == .junk } && folder.info.use == nil ? "junk" : nil
    }

    private static func count(_ total: Int, _ status: MailboxStatus?, isSearch: Bool) -> String {
        if isSearch { return total == 1 ? "1 found" : "\(total) found" }
        let unread = status?.unseen ?? 0
        return (total == 1 ? "1 message" : "\(total) messages") + (unread > 0 ? ", \(unread) unread" : "")
    }

    private static func emptyText(_ folder: Folder) -> String {
        switch folder.info.use {
        case .drafts: "No drafts. What you begin and save for later is kept here."
        case .sent: "Nothing sent yet."
        case .trash: "The trash is empty."
        case .junk: "No junk. Good."
        case .archive: "Nothing archived yet."
        case nil: folder.name == "INBOX" ? "No mail. It appears here when it arrives." : "This folder is empty."
        }
    }

    // MARK: What is done with messages

    /// A form on a list or on a message: an action on those whose boxes are checked, or the star of one.
    func act(_ visit: Visit) async throws -> Response {
        let folder = visit.form["folder"]
        let back = Link.isOwn(visit.form["back"]) ? visit.form["back"] : Link.list(folder)
        if let uid = UInt32(visit.form["star"]) {
            let message = try await visit.mail.summary(of: uid, in: folder).message
            let change: FlagChange = message.flags.system.contains(.flagged) ? .remove : .add
            _ = try await visit.mail.setFlags(of: [uid], in: folder, change, MessageFlags(.flagged))
            return redirect(back)
        }
        let uids = visit.form.all("uid").compactMap { UInt32($0) }
        guard !uids.isEmpty else {
            leave("Please check the boxes of some messages first.", visit, isWarning: true)
            return redirect(back)
        }
        switch visit.form["action"] {
        case "read": try await mark(uids, folder, .add, .seen, visit)
        case "unread": try await mark(uids, folder, .remove, .seen, visit)
        case "flag": try await mark(uids, folder, .add, .flagged, visit)
        case "unflag": try await mark(uids, folder, .remove, .flagged, visit)
        case "delete": try await delete(uids, folder, visit)
        case "archive": try await move(uids, folder, to: use(.archive, visit), visit)
        case "junk": try await move(uids, folder, to: use(.junk, visit), visit)
        case "inbox": try await move(uids, folder, to: "INBOX", visit)
        case "move" where visit.form["target"].isEmpty: leave("Please choose a folder first.", visit, isWarning: true)
        case "move": try await move(uids, folder, to: visit.form["target"], visit)
        default: throw WebmailError(.badRequest, "There is no such action", "")
        }
        return redirect(back)
    }

    /// What the next page says.
    func leave(_ notice: String, _ visit: Visit, isWarning: Bool = false) {
        state.sessions.withLock { $0.leave(Session.Notice(text: notice, isWarning: isWarning), for: visit.number) }
    }

    private func mark(
        _ uids: [UInt32], _ folder: String, _ change: FlagChange, _ flag: MessageFlags.System, _ visit: Visit
    ) async throws {
        _ = try await visit.mail.setFlags(of: uids, in: folder, change, MessageFlags(flag))
    }

    /// Into the trash; from there for good.
    private func delete(_ uids: [UInt32], _ folder: String, _ visit: Visit) async throws {
        let trash = try await use(.trash, visit)
        guard folder == trash else { return try await move(uids, folder, to: trash, visit) }
        let gone = try await visit.mail.expunge(folder, uids: uids, force: true)
        leave("Deleted for good: \(Self.messages(gone.count)).", visit)
    }

    private func move(_ uids: [UInt32], _ folder: String, to target: String, _ visit: Visit) async throws {
        guard folder != target else { return }
        let moved = try await visit.mail.move(uids, from: folder, to: target).pairs.count
        leave("Moved to \(target == "INBOX" ? "Inbox" : target): \(Self.messages(moved)).", visit)
    }

    static func messages(_ count: Int) -> String { count == 1 ? "1 message" : "\(count) messages" }

    /// The folder for a purpose; made if there is none.
    func use(_ use: SpecialUse, _ visit: Visit) async throws -> String {
        let all = try await visit.mail.mailboxes()
        if let mailbox = all.first(where: { $0.use == use }) { return mailbox.name }
        let name = String(use.rawValue.dropFirst())
        if !all.contains(where: { $0.name == name }) { try await visit.mail.create(name, use: use) }
        return name
    }
}
