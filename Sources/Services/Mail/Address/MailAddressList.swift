/// An address with the name of whom it belongs to: RFC 5322's `mailbox`.
package struct NamedAddress: Sendable, Hashable, CustomStringConvertible {
    /// The name, as people read it; nil when there is none.
    package var name: String?
    package var address: MailAddress

    package init(name: String? = nil, _ address: MailAddress) {
        self.name = name
        self.address = address
    }

    /// Reads one address with or without a name, and nothing else: RFC 5322 §3.4's `mailbox`, of the obsolete forms only
    /// dots in names.
    ///
    /// Nil when the text holds none, or more, or when quotation marks, brackets or comments are not closed: for what
    /// people type. What comes in header fields is read by ``MailAddressList``.
    package init?(_ text: some StringProtocol) {
        var parser = AddressListParser(text)
        guard let mailbox = parser.onlyMailbox() else { return nil }
        self = mailbox
    }

    /// `Name <local@domain>`, for people and for header fields of messages that may hold UTF-8.
    package var description: String {
        guard let name, !name.isEmpty else { return address.description }
        return "\(Self.phrase(name)) <\(address)>"
    }

    /// The name, in quotation marks if it needs them.
    static func phrase(_ name: String) -> String {
        let isAtoms =
            name.utf8.allSatisfy { AddressScanner.isAtomText($0) || $0 == 0x20 }
            && name.utf8.first != 0x20 && name.utf8.last != 0x20 && !name.contains("  ")
        return isAtoms ? name : QuotedText.quote(name)
    }
}

/// The content of `From`, `To`, `Cc` and their like: RFC 5322 §3.4's `address-list`, obsolete forms included.
///
/// Reading is tolerant: what is no address is passed over up to the next comma.
package struct MailAddressList: Sendable, Hashable {
    /// What stands between two commas.
    package enum Entry: Sendable, Hashable {
        case mailbox(NamedAddress)
        /// `Friends: a@example.org, b@example.org;`. It may be empty.
        case group(name: String, [NamedAddress])
    }

    /// Addresses that are read from one field; those after are passed over.
    package static let maximumCount = 10_000

    package var entries: [Entry]

    package init(_ addresses: [NamedAddress]) { entries = addresses.map { .mailbox($0) } }

    /// Reads a field's content, unfolded or not.
    package init(_ text: some StringProtocol) {
        var parser = AddressListParser(text)
        entries = parser.list()
    }

    /// All addresses, those in groups too, in their order.
    package var mailboxes: [NamedAddress] {
        entries.flatMap { entry in
            switch entry {
            case .mailbox(let mailbox): [mailbox]
            case .group(_, let members): members
            }
        }
    }
}

/// Reads address lists.
private struct AddressListParser {
    private var scanner: AddressScanner
    private var count = 0

    init(_ text: some StringProtocol) { scanner = AddressScanner(text) }

    mutating func list() -> [MailAddressList.Entry] {
        var entries: [MailAddressList.Entry] = []
        while !scanner.isAtEnd, count < MailAddressList.maximumCount {
            scanner.lastComment = nil
            scanner.skipComments()
            if scanner.take(UInt8(ascii: ",")) || scanner.take(UInt8(ascii: ";")) { continue }
            let start = scanner.position
            count += 1
            if let entry = address() {
                entries.append(entry)
                scanner.skipComments()
                if scanner.isAtEnd || scanner.take(UInt8(ascii: ",")) || scanner.take(UInt8(ascii: ";")) { continue }
            }
            if scanner.position == start || !scanner.isAtEnd { skipToComma() }
        }
        return entries
    }

    /// A mailbox that is all there is, as it must be written now.
    mutating func onlyMailbox() -> NamedAddress? {
        scanner.skipComments()
        let start = scanner.position
        scanner.lastComment = nil
        var result = scanner.mailbox().map { NamedAddress($0) }
        scanner.skipComments()
        if result != nil {
            result?.name = commentedName
        } else {
            scanner.position = start
            let name = phrase()
            guard scanner.take(UInt8(ascii: "<")) else { return nil }
            scanner.skipComments()
            result = scanner.mailbox().map { NamedAddress(name: name, $0) }
            scanner.skipComments()
            guard scanner.take(UInt8(ascii: ">")) else { return nil }
            scanner.skipComments()
        }
        return scanner.isAtEnd && !scanner.hasOpenComment ? result : nil
    }

    /// The old way to say whose an address is: user@example.org (Name).
    private var commentedName: String? {
        scanner.lastComment.flatMap { $0.isEmpty ? nil : EncodedWord.decode($0) }
    }

