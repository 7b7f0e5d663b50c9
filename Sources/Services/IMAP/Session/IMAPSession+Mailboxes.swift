internal import MailStore

/// What is done with whole mailboxes (RFC 9051 §6.3).
extension IMAPSession {
    mutating func onMailboxes(_ tag: String, _ command: IMAPCommand) async throws {
        guard let account else { return }
        switch command {
        case .select(let name, let readOnly): try await select(tag, name, readOnly)
        case .create(let name, let uses):
            let known = uses.map { SpecialUse(name: $0) }
            guard known.count <= 1, known.allSatisfy({ $0 != nil }) else {
                return tagged(tag, "NO [USEATTR] A mailbox cannot have that use.")
            }
            // A slash at the end says that more come below (RFC 9051 §6.3.4); they may anyway.
            try await account.create(name.hasSuffix("/") ? String(name.dropLast()) : name, use: known.first ?? nil)
            ok(tag, "Created.")
        case .delete(let name):
            try await account.delete(name)
            if view?.name == name { view = nil }
            ok(tag, "Deleted.")
        case .rename(let name, let newName):
            try await account.rename(name, to: newName)
            view?.follow(from: name, to: newName)
            ok(tag, "Renamed.")
        case .subscribe(let name):
            try await account.subscribe(name, true)
            ok(tag, "Subscribed.")
        case .unsubscribe(let name):
            try await account.subscribe(name, false)
            ok(tag, "Unsubscribed.")
        case .list(let request): try await list(tag, request)
        case .lsub(let reference, let pattern):
            // A level above what is subscribed is told where the pattern stops at it (RFC 3501 §6.3.9).
            let request = ListRequest(
                selection: [.subscribed, .recursiveMatch], reference: reference, patterns: [pattern])
            for mailbox in try await mailboxList(of: account).found(request) {
                writeList("LSUB", mailbox.subscription, request)
            }
            ok(tag, "Listed.")
        case .namespace:
            untagged("NAMESPACE ((\"\" \"/\")) NIL NIL")
            ok(tag, "There is one.")
        case .status(let name, let items):
            try await writeStatus(name, items)
            ok(tag, "Done.")
        case .append(let request): try await append(tag, request)
        default: break
        }
    }

    private mutating func select(_ tag: String, _ name: String, _ readOnly: Bool) async throws {
        guard let account else { return }
        if view != nil { untagged("OK [CLOSED] The mailbox before is closed.") }
        (view, saved) = (nil, [])
        let view = MailboxView(
            name, isReadOnly: readOnly, try await account.snapshot(of: name, claimsRecent: !readOnly))
        self.view = view
        let keywords = MessageFlags(keywords: Set(view.messages.lazy.flatMap(\.flags.keywords)).sorted()).keywords
        let flags = (["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"] + keywords).joined(separator: " ")
        untagged("FLAGS (\(flags))")
        let others = keywords.count < KeywordLimits.ofMailbox ? " \\*" : ""
        untagged("OK [PERMANENTFLAGS (\(readOnly ? "" : flags + others))] These stay.")
        untagged("\(view.messages.count) EXISTS")
        if !isRevision2 {
            untagged("\(view.recentCount) RECENT")
            if let unseen = view.messages.firstIndex(where: { !$0.flags.system.contains(.seen) }) {
                untagged("OK [UNSEEN \(unseen + 1)] The first that was not seen.")
            }
        } else {
            writeList("LIST", MailboxList.Found(name: name), ListRequest())
        }
        untagged("OK [UIDVALIDITY \(view.uidValidity)] UIDs are valid.")
        untagged("OK [UIDNEXT \(view.uidNext)] The next UID.")
        ok(tag, "[READ-\(readOnly ? "ONLY" : "WRITE")] Selected.")
    }

    private mutating func list(_ tag: String, _ request: ListRequest) async throws {
        guard let account else { return }
        if !request.isExtended, request.patterns == [""] {
            untagged("LIST (\\Noselect) \"/\" \"\"")
            return ok(tag, "Listed.")
        }
        for mailbox in try await mailboxList(of: account).found(request) {
            writeList("LIST", mailbox, request)
            if !request.status.isEmpty, mailbox.exists {
                // It may go between the two.
                try? await writeStatus(mailbox.name, request.status)
            }
            try await flushIfLarge()
        }
        ok(tag, "Listed.")
    }

    private func mailboxList(of account: MailAccount) async throws -> MailboxList {
        MailboxList(try await account.mailboxes(), missing: try await account.missingSubscriptions())
    }

    private mutating func writeList(_ response: String, _ mailbox: MailboxList.Found, _ request: ListRequest) {
        output.text("* \(response) (\(mailbox.attributes.joined(separator: " "))) \"/\" ")
        write(mailbox: mailbox.name)
        if mailbox.hasSelectedChild { output.text(" (CHILDINFO (\"SUBSCRIBED\"))") }
        output.endLine()
    }

    private mutating func write(mailbox: String) {
        output.string(isRevision2 ? mailbox : ModifiedUTF7.encoded(mailbox))
    }

    private mutating func writeStatus(_ name: String, _ items: [StatusItem]) async throws {
        guard let account else { return }
        let status = try await account.status(of: name)
        output.text("* STATUS ")
        write(mailbox: name)
        let figures = items.map { item in
            let value: Int =
                switch item {
                case .messages: status.messages
                case .recent: status.recent
                case .uidNext: Int(status.uidNext)
                case .uidValidity: Int(status.uidValidity)
                case .unseen: status.unseen
                case .deleted: status.deleted
                case .size: status.size
                }
            return "\(item.rawValue) \(value)"
        }
        output.text(" (\(figures.joined(separator: " ")))\r\n")
    }
}
