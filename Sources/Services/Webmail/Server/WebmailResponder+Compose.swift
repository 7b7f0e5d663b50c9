internal import Accounts
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Mail
internal import MailStore
internal import NIOCore

/// The page on which messages are written.
extension WebmailResponder {
    private struct Values {
        var heading: String
        var token: String
        var account: String
        /// The draft that the next one replaces.
        var draft = ""
        /// The message that files which go along are in.
        var baseFolder = ""
        var baseUID = ""
        /// What is answered or passed on, and what of it this is.
        var answers = ""
        var answersFolder = ""
        var answersUID = ""
        var name = ""
        var to: String?
        var cc = ""
        var bcc = ""
        var subject = ""
        var text = ""
        var carried: [Carried] = []
        var limit = "Up to 25 MB in all. “Attach” saves a draft with the files."
    }

    private struct Carried {
        var part: String
        var name: String
        var size: String
    }

    /// Octets of files in a message: in base64 they are a third more.
    static let maximumFiles = 25_000_000
    /// Octets of a text.
    static let maximumText = 1 << 20
    /// In place of a section number: the whole message.
    private static let whole = "message"

    // MARK: Showing

    func compose(_ visit: Visit) async throws -> Response {
        var values = Values(
            heading: "New message", token: visit.session.token, account: visit.session.account.description)
        values.answers = visit.query["answers"]
        values.answersFolder = visit.query["answers-folder"]
        values.answersUID = visit.query["answers-uid"]
        values.name = await lastName(visit)
        if let uid = UInt32(visit.query["draft"]) {
            try await fill(&values, draft: uid, visit)
        } else if visit.query.has("do") {
            try await fill(&values, answering: visit.query["do"], visit)
        } else {
            values.to = visit.query["to"].isEmpty ? nil : visit.query["to"]
            (values.cc, values.bcc) = (visit.query["cc"], visit.query["bcc"])
            (values.subject, values.text) = (visit.query["subject"], visit.query["body"])
        }
        let folders = try await allFolders(visit, withStatus: true)
        return page(chrome(visit, values.heading, folders: folders), "compose", values)
    }

    /// The name in the last message that was sent.
    private func lastName(_ visit: Visit) async -> String {
        guard let sent = try? await visit.mail.mailboxes().first(where: { $0.use == .sent }),
            let last = try? await visit.mail.summaries(of: sent.name, offset: 0, count: 1).page.first,
            last.fromAddress == visit.session.account.description, last.from != last.fromAddress
        else { return "" }
        return last.from
    }

    private func fill(_ values: inout Values, draft uid: UInt32, _ visit: Visit) async throws {
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
    }

