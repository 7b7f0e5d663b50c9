internal import LineProtocol
internal import Mail
internal import MailStore

/// Somebody as a page shows them: each name stands for itself, whichever way it is written.
struct Person {
    /// Nil where there is only an address.
    var name: String?
    var address: String
    /// Where a message to them is written.
    var url: String
    /// What stands behind them.
    var separator: String
}

/// Some people, and how many more there are.
struct People {
    static let shown = 100

    var people: [Person]
    var more: String?

    /// - Returns: nil for nobody.
    init?(_ addresses: [NamedAddress]) {
        guard !addresses.isEmpty else { return nil }
        let shown = addresses.prefix(Self.shown)
        people = shown.enumerated().map { index, somebody in
            let address = PrintableText.line(somebody.address.description)
            return Person(
                name: somebody.name == address ? nil : somebody.name, address: address,
                url: Link.path("/compose", [("to", somebody.description)]),
                separator: index + 1 < shown.count ? ", " : "")
        }
        more = addresses.count > Self.shown ? "and \(addresses.count - Self.shown) more" : nil
    }
}

extension NamedAddress {
    /// With a name that does not turn the order of what follows; without one of which nothing is left.
    var printable: NamedAddress {
        let name = PrintableText.line(name ?? "")
        return NamedAddress(name: name.isEmpty ? nil : name, address)
    }
}

extension MessageSummary {
    /// Who wrote it, for people.
    var author: String {
        let name = PrintableText.line(from)
        return name.isEmpty ? PrintableText.line(fromAddress) : name
    }

    /// The subject, for people; never empty.
    var title: String {
        let title = PrintableText.line(subject)
        return title.isEmpty ? "(no subject)" : title
    }
}
