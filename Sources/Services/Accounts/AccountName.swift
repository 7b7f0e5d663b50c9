/// The name of an account, `USER@DOMAIN`: what people log in with, and an address for mail.
///
/// It serves as the name of a folder, too, so it has none of the characters that mean something there. Upper and lower
/// case are one (as RFC 5321 §2.4 allows a host for its own mailboxes).
package struct AccountName: Sendable, Hashable, Comparable, CustomStringConvertible, Codable {
    /// In lower case: letters, digits and `.`, `-`, `_`, `+`, up to 64; no dot at either end, nor two in a row.
    package let user: String
    /// In lower case: labels of letters, digits and hyphens (RFC 1123 §2.1), up to 253.
    package let domain: String

    /// Nil when the text is no account's name.
    package init?(_ text: some StringProtocol) {
        guard let at = text.firstIndex(of: "@") else { return nil }
        self.init(user: text[..<at], domain: text[text.index(after: at)...])
    }

    package init?(user: some StringProtocol, domain: some StringProtocol) {
        guard user.utf8.allSatisfy({ $0 < 0x80 }), domain.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let (user, domain) = (user.lowercased(), domain.lowercased())
        guard (1...64).contains(user.utf8.count), (1...253).contains(domain.utf8.count),
            user.utf8.allSatisfy({ Self.isAlphanumeric($0) || ".-_+".utf8.contains($0) }),
            user.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }),
            user.utf8.first != UInt8(ascii: "-"),
            domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isLabel)
        else { return nil }
        self.user = user
        self.domain = domain
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let name = AccountName(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no account's name")
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String { "\(user)@\(domain)" }

    /// By domain, then by user.
    package static func < (left: AccountName, right: AccountName) -> Bool {
        (left.domain, left.user) < (right.domain, right.user)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            && label.utf8.first != UInt8(ascii: "-") && label.utf8.last != UInt8(ascii: "-")
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
    }
}
