internal import Accounts
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import LineProtocol
internal import Mail
internal import MailStore
internal import Synchronization

/// The page on which messages are written.
extension WebmailResponder {
    // MARK: Showing

    func compose(_ visit: Visit) async throws -> Response {
        var values = ComposePage()
        values.answers = visit.query["answers"]
        values.answersFolder = visit.query["answers-folder"]
        values.answersUID = visit.query["answers-uid"]
        values.name = await lastName(visit)
        if let uid = UInt32(visit.query["draft"]) {
            do {
                try await fill(&values, draft: uid, visit)
            } catch let error as MailStoreError where error.code == .noMessage {
                return try await successor(of: uid, visit)
            }
        } else if visit.query.has("do") {
            try await fill(&values, answering: visit.query["do"], visit)
        } else {
            func line(_ name: String) -> String { PrintableText.line(visit.query[name]) }
            values.to = line("to").isEmpty ? nil : line("to")
            (values.cc, values.bcc, values.subject) = (line("cc"), line("bcc"), line("subject"))
            values.text = visit.query["body"]
        }
        return await show(values, visit)
    }

    /// The page, with what its form has to bring back.
    func show(
        _ values: ComposePage, _ visit: Visit, notice: Session.Notice? = nil, status: HTTPResponse.Status = .ok
    ) async -> Response {
        var values = values
        values.token = visit.session.token
        values.account = visit.session.account.description
        values.isLong = values.text.utf8.count { $0 == 0x0A } > 16 || values.text.utf8.count > 1500
        // What was written is shown even if nothing else can be.
        let folders = (try? await allFolders(visit, withStatus: true)) ?? []
        var chrome = chrome(visit, values.heading, folders: folders)
        if let notice { (chrome.notice, chrome.warning) = notice.isWarning ? (nil, notice.text) : (notice.text, nil) }
        return page(chrome, "compose", values, status: status)
    }

    /// Where a draft that is gone went: `Back` leads to drafts as they were before they were saved anew.
    private func successor(of draft: UInt32, _ visit: Visit) async throws -> Response {
        let entry = state.sessions.withLock { $0.withForms(of: visit.number) { $0.entry(draft: draft) } }
        guard let entry = entry.flatMap({ $0 }), case .done(let location, let isSent) = await entry.outcome.value else {
            throw WebmailError(
                .notFound, "That draft is gone",
                "It was saved anew, sent or thrown away. What is being written is in the folder for drafts.",
                link: (Link.list(try await use(.drafts, visit)), "Show the drafts"))
        }
        if isSent { leave("That message was sent.", visit) }
        return redirect(location)
    }

    /// A form's page again, with the names of the files that go along.
    ///
    /// - Returns: the page, and whether files are gone.
    func restore(_ form: FormData, _ visit: Visit) async -> (page: ComposePage, isMissing: Bool) {
        var values = ComposePage(form)
        if !values.account.isEmpty, values.account != visit.session.account.description { values.detach() }
        let kept = Set(values.carried.map(\.part))
        guard !kept.isEmpty else { return (values, false) }
        values.carried = []
        if let uid = UInt32(values.baseUID), let file = try? await visit.mail.open(uid, in: values.baseFolder),
            let content = try? await ReadMessage.read(file)
        {
            values.carried = kept.contains(ComposePage.whole) ? [whole(content, file)] : Self.carried(content.allFiles)
            for index in values.carried.indices {
                values.carried[index].isKept = kept.contains(values.carried[index].part)
            }
        }
        return (values, values.carried.count { $0.isKept } < kept.count)
    }

    /// The name in the last message that was sent.
    private func lastName(_ visit: Visit) async -> String {
        guard let sent = try? await visit.mail.mailboxes().first(where: { $0.use == .sent }),
            let last = try? await visit.mail.summaries(of: sent.name, offset: 0, count: 1).page.first,
            last.fromAddress == visit.session.account.description, last.from != last.fromAddress
        else { return "" }
        return last.author
    }

    private func fill(_ values: inout ComposePage, draft uid: UInt32, _ visit: Visit) async throws {
        let folder = try await use(.drafts, visit)
        let content = try await ReadMessage.read(try await visit.mail.open(uid, in: folder))
        values.heading = "Draft"
        values.draft = String(uid)
        (values.baseFolder, values.baseUID) = (folder, String(uid))
        if let name = content.from.first?.name { values.name = name }
        let to = content.typed["to"] ?? Self.text(content.to)
        values.to = to.isEmpty ? nil : to
        values.cc = content.typed["cc"] ?? Self.text(content.cc)
        values.bcc = content.typed["bcc"] ?? Self.text(content.bcc)
        values.subject = content.subject
        values.text = await text(of: content)
        values.carried = Self.carried(content.allFiles)
        values.follows = Self.follows(
            content.references.isEmpty ? content.inReplyTo.map { [$0] } ?? [] : content.references)
    }

