internal import Foundation
internal import Mail

/// A message that was opened to be searched. What it has is decoded when it is first looked into, and once however much is
/// looked for.
final class SearchedMessage {
    /// Octets of a message beyond which nothing is looked for.
    private static let searchedOctets = 64 << 20

    private let octets: UnsafeBufferPointer<UInt8>
    private lazy var structure = MIMEParser().parse(octets)
    private lazy var header = structure.fields(of: octets)
    private lazy var headerText = header.fields.map { SearchText("\($0.name): \($0.text)") }
    private lazy var bodyText = texts(structure).map { SearchText($0) }
    /// By the name that was asked for.
    private var fields: [String: [SearchText]] = [:]
    /// The day in the header's own zone.
    private(set) lazy var sent: IMAPDate? = header["Date"].flatMap { MailDate.parse($0.value) }.map { date, offset in
        IMAPDate(seconds: Int(date.timeIntervalSince1970), offset: offset)
    }

    /// - Parameter octets: all of it; they must stay as long as this does.
    init(_ octets: UnsafeBufferPointer<UInt8>) {
        self.octets = UnsafeBufferPointer(rebasing: octets.prefix(Self.searchedOctets))
    }

    /// Whether a header field of that name has the text, as it is or decoded.
    func hasField(_ name: String, containing wanted: SearchText) -> Bool {
        guard !wanted.isEmpty else { return !header.all(name).isEmpty }
        let texts =
            fields[name]
            ?? header.all(name).flatMap { field in
                let (text, value) = (field.text, field.value)
                return (text == value ? [text] : [text, value]).map { SearchText($0) }
            }
        fields[name] = texts
        return texts.contains { $0.contains(wanted) }
    }

    func hasHeader(containing wanted: SearchText) -> Bool { headerText.contains { $0.contains(wanted) } }
    func hasBody(containing wanted: SearchText) -> Bool { bodyText.contains { $0.contains(wanted) } }

    /// The text of parts, and the headers of messages within the message.
    private func texts(_ part: MIMEPart) -> [String] {
        switch part.content {
        case .multipart(let parts): parts.flatMap { texts($0) }
        case .message(let message):
            message.fields(of: octets).fields.map { "\($0.name): \($0.text)" } + texts(message)
        case .leaf: part.type == "text" ? [part.text(of: octets)] : []
        }
    }
}