    /// A mailbox or a group.
    private mutating func address() -> MailAddressList.Entry? {
        let start = scanner.position
        if scanner.next != UInt8(ascii: "<"), let name = phrase(), scanner.take(UInt8(ascii: ":")) {
            return .group(name: name, members())
        }
        scanner.position = start
        return mailbox().map { .mailbox($0) }
    }

    private mutating func members() -> [NamedAddress] {
        var members: [NamedAddress] = []
        while count < MailAddressList.maximumCount {
            scanner.lastComment = nil
            scanner.skipComments()
            if scanner.isAtEnd || scanner.next == UInt8(ascii: ";") { break }
            if scanner.take(UInt8(ascii: ",")) { continue }
            let start = scanner.position
            count += 1
            if let mailbox = mailbox() { members.append(mailbox) }
            if scanner.position == start { scanner.position += 1 }
        }
        return members
    }

    private mutating func mailbox() -> NamedAddress? {
        let start = scanner.position
        // A name, which may be missing, and an address in brackets.
        let name = phrase()
        if scanner.take(UInt8(ascii: "<")) {
            route()
            guard let address = specification() else { return nil }
            scanner.skipComments()
            _ = scanner.take(UInt8(ascii: ">"))
            return NamedAddress(name: name, address)
        }
        scanner.position = start
        scanner.lastComment = nil
        guard let address = specification() else { return nil }
        scanner.skipComments()
        return NamedAddress(name: commentedName, address)
    }

    /// `obs-route`, which means nothing now: `@a,@b:`.
    private mutating func route() {
        let start = scanner.position
        while true {
            scanner.skipComments()
            if scanner.take(UInt8(ascii: ",")) { continue }
            guard scanner.take(UInt8(ascii: "@")) else { break }
            guard domain() != nil else { break }
        }
        if !scanner.take(UInt8(ascii: ":")) { scanner.position = start }
    }

    /// `phrase`, with dots as people write them (`obs-phrase`); nil when there is none.
    private mutating func phrase() -> String? {
        var words: [String] = []
        while true {
            scanner.skipComments()
            if scanner.next == UInt8(ascii: "\"") {
                guard let text = scanner.quotedString(isStrict: false) else { break }
                words.append(text)
            } else {
                let text = scanner.take { AddressScanner.isAtomText($0) || $0 == UInt8(ascii: ".") }
                if text.isEmpty { break }
                words.append(text)
            }
        }
        return words.isEmpty ? nil : EncodedWord.decode(words.joined(separator: " "))
    }

    /// `addr-spec` with white space and comments wherever they once were allowed; the domain may be missing.
    private mutating func specification() -> MailAddress? {
        var local = ""
        while true {
            scanner.skipComments()
            if scanner.next == UInt8(ascii: "\"") {
                guard let text = scanner.quotedString(isStrict: false) else { return nil }
                local += text
            } else {
                let text = scanner.take { AddressScanner.isAtomText($0) || $0 == UInt8(ascii: ".") }
                if text.isEmpty { break }
                // Two atoms without a dot between them are no local part.
                if !local.isEmpty, !local.hasSuffix("."), !text.hasPrefix(".") { return nil }
                local += text
            }
        }
        guard !local.isEmpty else { return nil }
        guard scanner.take(UInt8(ascii: "@")) else { return MailAddress(localPart: local, domain: "") }
        return MailAddress(localPart: local, domain: domain() ?? "")
    }

    private mutating func domain() -> String? {
        scanner.skipComments()
        if scanner.next == UInt8(ascii: "[") {
            let literal = scanner.take { $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ">") }
            return scanner.take(UInt8(ascii: "]")) ? AddressScanner.tidy(literal.utf8) + "]" : nil
        }
        var domain = ""
        while true {
            scanner.skipComments()
            let text = scanner.take { AddressScanner.isAtomText($0) || $0 == UInt8(ascii: ".") }
            if text.isEmpty || (!domain.isEmpty && !domain.hasSuffix(".") && !text.hasPrefix(".")) { break }
            domain += text
        }
        return domain.isEmpty ? nil : domain
    }

    private mutating func skipToComma() {
        while let octet = scanner.next {
            if octet == UInt8(ascii: "\""), scanner.quotedString(isStrict: false) != nil { continue }
            scanner.position += 1
            if octet == UInt8(ascii: ",") || octet == UInt8(ascii: ";") { return }
        }
    }
}
