/// Where a mailbox lies among an account's folders, in the layout of Maildir++: the inbox is the account's folder itself, the
/// others are folders in it whose names begin with a dot and have one between levels.
enum MailboxFolder {
    static let inbox = "INBOX"
    static let separator: Character = "/"
    /// Octets of a folder's name that file systems take.
    private static let longestName = 255
    private static let deepestLevel = 16

    /// The folder of a mailbox, relative to the account's: empty for the inbox.
    ///
    /// - Throws: ``MailStoreError`` with `.notAllowed` for names that no mailbox may have.
    static func name(of mailbox: String) throws(MailStoreError) -> String {
        guard mailbox != inbox else { return "" }
        let levels = mailbox.split(separator: separator, omittingEmptySubsequences: false)
        let scalars = mailbox.unicodeScalars
        guard levels.count <= deepestLevel, levels.allSatisfy({ !$0.isEmpty }),
            levels[0].uppercased() != inbox || levels.count > 1,
            scalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && $0 != "%" && $0 != "*" && $0 != "\\" })
        else { throw MailStoreError(.notAllowed, "no mailbox may have that name") }
        // A dot within a level would look like a further one; `&AC4-` is that dot in the same encoding.
        let folder = levels.map { "." + ModifiedUTF7.encoded(String($0)).replacing(".", with: "&AC4-") }.joined()
        guard folder.utf8.count <= longestName else {
            throw MailStoreError(.notAllowed, "the mailbox's name is too long")
        }
        return folder
    }

    /// The mailbox of a folder within an account's; nil for folders of another kind.
    static func mailbox(of folder: String) -> String? {
        guard folder.hasPrefix("."), folder.count > 1 else { return nil }
        var levels: [String] = []
        for level in folder.dropFirst().split(separator: ".", omittingEmptySubsequences: false) {
            let plain = level.replacing("&AC4-", with: ".")
            guard let name = ModifiedUTF7.decoded(Array(plain.utf8)), !name.isEmpty else { return nil }
            levels.append(name)
        }
        let mailbox = levels.joined(separator: String(separator))
        // Only what would be written the same way again.
        return (try? name(of: mailbox)) == folder ? mailbox : nil
    }
}
