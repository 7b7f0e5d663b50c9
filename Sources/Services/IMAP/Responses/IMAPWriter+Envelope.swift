internal import Mail

/// `ENVELOPE` (RFC 9051 §7.5.2): the header's usual fields.
extension IMAPWriter {
    mutating func envelope(_ header: Header) {
        let from = header.addresses("From")
        func orFrom(_ name: String) -> MailAddressList {
            let list = header.addresses(name)
            return list.entries.isEmpty ? from : list
        }
        text("(")
        string(header["Date"]?.value)
        text(" ")
        string(header["Subject"]?.value)
        for list in [
            from, orFrom("Sender"), orFrom("Reply-To"), header.addresses("To"), header.addresses("Cc"),
            header.addresses("Bcc"),
        ] {
            text(" ")
            addresses(list)
        }
        text(" ")
        string(header["In-Reply-To"]?.value)
        text(" ")
        string(header["Message-ID"]?.value)
        text(")")
    }

    /// An address is its name, a route that is never there, and its two halves; a group's name stands before its members,
    /// and an address of nothing after them.
    private mutating func addresses(_ addressList: MailAddressList) {
        var items: [(name: String?, mailbox: String?, host: String?)] = []
        for entry in addressList.entries {
            switch entry {
            case .mailbox(let mailbox): items.append(Self.item(mailbox))
            case .group(let name, let members):
                items.append((nil, name, nil))
                items += members.map(Self.item)
                items.append((nil, nil, nil))
            }
        }
        list(items, separator: "") { writer, item in
            writer.text("(")
            writer.string(item.name.map { writer.usesUTF8 ? $0 : EncodedWord.encode($0) })
            writer.text(" NIL ")
            writer.string(item.mailbox)
            writer.text(" ")
            writer.string(item.host)
            writer.text(")")
        }
    }

    private static func item(_ mailbox: NamedAddress) -> (name: String?, mailbox: String?, host: String?) {
        (mailbox.name, mailbox.address.localPart, mailbox.address.domain)
    }
}
