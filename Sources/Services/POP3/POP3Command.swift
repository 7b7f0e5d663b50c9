/// A command of a POP3 client (RFC 1939 §3, RFC 2449, RFC 2595 §4, RFC 5034).
enum POP3Command: Sendable, Hashable {
    case user(String)
    case pass(String)
    /// - initial: the first response in base64, `=` for an empty one.
    case auth(mechanism: String, initial: String?)
    case stls
    case capa
    case stat
    case list(Int?)
    case uidl(Int?)
    case retr(Int)
    /// - lines: of the body.
    case top(Int, lines: Int)
    case dele(Int)
    case noop
    case rset
    case quit

    /// What is wrong with a line.
    enum Malformed: Error, Sendable, Hashable {
        case unknown
        /// - usage: how the command is written.
        case arguments(usage: String)
    }

    /// Reads a line without its CR LF. Keywords may be in any case; spaces more than one between arguments and at the end
    /// are passed over, but they belong to a password.
    init(_ line: some Collection<UInt8>) throws(Malformed) {
        let keyword = line.prefix { $0 != UInt8(ascii: " ") }
        guard keyword.count <= 8, keyword.allSatisfy({ $0 < 0x80 }) else { throw .unknown }
        let rest = line[keyword.endIndex...].dropFirst()
        let words = rest.split(separator: UInt8(ascii: " "))
        switch String(decoding: keyword, as: UTF8.self).uppercased() {
        case "USER":
            guard words.count == 1, let name = String(validating: words[0], as: UTF8.self) else {
                throw .arguments(usage: "USER name")
            }
            self = .user(name)
        case "PASS":
            guard !rest.isEmpty, let password = String(validating: rest, as: UTF8.self) else {
                throw .arguments(usage: "PASS password")
            }
            self = .pass(password)
        case "AUTH":
            guard (1...2).contains(words.count) else { throw .arguments(usage: "AUTH mechanism [initial-response]") }
            self = .auth(
                mechanism: String(decoding: words[0], as: UTF8.self),
                initial: words.count == 2 ? String(decoding: words[1], as: UTF8.self) : nil)
        case "LIST": self = .list(try Self.optionalNumber(words, usage: "LIST [message]"))
        case "UIDL": self = .uidl(try Self.optionalNumber(words, usage: "UIDL [message]"))
        case "RETR": self = .retr(try Self.number(words, usage: "RETR message"))
        case "DELE": self = .dele(try Self.number(words, usage: "DELE message"))
        case "TOP":
            guard words.count == 2, let message = Self.number(words[0]), message > 0, let lines = Self.number(words[1])
            else { throw .arguments(usage: "TOP message lines") }
            self = .top(message, lines: lines)
        case let keyword:
            let plain: [String: POP3Command] = [
                "STLS": .stls, "CAPA": .capa, "STAT": .stat, "NOOP": .noop, "RSET": .rset, "QUIT": .quit,
            ]
            guard let command = plain[keyword] else { throw .unknown }
            guard words.isEmpty else { throw .arguments(usage: keyword) }
            self = command
        }
    }

    private static func optionalNumber(
        _ words: [some Collection<UInt8>], usage: String
    ) throws(Malformed) -> Int? {
        words.isEmpty ? nil : try number(words, usage: usage)
    }

    private static func number(_ words: [some Collection<UInt8>], usage: String) throws(Malformed) -> Int {
        guard words.count == 1, let number = number(words[0]), number > 0 else { throw .arguments(usage: usage) }
        return number
    }

    private static func number(_ digits: some Collection<UInt8>) -> Int? {
        guard (1...9).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
