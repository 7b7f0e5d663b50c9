internal import MailStore

/// Whether messages are what a search looks for (RFC 9051 §6.4.4). What does not depend on the message is done once for the
/// whole search.
struct SearchMatcher: Sendable {
    /// What is known of a message without opening it.
    struct Message: Sendable {
        var number: UInt32
        var stored: StoredMessage
    }

    private let test: Test

    /// - Parameters:
    ///   - key: what is looked for.
    ///   - lastNumber: what `*` stands for among numbers.
    ///   - lastUID: the same among UIDs.
    ///   - saved: what `$` stands for, ascending.
    init(key: SearchKey, lastNumber: UInt32, lastUID: UInt32, saved: [ClosedRange<UInt32>]) {
        test = Test(key, lastNumber: lastNumber, lastUID: lastUID, saved: saved)
    }

    /// - Returns: nil when the message must be opened to tell.
    func matches(_ message: Message) -> Bool? { test.evaluate(message, nil) }

    /// - Parameters:
    ///   - message: what is known of it.
    ///   - octets: all of it.
    func matches(_ message: Message, _ octets: UnsafeBufferPointer<UInt8>) -> Bool {
        test.evaluate(message, SearchedMessage(octets)) ?? false
    }

    /// A ``SearchKey`` with everything in it found out that can be.
    private indirect enum Test: Sendable {
        case always
        case number([ClosedRange<UInt32>])
        case uid([ClosedRange<UInt32>])
        case flag(MessageFlags.System)
        /// In small letters.
        case keyword(String)
        case recent
        case larger(UInt64)
        case smaller(UInt64)
        /// The internal date, in seconds since 1970.
        case arrived(Range<Int>)
        /// The header's date.
        case sent(@Sendable (IMAPDate) -> Bool)
        case header(String, SearchText)
        case body(SearchText)
        case text(SearchText)
        case not(Test)
        case either(Test, Test)
        case every([Test])

        init(_ key: SearchKey, lastNumber: UInt32, lastUID: UInt32, saved: [ClosedRange<UInt32>]) {
            func inner(_ key: SearchKey) -> Test {
                Test(key, lastNumber: lastNumber, lastUID: lastUID, saved: saved)
            }
            self =
                switch key {
                case .all: .always
                case .numbers(let set): set.isSaved ? .uid(saved) : .number(set.ranges(last: lastNumber))
                case .uids(let set): .uid(set.isSaved ? saved : set.ranges(last: lastUID))
                case .flag(let name): Self.flag(named: name)
                case .lacksFlag(let name): .not(Self.flag(named: name))
                case .recent: .recent
                case .larger(let size): .larger(size)
                case .smaller(let size): .smaller(size)
                case .before(let date): .arrived(Int.min..<date.seconds)
                case .on(let date): .arrived(date.seconds..<date.seconds + 86_400)
                case .since(let date): .arrived(date.seconds..<Int.max)
                case .sentBefore(let date): .sent { $0 < date }
                case .sentOn(let date): .sent { $0 == date }
                case .sentSince(let date): .sent { $0 >= date }
                case .header(let name, let text): .header(name, SearchText(text))
                case .body(let text): .body(SearchText(text))
                case .text(let text): .text(SearchText(text))
                case .not(let key): .not(inner(key))
                case .either(let first, let second): .either(inner(first), inner(second))
                case .every(let keys): .every(keys.map(inner))
                }
        }

        private static func flag(named name: String) -> Test {
            let system = MessageFlags(names: [name]).system
            return system.isEmpty ? .keyword(name.lowercased()) : .flag(system)
        }

        /// Three values, as in a database: what is unknown stays so only where it makes a difference.
        func evaluate(_ message: Message, _ content: SearchedMessage?) -> Bool? {
            switch self {
            case .always: return true
            case .number(let ranges): return Self.contains(ranges, message.number)
            case .uid(let ranges): return Self.contains(ranges, message.stored.uid)
            case .flag(let flag): return message.stored.flags.system.contains(flag)
            case .keyword(let name): return message.stored.flags.keywords.contains { $0.lowercased() == name }
            case .recent: return message.stored.isRecent
            case .larger(let size): return UInt64(message.stored.size) > size
            case .smaller(let size): return UInt64(message.stored.size) < size
            case .arrived(let time): return time.contains(message.stored.internalDate)
            case .not(let test): return test.evaluate(message, content).map { !$0 }
            case .either(let first, let second):
                let left = first.evaluate(message, content)
                if left == true { return true }
                let right = second.evaluate(message, content)
                if right == true { return true }
                return left == nil || right == nil ? nil : false
            case .every(let tests):
                var isKnown = true
                for test in tests {
                    switch test.evaluate(message, content) {
                    case false?: return false
                    case nil: isKnown = false
                    case true?: break
                    }
                }
                return isKnown ? true : nil
            case .sent(let isWanted): return content.map { $0.sent.map(isWanted) ?? false }
            case .header(let name, let text): return content?.hasField(name, containing: text)
            case .body(let text): return content?.hasBody(containing: text)
            case .text(let text):
                return content.map { $0.hasHeader(containing: text) || $0.hasBody(containing: text) }
            }
        }

        /// - Parameter ranges: ascending, without overlap.
        private static func contains(_ ranges: [ClosedRange<UInt32>], _ number: UInt32) -> Bool {
            var (low, high) = (0, ranges.count)
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
            }
            return low < ranges.count && ranges[low].contains(number)
        }
    }
}
