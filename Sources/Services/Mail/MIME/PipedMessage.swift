package import Foundation

/// A whole message that a program hands over, made fit to be sent (RFC 6409 §8): lines end with CR LF, `From`, `Date` and
/// `Message-ID` are there, and who gets a blind copy is not (RFC 5322 §3.6.3).
package struct PipedMessage: Sendable {
    /// The message as it is sent.
    package let octets: [UInt8]
    /// Who was named in `Bcc` and `Resent-Bcc`, which are no longer there.
    package let blindRecipients: AddressField

    /// - Parameters:
    ///   - input: a header, an empty line and a body; lines end with CR LF, LF or CR.
    ///   - sender: for a missing `From`, and in whose domain a missing `Message-ID` is.
    ///   - date: now.
    ///   - dateOffset: of the sender's clock from UTC, in seconds.
    /// - Returns: nil when the input has no header.
    package init?(_ input: some Collection<UInt8>, from sender: NamedAddress, date: Date, dateOffset: Int = 0) {
        let input = MIMEEntity.canonical(input)
        var blind: [String] = []
        var kept: [UInt8] = []
        kept.reserveCapacity(input.count + 256)
        var names: Set<String> = []
        input.withUnsafeBufferPointer { buffer in
            var parser = HeaderParser(buffer, from: 0, to: buffer.count)
            var end = 0
            while let found = parser.next() {
                let field = found.field(buffer)
                names.insert(field.name.lowercased())
                // What stands between fields and is none stays, too.
                kept += buffer[end..<found.whole.lowerBound]
                end = found.whole.upperBound
                if field.isNamed("Bcc") || field.isNamed("Resent-Bcc") {
                    blind.append(field.value)
                } else {
                    kept += buffer[found.whole]
                }
            }
            kept += buffer[end...]
        }
        guard !names.isEmpty else { return nil }
        var writer = HeaderWriter()
        if !names.contains("date") { writer.write("Date", MailDate.format(date, offset: dateOffset)) }
        if !names.contains("from") { writer.write(addresses: [sender], "From") }
        if !names.contains("message-id") {
            writer.write(
                "Message-ID", MailComposer.newMessageID(domain: sender.address.canonicalDomain, date: date))
        }
        octets = writer.octets + kept
        blindRecipients = AddressField(blind.joined(separator: ","))
    }
}
