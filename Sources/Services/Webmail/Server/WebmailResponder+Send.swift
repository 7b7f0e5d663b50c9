internal import Accounts
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Mail
internal import MailStore
internal import NIOCore

/// Messages that are saved, sent and thrown away.
extension WebmailResponder {
    /// Why a message is not sent.
    private struct Refusal: Error {
        var reason: String
    }

    /// What a form holds, and what of it could not be had.
    private struct Written {
        var draft = Draft()
        /// Said of files that are missing; nil when all are there.
        var lack: String?
    }

    /// Does what a form asks for.
    func write(_ visit: Visit) async throws -> FormOutcome {
        if visit.form["action"] == "discard" { return try await discard(visit) }
        let written = try await written(visit)
        let draft = written.draft
        do {
            // Without its end nobody knows which button it was.
            guard visit.form["action"] == "send", !visit.form.isCut else {
                if draft.isEmpty {
                    leave(written.lack ?? "There is nothing to save yet.", visit, isWarning: true)
                    return .done(location: "/compose", isSent: false)
                }
                let link = try await save(draft, visit)
                let done = visit.form.isCut ? "Saved as a draft and not sent." : "Saved as a draft."
                leave(written.lack.map { "\(done) \($0)" } ?? done, visit, isWarning: written.lack != nil)
                return .done(location: link, isSent: false)
            }
            if let lack = written.lack { throw Refusal(reason: lack) }
            return try await send(draft, visit)
        } catch let refusal as Refusal {
            // Nothing that was written is lost.
            let link = draft.isEmpty ? "/compose" : try await save(draft, visit)
            leave("Not sent. \(refusal.reason)", visit, isWarning: true)
            return .done(location: link, isSent: false)
        }
    }

    /// What the form holds, with the files as far as they fit and are still there.
    ///
    /// - Throws: ``WebmailError`` for a text that is too long.
    private func written(_ visit: Visit) async throws -> Written {
        let form = visit.form
        var written = Written()
        var draft = Draft()
        draft.name = String(form["name"].trimmingCharacters(in: .whitespacesAndNewlines).prefix(200))
        (draft.to, draft.cc, draft.bcc) = (form["to"], form["cc"], form["bcc"])
        draft.subject = String(form["subject"].prefix(1000))
        draft.text = form["text"]
        guard draft.text.utf8.count <= Draft.maximumText,
            [draft.to, draft.cc, draft.bcc].allSatisfy({ $0.utf8.count <= ComposePage.longestField })
        else {
            throw WebmailError(
                .contentTooLarge, "That is too much", "A text can have \(SizeText.text(Draft.maximumText)).")
        }
        let ids = Header.messageIDs(form["follows"]).filter { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
            .suffix(51)
        (draft.inReplyTo, draft.references) = (ids.last, Array(ids))
        var (gone, excess) = (0, visit.form.isCut ? 1 : 0)
        await carry(into: &draft, visit, &gone, &excess)
        for file in form.files {
            guard draft.size + file.content.count <= Draft.maximumFiles else {
                excess += 1
                continue
            }
            let name = file.name.isEmpty ? "file" : file.name
            draft.files.append(MailComposer.Attachment(fileName: name, type: file.type, content: file.content))
        }
        written.draft = draft
        let lacks = [
            excess > 0
                ? "A message can have \(SizeText.text(Draft.maximumFiles)) of files; what was more is left out." : nil,
            gone > 0 ? "Some files are no longer where they were; please attach them again." : nil,
        ].compactMap(\.self)
        written.lack = lacks.isEmpty ? nil : lacks.joined(separator: " ")
        return written
    }

    /// Takes the files along that are in another message.
    private func carry(into draft: inout Draft, _ visit: Visit, _ gone: inout Int, _ excess: inout Int) async {
        let parts = visit.form.all("keep").prefix(ReadMessage.maximumAttachments)
        guard !parts.isEmpty else { return }
        guard let uid = UInt32(visit.form["base-uid"]),
            let file = try? await visit.mail.open(uid, in: visit.form["base-folder"])
        else { return gone = parts.count }
        for part in parts {
            if part == ComposePage.whole {
                if draft.size + file.size > Draft.maximumFiles {
                    excess += 1
                } else if let octets = try? await file.read(0..<file.size) {
                    draft.messages.append(Array(octets.readableBytesView))
                } else {
                    gone += 1
                }
                continue
            }
            guard let number = Link.numbers(part), var content = try? await PartStream.open(number, of: file) else {
                gone += 1
                continue
            }
            let octets: [UInt8]?
            do {
                octets = try await content.collect(upTo: Draft.maximumFiles - draft.size)
            } catch {
                gone += 1
                continue
            }
            if let octets, content.type == "message/rfc822" {
                draft.messages.append(octets)
            } else if let octets {
                draft.files.append(
                    MailComposer.Attachment(fileName: content.name, type: content.type, content: octets))
            } else {
                excess += 1
            }
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
        // Twice is better than not at all.
        try? await removeDraft(visit)
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

    /// Moves what the form holds into the trash, from where it can be had again.
    private func discard(_ visit: Visit) async throws -> FormOutcome {
        let draft = try await written(visit).draft
        if draft.isEmpty {
            leave("There was nothing to keep.", visit)
        } else {
            let composer = draft.composer(from: try sender(visit), isKept: true, date: Date())
            let trash = try await use(.trash, visit)
            _ = try await append(composer.message(), to: trash, [.draft, .seen], visit)
            leave("Moved to \(trash). From there it can be moved back to the drafts.", visit)
        }
        try? await removeDraft(visit)
        let answered = visit.form["answers-folder"]
        if let uid = UInt32(visit.form["answers-uid"]), (try? await visit.mail.summary(of: uid, in: answered)) != nil {
            return .done(location: Link.message(answered, uid), isSent: false)
        }
        return .done(location: "/mail", isSent: false)
    }

    private func send(_ draft: Draft, _ visit: Visit) async throws -> FormOutcome {
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
        return .done(location: await noteAnswer(visit), isSent: true)
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
