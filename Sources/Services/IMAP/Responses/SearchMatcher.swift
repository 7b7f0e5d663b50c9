internal import Foundation
internal import Mail
internal import MailStore

/// Whether messages are what a search looks for (RFC 9051 §6.4.4). Text is compared without regard to case.
struct SearchMatcher: Sendable {
    /// What is known of a message without opening it.
    struct Message: Sendable {
        var number: UInt32
        var stored: StoredMessage
    }

    let key: SearchKey
    /// What `*` stands for among numbers and UIDs.
    let lastNumber: UInt32
    let lastUID: UInt32
    /// What `$` stands for.
    let saved: [ClosedRange<UInt32>]

    /// Octets of a message beyond which nothing is looked for.
    static let searchedOctets = 64 << 20

    /// - Returns: nil when the message must be opened to tell.
    func matches(_ message: Message) -> Bool? { evaluate(key, message, nil) }

    /// - Parameters:
    ///   - message: what is known of it.
    ///   - octets: all of it.
    func matches(_ message: Message, _ octets: UnsafeBufferPointer<UInt8>) -> Bool {
        let content = Content(UnsafeBufferPointer(rebasing: octets.prefix(Self.searchedOctets)))
        return evaluate(key, message, content) ?? false
    }

    /// Three values, as in a database: what is unknown stays so only where it makes a difference.
    private func evaluate(_ key: SearchKey, _ message: Message, _ content: Content?) -> Bool? {
        switch key {
        case .all: return true
        case .numbers(let set):
            if set.isSaved { return contains(saved, message.stored.uid) }
            return contains(set.ranges(last: lastNumber), message.number)
        case .uids(let set):
            return contains(set.isSaved ? saved : set.ranges(last: lastUID), message.stored.uid)
        case .flag(let name): return message.stored.flags.contains(name)
        case .lacksFlag(let name): return !message.stored.flags.contains(name)
        case .recent: return message.stored.isRecent
        case .larger(let size): return UInt64(message.stored.size) > size
        case .smaller(let size): return UInt64(message.stored.size) < size
        case .before(let date): return day(message) < date
        case .on(let date): return day(message) == date
        case .since(let date): return day(message) >= date
        case .not(let inner): return evaluate(inner, message, content).map { !$0 }
        case .either(let first, let second):
            let left = evaluate(first, message, content)
            if left == true { return true }
            let right = evaluate(second, message, content)
            if right == true { return true }
            return left == nil || right == nil ? nil : false
        case .every(let keys):
            var isKnown = true
            for key in keys {
                switch evaluate(key, message, content) {
                case false?: return false
                case nil: isKnown = false
                case true?: break
                }
            }
            return isKnown ? true : nil
        case .sentBefore(let date): return content.map { content in content.sent.map { $0 < date } ?? false }
        case .sentOn(let date): return content.map { content in content.sent == date }
        case .sentSince(let date): return content.map { content in content.sent.map { $0 >= date } ?? false }
        case .header(let name, let text): return content?.hasField(name, containing: text)
        case .body(let text): return content?.hasBody(containing: text)
        case .text(let text):
            return content.map { $0.hasHeader(containing: text) || $0.hasBody(containing: text) }
        }
    }

    private func contains(_ ranges: [ClosedRange<UInt32>], _ number: UInt32) -> Bool {
        ranges.contains { $0.contains(number) }
    }

    private func day(_ message: Message) -> IMAPDate { IMAPDate(seconds: message.stored.internalDate) }

    /// An opened message; its parts are decoded only when they are looked into.
    private final class Content {
        private let octets: UnsafeBufferPointer<UInt8>
        private lazy var structure = MIMEParser().parse(octets)
        private lazy var header = structure.fields(of: octets)
        private lazy var texts: [String] = Self.texts(structure, octets)

        init(_ octets: UnsafeBufferPointer<UInt8>) { self.octets = octets }

        /// The day in the header's own zone.
        var sent: IMAPDate? {
            guard let (date, offset) = (header["Date"]?.value).flatMap({ MailDate.parse($0) }) else { return nil }
            return IMAPDate(seconds: Int(date.timeIntervalSince1970), offset: offset)
        }

        func hasField(_ name: String, containing text: String) -> Bool {
            let wanted = Self.folded(text)
            return header.all(name).contains { field in
                wanted.isEmpty || Self.folded(field.text).contains(wanted) || Self.folded(field.value).contains(wanted)
            }
        }

        func hasHeader(containing text: String) -> Bool {
            let wanted = Self.folded(text)
            return header.fields.contains { Self.folded("\($0.name): \($0.text)").contains(wanted) }
        }

        func hasBody(containing text: String) -> Bool {
            let wanted = Self.folded(text)
            return texts.contains { Self.folded($0).contains(wanted) }
        }

        private static func folded(_ text: String) -> String {
            text.folding(options: [.caseInsensitive], locale: nil)
        }

        /// The text of parts, and the headers of messages within the message.
        private static func texts(_ part: MIMEPart, _ octets: UnsafeBufferPointer<UInt8>) -> [String] {
            switch part.content {
            case .multipart(let parts): parts.flatMap { texts($0, octets) }
            case .message(let message):
                message.fields(of: octets).fields.map { "\($0.name): \($0.text)" } + texts(message, octets)
            case .leaf: part.type == "text" ? [part.text(of: octets)] : []
            }
        }
    }
}
