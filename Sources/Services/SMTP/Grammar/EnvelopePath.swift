package import Mail

/// The path of `MAIL` and `RCPT` (RFC 5321 §4.1.2).
enum EnvelopePath: Sendable, Hashable {
    /// `<>`.
    case null
    /// `<postmaster>`, in any case: whoever is responsible for this host.
    case postmaster
    /// Its source route, if it came with one, is forgotten, as RFC 5321 appendix C asks for.
    case mailbox(MailAddress)

    /// Takes `"<" [A-d-l ":"] Mailbox ">"`, `"<>"` or `"<postmaster>"` from the start of `text` and leaves the rest; nil
    /// when none stands there.
    static func take(from text: inout Substring) -> EnvelopePath? {
        guard text.utf8.first == UInt8(ascii: "<") else { return nil }
        text = text.dropFirst()
        if text.hasPrefix(">") {
            text = text.dropFirst()
            return .null
        }
        if text.prefix(11).lowercased() == "postmaster>" {
            text = text.dropFirst(11)
            return .postmaster
        }
        if text.hasPrefix("@") {
            guard let colon = text.firstIndex(of: ":"),
                text[..<colon].split(separator: ",", omittingEmptySubsequences: false).allSatisfy({
                    $0.hasPrefix("@") && MailAddress.isDomain($0.dropFirst())
                })
            else { return nil }
            text = text[text.index(after: colon)...]
        }
        guard let address = MailAddress.take(from: &text), !address.domain.isEmpty,
            address.description.utf8.count <= MailAddress.maximumLength, text.hasPrefix(">")
        else { return nil }
        text = text.dropFirst()
        return .mailbox(address)
    }
}

extension MailAddress: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = MailAddress(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no address")
        }
        self = address
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Whether the local part says where another host should send it on: `user%host`, `host!user`, `"user@host"`.
    var routesFurther: Bool { localPart.utf8.contains { "%!@".utf8.contains($0) } }
}

extension UInt8 {
    /// Of ASCII.
    var isLetterOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}
