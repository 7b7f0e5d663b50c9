internal import Foundation
internal import Hummingbird
internal import LineProtocol
internal import MailStore

/// The page on which folders are made, renamed and deleted.
extension WebmailResponder {
    private struct Values {
        var token: String
        var folders: [Entry]
    }

    private struct Entry {
        var name: String
        var label: String
        var figures: String
        var canEmpty: Bool
        var canChange: Bool
    }

    func folders(_ visit: Visit) async throws -> Response {
        let all = try await allFolders(visit, withStatus: true)
        let entries = all.map { folder in
            let messages = folder.status?.messages ?? 0
            let size = folder.status?.size ?? 0
            return Entry(
                name: folder.name, label: folder.fullLabel,
                figures: Self.messages(messages) + (messages > 0 ? ", \(SizeText.text(size))" : ""),
                canEmpty: messages > 0 && (folder.info.use == .trash || folder.info.use == .junk),
                canChange: folder.name != "INBOX" && folder.info.use == nil)
        }
        return page(
            chrome(visit, "Folders", folders: all), "folders", Values(token: visit.session.token, folders: entries))
    }

    func changeFolders(_ visit: Visit) async throws -> Response {
        let (folder, name) = (visit.form["folder"], visit.form["name"].trimmingCharacters(in: .whitespaces))
        do {
            switch visit.form["action"] {
            case "create":
                try Self.check(name)
                try await visit.mail.create(name)
                leave("Made: \(name).", visit)
            case "rename":
                try await require(folder, visit, isChangeable: true)
                try Self.check(name)
                try await visit.mail.rename(folder, to: name)
                leave("Renamed to \(name).", visit)
            case "delete":
                try await require(folder, visit, isChangeable: true)
                guard visit.form["sure"] == "yes" else {
                    leave("Please check the box if all that is in the folder shall go.", visit, isWarning: true)
                    break
                }
                try await visit.mail.delete(folder)
                leave("Deleted: \(folder).", visit)
            case "empty":
                try await require(folder, visit, isChangeable: false)
                let gone = try await visit.mail.expunge(folder, force: true)
                leave("Deleted for good: \(Self.messages(gone.count)).", visit)
            default: throw WebmailError(.badRequest, "There is no such action", "")
            }
        } catch let error as MailStoreError where error.code == .exists || error.code == .notAllowed {
            leave("That cannot be done: \(error).", visit, isWarning: true)
        }
        return redirect("/folders")
    }

    /// Refuses names that people, or programs that make files of folders, would take for something else.
    private static func check(_ name: String) throws {
        let levels = name.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.allSatisfy({ !["", ".", ".."].contains($0) && $0.first != " " && $0.last != " " }),
            PrintableText.line(name) == name
        else { throw MailStoreError(.notAllowed, "no folder may have that name") }
    }

    /// Only folders without a purpose may be changed, only those for what nobody wants may be emptied.
    private func require(_ folder: String, _ visit: Visit, isChangeable: Bool) async throws {
        guard let info = try await visit.mail.mailboxes().first(where: { $0.name == folder }) else {
            throw MailStoreError(.noMailbox, "there is no such folder")
        }
        let isAllowed =
            isChangeable ? info.use == nil && folder != "INBOX" : info.use == .trash || info.use == .junk
        guard isAllowed else { throw MailStoreError(.notAllowed, "that folder stays as it is") }
    }
}
