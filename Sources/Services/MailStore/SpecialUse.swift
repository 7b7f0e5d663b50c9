/// What a mailbox is for (RFC 6154 §2).
package enum SpecialUse: String, Sendable, CaseIterable {
    case archive = "\\Archive"
    case drafts = "\\Drafts"
    case junk = "\\Junk"
    case sent = "\\Sent"
    case trash = "\\Trash"

    /// By its name in any case.
    package init?(name: String) {
        guard let use = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
            return nil
        }
        self = use
    }

    /// The mailbox that every account begins with for it.
    var mailbox: String { String(rawValue.dropFirst()) }
}
