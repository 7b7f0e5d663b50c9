internal import MailStore

/// Which mailboxes a `LIST` names (RFC 9051 §6.3.9, RFC 5258).
struct MailboxList: Sendable {
    /// A mailbox, or the name of a level that others lie below.
    struct Found: Sendable, Hashable {
        var name: String
        var exists = true
        var attributes: [String] = []
        /// Whether it is here because of something below it that was asked for.
        var hasSelectedChild = false

        /// As `LSUB` has it, whose clients know no more attributes than RFC 3501 does.
        var subscription: Found {
            var found = self
            found.hasSelectedChild = false
            if !exists || !attributes.contains("\\Subscribed") { found.attributes = ["\\Noselect"] }
            return found
        }
    }

    private let mailboxes: [MailboxInfo]
    /// Names that are subscribed, of mailboxes that there are no longer.
    private let missing: [String]

    init(_ mailboxes: [MailboxInfo], missing: [String] = []) {
        (self.mailboxes, self.missing) = (mailboxes, missing)
    }

    func found(_ request: ListRequest) -> [Found] {
        let patterns = request.patterns.map { Array((request.reference + $0).unicodeScalars) }
        let names = Set(mailboxes.map(\.name))
        let isRecursive = request.selection.contains(.recursiveMatch)
        // A name stays subscribed when its mailbox goes, and is then of no use.
        let missing =
            request.selection.contains(.subscribed) && !request.selection.contains(.specialUse) ? self.missing : []
        // What is asked for but lies below what the pattern stops at.
        let below = (mailboxes.filter { isSelected($0, request) }.map(\.name) + missing).filter {
            !matches($0, patterns)
        }
        func hasChildren(_ name: String) -> Bool { names.contains { $0.hasPrefix(name + "/") } }
        func hasSelectedChild(_ name: String) -> Bool { isRecursive && below.contains { $0.hasPrefix(name + "/") } }
        var found: [Found] = []
        for mailbox in mailboxes where matches(mailbox.name, patterns) {
            let hasSelectedChild = hasSelectedChild(mailbox.name)
            guard isSelected(mailbox, request) || hasSelectedChild else { continue }
            var attributes = [hasChildren(mailbox.name) ? "\\HasChildren" : "\\HasNoChildren"]
            if mailbox.isSubscribed, request.selection.contains(.subscribed) || request.returnsSubscribed {
                attributes.append("\\Subscribed")
            }
            if let use = mailbox.use { attributes.append(use.rawValue) }
            found.append(Found(name: mailbox.name, attributes: attributes, hasSelectedChild: hasSelectedChild))
        }
        // Levels that are no mailboxes themselves, where a pattern stops at them.
        var levels: Set<String> = []
        for name in below {
            var level = Substring(name)
            while let slash = level.lastIndex(of: "/") {
                level = level[..<slash]
                if !names.contains(String(level)), matches(String(level), patterns) { levels.insert(String(level)) }
            }
        }
        let wanted = missing.filter { matches($0, patterns) }
        for name in levels.union(wanted) {
            var attributes = ["\\NonExistent"]
            // Clients that know nothing of RFC 5258 are not to select them either.
            if !request.isExtended { attributes.append("\\Noselect") }
            if hasChildren(name) { attributes.append("\\HasChildren") }
            if wanted.contains(name) { attributes.append("\\Subscribed") }
            found.append(
                Found(name: name, exists: false, attributes: attributes, hasSelectedChild: hasSelectedChild(name)))
        }
        return found.sorted { first, second in
            (first.name == "INBOX") != (second.name == "INBOX") ? first.name == "INBOX" : first.name < second.name
        }
    }

    private func isSelected(_ mailbox: MailboxInfo, _ request: ListRequest) -> Bool {
        (!request.selection.contains(.subscribed) || mailbox.isSubscribed)
            && (!request.selection.contains(.specialUse) || mailbox.use != nil)
    }

    private func matches(_ name: String, _ patterns: [[Unicode.Scalar]]) -> Bool {
        let name = Array(name.unicodeScalars)
        return patterns.contains { Self.matches(name, $0) }
    }

    /// `*` stands for anything, `%` for anything within a level. Time is bounded by the product of both lengths.
    static func matches(_ name: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
        // Lengths of the name's beginnings that the pattern so far matches.
        var reached = [true] + Array(repeating: false, count: name.count)
        for symbol in pattern {
            var next = Array(repeating: false, count: name.count + 1)
            if symbol == "*" || symbol == "%" {
                var isOpen = false
                for length in 0...name.count {
                    if length > 0, symbol == "%", name[length - 1] == "/" { isOpen = false }
                    isOpen = isOpen || reached[length]
                    next[length] = isOpen
                }
            } else {
                for length in name.indices where reached[length] && name[length] == symbol { next[length + 1] = true }
            }
            reached = next
        }
        return reached[name.count]
    }
}