    /// The first `Message-ID` names the conversation, the last ones the way to here.
    private static func follows(_ ids: [String]) -> String {
        (ids.count > 50 ? [ids[0]] + ids.suffix(49) : ids).joined(separator: " ")
    }

    private func fill(_ values: inout ComposePage, answering kind: String, _ visit: Visit) async throws {
        let (folder, uid) = try visit.place()
        let file = try await visit.mail.open(uid, in: folder)
        let content = try await ReadMessage.read(file)
        let summary = try await visit.mail.summary(of: uid, in: folder)
        (values.answersFolder, values.answersUID) = (folder, String(uid))
        let date = DateText().long(summary.date)
        switch kind {
        case "reply", "reply-all":
            values.heading = "Reply"
            values.answers = "reply"
            if let id = content.messageID {
                let earlier = content.references.isEmpty ? content.inReplyTo.map { [$0] } ?? [] : content.references
                values.follows = Self.follows(earlier + [id])
            }
            let (to, cc) = recipients(content, visit, isToAll: kind == "reply-all")
            values.to = to.isEmpty ? nil : Self.text(to)
            values.cc = Self.text(cc)
            values.subject = Draft.answered(content.subject)
            values.text = Draft.quoted(await text(of: content), from: summary.author, on: date)
        case "forward", "forward-file":
            values.heading = "Forward"
            values.answers = "forward"
            values.subject = Draft.forwarded(content.subject)
            (values.baseFolder, values.baseUID) = (folder, String(uid))
            if kind == "forward-file" {
                values.carried = [whole(content, file)]
                break
            }
            values.carried = Self.carried(content.allFiles)
            let head = [
                ("From", Self.text(content.from)), ("To", Self.text(content.to)), ("Cc", Self.text(content.cc)),
                ("Date", date), ("Subject", content.subject),
            ].filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1)\n" }.joined()
            values.text = "\n\n-------- Forwarded message --------\n\(head)\n\(await text(of: content))"
        default: throw WebmailError(.notFound, "There is no such page", "")
        }
    }

    /// The whole message as a file.
    private func whole(_ content: ReadMessage, _ file: MessageFile) -> ComposePage.Carried {
        let name = content.subject.isEmpty ? "message" : String(content.subject.prefix(80))
        return ComposePage.Carried(part: ComposePage.whole, name: name + ".eml", size: SizeText.text(file.size))
    }

    private static func carried(_ files: [ReadMessage.Attachment]) -> [ComposePage.Carried] {
        files.map { ComposePage.Carried(part: Link.text($0.number), name: $0.name, size: SizeText.text($0.size)) }
    }

    private static func text(_ addresses: [NamedAddress]) -> String {
        addresses.prefix(500).map(\.description).joined(separator: ", ")
    }

    /// What a message says, as plain text.
    private func text(of content: ReadMessage) async -> String {
        var pieces: [String] = []
        for text in content.texts { pieces.append(text.isHTML ? await renderer.read(text.text) : text.text) }
        return String(pieces.joined(separator: "\n").prefix(Draft.maximumText / 4))
    }

    /// Whom an answer goes to. One's own address is not among them, but for what one wrote to oneself alone.
    func recipients(
        _ content: ReadMessage, _ visit: Visit, isToAll: Bool
    ) -> (to: [NamedAddress], cc: [NamedAddress]) {
        let own = visit.session.account.description
        func others(_ addresses: [NamedAddress]) -> [NamedAddress] {
            addresses.filter { $0.address.description.lowercased() != own }
        }
        // An answer to what one wrote oneself goes on to whom that went.
        let isOwn = content.from.first.map { $0.address.description.lowercased() == own } ?? false
        var to = content.replyTo.isEmpty ? content.from : content.replyTo
        if isOwn, content.replyTo.isEmpty { to = others(content.to).isEmpty ? content.from : others(content.to) }
        guard isToAll else { return (to, []) }
        var seen = Set(to.map(\.address))
        let cc = others(content.to + content.cc).filter { seen.insert($0.address).inserted }
        return (to, cc)
    }
}
