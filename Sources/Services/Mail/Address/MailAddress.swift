/// An address of mail, `local-part@domain`: RFC 5321's `Mailbox`, RFC 5322's `addr-spec`, with characters beyond ASCII as
/// RFC 6531 allows them.
///
/// Domains are compared without regard to case, local parts exactly: only the domain's own hosts may know better.
package struct MailAddress: Sendable, Hashable, CustomStringConvertible {
    /// Octets that an address may have: a path of 256 (RFC 5321 §4.5.3.1.3) has two brackets.
    package static let maximumLength = 254

    /// Without quotation marks and what they need; may hold spaces and `@`.
    package let localPart: String
    /// As it was written: a name, or an address in brackets; empty for what stands in old header fields without a domain.
    package let domain: String

    /// Reads an address that is nothing else.
    ///
    /// - Parameter text: for instance `user@example.org`, `"a b"@example.org`, `user@[192.0.2.1]`; without angle brackets.
    package init?(_ text: some StringProtocol) {
        var scanner = AddressScanner(text)
        guard let address = scanner.mailbox(), scanner.isAtEnd else { return nil }
        self = address
    }

    /// Takes both as they are; ``isValid`` tells whether they make an address.
    init(localPart: String, domain: String) {
        self.localPart = localPart
        self.domain = domain
    }

    /// Takes an address from the start of `text` and leaves the rest; nil when none stands there.
    package static func take(from text: inout Substring) -> MailAddress? {
        var scanner = AddressScanner(text)
        guard let address = scanner.mailbox() else { return nil }
        text =
            text.utf8.dropFirst(scanner.position).isEmpty
            ? "" : text[text.utf8.index(text.startIndex, offsetBy: scanner.position)...]
        return address
    }

    /// Whether the text is a host's name or an address in brackets, as `EHLO` and a domain in an address need it.
    package static func isDomain(_ text: some StringProtocol) -> Bool {
        var scanner = AddressScanner(text)
        return scanner.domain() != nil && scanner.isAtEnd
    }

    /// Whether SMTP could take it: header fields hold addresses that it cannot.
    package var isValid: Bool { MailAddress(description) == self }
    /// Whether only systems with SMTPUTF8 can handle it.
    package var isInternationalised: Bool {
        !localPart.utf8.allSatisfy { $0 < 0x80 } || !domain.utf8.allSatisfy { $0 < 0x80 }
    }
    /// Whether the domain is an address in brackets.
    package var isLiteral: Bool { domain.hasPrefix("[") }
    /// The domain in lower case, with A-labels in place of labels beyond ASCII (RFC 5890 §2.3.2.1): what look-ups and
    /// comparisons use.
    package var canonicalDomain: String { CanonicalDomain.of(domain) }

    /// The address as protocols and header fields write it, the local part in quotation marks where it needs them.
    package var description: String {
        domain.isEmpty ? quotedLocalPart : "\(quotedLocalPart)@\(domain)"
    }

    /// The local part in quotation marks where it needs them.
    package var quotedLocalPart: String {
        guard !AddressScanner.isDotString(localPart) else { return localPart }
        return QuotedText.quote(localPart)
    }

    package static func == (left: MailAddress, right: MailAddress) -> Bool {
        left.localPart == right.localPart && left.canonicalDomain == right.canonicalDomain
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(localPart)
        hasher.combine(canonicalDomain)
    }
}

/// Quotation marks around text (RFC 5322 §3.2.4).
enum QuotedText {
    /// Quotes `text`. Control characters, which nothing could make safe, become spaces.
    static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return result + "\""
    }
}