    private func fill(_ values: inout Values, answering kind: String, _ visit: Visit) async throws {
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
            let (to, cc) = recipients(content, visit, isToAll: kind == "reply-all")
            values.to = to.isEmpty ? nil : Self.text(to)
            values.cc = Self.text(cc)
            values.subject = Draft.answered(content.subject)
            values.text = Draft.quoted(await text(of: content), from: summary.from, on: date)
        case "forward", "forward-file":
            values.heading = "Forward"
            values.answers = "forward"
            values.subject = Draft.forwarded(content.subject)
            (values.baseFolder, values.baseUID) = (folder, String(uid))
            if kind == "forward-file" {
                let name = content.subject.isEmpty ? "message" : String(content.subject.prefix(80))
                values.carried = [Carried(part: Self.whole, name: name + ".eml", size: SizeText.text(file.size))]
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

    private static func carried(_ files: [ReadMessage.Attachment]) -> [Carried] {
        files.map { Carried(part: Link.text($0.number), name: $0.name, size: SizeText.text($0.size)) }
    }

    private static func text(_ addresses: [NamedAddress]) -> String {
        addresses.prefix(500).map(\.description).joined(separator: ", ")
    }

    /// What a message says, as plain text.
    private func text(of content: ReadMessage) async -> String {
        var pieces: [String] = []
        for text in content.texts { pieces.append(text.isHTML ? await renderer.read(text.text) : text.text) }
        return String(pieces.joined(separator: "\n").prefix(Self.maximumText / 4))
    }

    /// Whom an answer goes to. One's own address is not among them, but for what one wrote to oneself alone.
    private func recipients(
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

    // MARK: Saving and sending

    /// The form of the page.
    func write(_ visit: Visit) async throws -> Response {
        let form = visit.form
        if form["action"] == "discard" {
            try await removeDraft(visit)
            leave("Discarded.", visit)
            return redirect("/mail")
        }
        let draft = try await draft(visit)
        guard form["action"] == "send" else {
            if draft.isEmpty {
                leave("There is nothing to save yet.", visit, isWarning: true)
                return redirect("/compose")
            }
            let link = try await save(draft, visit)
            leave("Saved as a draft.", visit)
            return redirect(link)
        }
        do {
            return try await send(draft, visit)
        } catch let refusal as Refusal {
            // Nothing that was written is lost.
            let link = draft.isEmpty ? "/compose" : try await save(draft, visit)
            leave("Not sent. \(refusal.reason)", visit, isWarning: true)
            return redirect(link)
        }
    }

    /// Why a message is not sent.
    private struct Refusal: Error {
        var reason: String
    }

    /// What the form holds, with the files.
    private func draft(_ visit: Visit) async throws -> Draft {
        let form = visit.form
        var draft = Draft()
        draft.name = String(form["name"].trimmingCharacters(in: .whitespacesAndNewlines).prefix(200))
        (draft.to, draft.cc, draft.bcc) = (form["to"], form["cc"], form["bcc"])
        draft.subject = String(form["subject"].prefix(1000))
        draft.text = form["text"]
        let tooLarge = WebmailError(
            .contentTooLarge, "That is too much", "A message can have \(SizeText.text(Self.maximumFiles)) of files.")
        guard draft.text.utf8.count <= Self.maximumText else { throw tooLarge }
        if let uid = UInt32(form["base-uid"]) {
            let file = try await visit.mail.open(uid, in: form["base-folder"])
            for part in form.all("keep").prefix(ReadMessage.maximumAttachments) {
                if part == Self.whole {
                    guard draft.size + file.size <= Self.maximumFiles else { throw tooLarge }
                    draft.messages.append(Array((try await file.read(0..<file.size)).readableBytesView))
                } else if let number = Link.numbers(part), var content = try await PartStream.open(number, of: file) {
                    guard let octets = try await content.collect(upTo: Self.maximumFiles - draft.size) else {
                        throw tooLarge
                    }
                    if content.type == "message/rfc822" {
                        draft.messages.append(octets)
                    } else {
                        draft.files.append(
                            MailComposer.Attachment(fileName: content.name, type: content.type, content: octets))
                    }
                }
            }
        }
        for file in form.files {
            let name = file.name.isEmpty ? "file" : file.name
            draft.files.append(MailComposer.Attachment(fileName: name, type: file.type, content: file.content))
        }
        guard draft.size <= Self.maximumFiles else { throw tooLarge }
        try await thread(&draft, visit)
        return draft
    }

    /// Names the messages that this one follows (RFC 5322 §3.6.4): those of the answered one, else those of the draft.
    private func thread(_ draft: inout Draft, _ visit: Visit) async throws {
        let form = visit.form
        if let uid = UInt32(form["answers-uid"]), form["answers"] == "reply",
            let file = try? await visit.mail.open(uid, in: form["answers-folder"])
        {
            let content = try await ReadMessage.read(file)
            guard let id = content.messageID else { return }
            draft.inReplyTo = id
            let earlier = content.references.isEmpty ? content.inReplyTo.map { [$0] } ?? [] : content.references
            // The first one names the conversation, the last ones the way to here.
            draft.references = (earlier.count > 50 ? [earlier[0]] + earlier.suffix(49) : earlier) + [id]
        } else if let uid = UInt32(form["draft"]), let file = try? await visit.mail.open(uid, in: use(.drafts, visit)) {
            let content = try await ReadMessage.read(file)
            (draft.inReplyTo, draft.references) = (content.inReplyTo, content.references)
        }
    }

    private func sender(_ visit: Visit) throws -> MailAddress {
        guard let address = MailAddress(visit.session.account.description) else {
            throw WebmailError(.internalServerError, "Something went wrong", "The account has no address.")
        }
        return address
    }

    /// Keeps a draft in place of the one before.
    ///
    /// - Returns: where it is written on.
    private func save(_ draft: Draft, _ visit: Visit) async throws -> String {
        let composer = draft.composer(from: try sender(visit), isKept: true, date: Date())
        let uid = try await append(composer.message(), to: use(.drafts, visit), [.draft, .seen], visit)
        try await removeDraft(visit)
        var query = [(name: "draft", value: String(uid))]
        if !visit.form["answers"].isEmpty {
            for name in ["answers", "answers-folder", "answers-uid"] { query.append((name, visit.form[name])) }
        }
        return Link.path("/compose", query)
    }

    private func append(
        _ message: [UInt8], to folder: String, _ flags: MessageFlags.System, _ visit: Visit
    ) async throws -> UInt32 {
        let spool = try await store.spool()
        try await spool.write(ByteBuffer(bytes: message))
        try await spool.synchronize()
        return try await visit.mail.append(spool, to: folder, flags: MessageFlags(flags)).uid
    }

    private func removeDraft(_ visit: Visit) async throws {
        guard let uid = UInt32(visit.form["draft"]) else { return }
        _ = try await visit.mail.expunge(use(.drafts, visit), uids: [uid], force: true)
    }

    private func send(_ draft: Draft, _ visit: Visit) async throws -> Response {
        let fields = [AddressField(draft.to), AddressField(draft.cc), AddressField(draft.bcc)]
        let problems = fields.flatMap(\.problems)
        guard problems.isEmpty else {
            throw Refusal(reason: "This is no address: \(problems.prefix(5).joined(separator: ", "))")
        }
        var seen: Set<MailAddress> = []
        let recipients = fields.flatMap(\.addresses).map(\.address).filter { seen.insert($0).inserted }
        guard !recipients.isEmpty else { throw Refusal(reason: "Please say who shall get it.") }
        guard recipients.count <= maximumRecipients else {
            throw Refusal(
                reason: "A message can have \(maximumRecipients) recipients; this one has \(recipients.count).")
        }
        let (sender, now) = (try sender(visit), Date())
        let composer = draft.composer(from: sender, isKept: false, date: now)
        do {
            try await submit(
                OutgoingMessage(sender: sender, recipients: recipients, octets: composer.message()))
        } catch {
            logger.error("a message cannot be sent", metadata: ["error": "\(error)"])
            throw Refusal(reason: "The server cannot take it now. Please try again later.")
        }
        // From here on it is under way: what follows must not make anybody send it again.
        let kept = draft.composer(from: sender, isKept: true, date: now, messageID: composer.messageID)
        do {
            _ = try await append(kept.message(), to: use(.sent, visit), .seen, visit)
            leave("Sent.", visit)
        } catch {
            leave("Sent; but no copy could be kept in the folder for what was sent.", visit, isWarning: true)
        }
        try? await removeDraft(visit)
        return redirect(await noteAnswer(visit))
    }

    /// Marks what was answered or passed on.
    ///
    /// - Returns: where to go from here.
    private func noteAnswer(_ visit: Visit) async -> String {
        let folder = visit.form["answers-folder"]
        guard let uid = UInt32(visit.form["answers-uid"]) else { return "/mail" }
        let flags =
            visit.form["answers"] == "reply" ? MessageFlags(.answered) : MessageFlags([], keywords: ["$Forwarded"])
        let marked = try? await visit.mail.setFlags(of: [uid], in: folder, .add, flags)
        return marked?.isEmpty == false ? Link.message(folder, uid) : "/mail"
    }
}
