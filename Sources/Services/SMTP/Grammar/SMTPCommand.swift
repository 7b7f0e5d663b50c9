/// A client's command (RFC 5321 §4.1.1), parsed as far as its grammar goes.
enum SMTPCommand: Sendable, Hashable {
    case ehlo(String)
    case helo(String)
    case mail(EnvelopePath, [SMTPParameter])
    case rcpt(EnvelopePath, [SMTPParameter])
    case data
    case bdat(count: Int, isLast: Bool)
    case rset
    case vrfy(String)
    case expn
    case help
    case noop
    case quit
    case startTLS
    case auth(mechanism: String, initial: String?)

    /// Why a line is no command, and what to answer.
    enum Failure: Error, Hashable {
        case unknown
        /// The verb is known, the rest is wrong; how it should look.
        case syntax(String)
        /// A browser, or somebody who has a browser speak for them.
        case http
    }

    /// Takes a line without its end.
    init(_ line: some Collection<UInt8>) throws(Failure) {
        let octets = Array(line)
        let verb = String(decoding: octets.prefix { $0 != 0x20 }, as: UTF8.self).uppercased()
        let rest = octets.dropFirst(verb.utf8.count).drop { $0 == 0x20 }
        // What an HTTP request begins with; the parameters of SMTP's commands never make one of these.
        let methods = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI"]
        if methods.contains(verb) { throw .http }
        guard let text = String(validating: rest, as: UTF8.self) else { throw .syntax("write in UTF-8") }
        let argument = text.trailingSpacesDropped
        switch verb {
        case "EHLO", "HELO":
            guard !argument.isEmpty, argument.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw .syntax("\(verb) hostname")
            }
            self = verb == "EHLO" ? .ehlo(argument) : .helo(argument)
        case "MAIL":
            let (path, parameters) = try Self.path(argument, after: "FROM:", usage: "MAIL FROM:<address> [parameters]")
            guard path != .postmaster else { throw .syntax("MAIL FROM:<address> [parameters]") }
            self = .mail(path, parameters)
        case "RCPT":
            let (path, parameters) = try Self.path(argument, after: "TO:", usage: "RCPT TO:<address> [parameters]")
            guard path != .null else { throw .syntax("RCPT TO:<address> [parameters]") }
            self = .rcpt(path, parameters)
        case "DATA": self = try Self.bare(.data, argument)
        case "BDAT":
            let words = argument.split(separator: " ")
            guard (1...2).contains(words.count), let count = Int(words[0]), words[0].allSatisfy(\.isNumber),
                words.count == 1 || words[1].uppercased() == "LAST"
            else { throw .syntax("BDAT octets [LAST]") }
            self = .bdat(count: count, isLast: words.count == 2)
        case "RSET": self = try Self.bare(.rset, argument)
        case "VRFY":
            guard !argument.isEmpty else { throw .syntax("VRFY address") }
            self = .vrfy(argument)
        case "EXPN": self = .expn
        case "HELP": self = .help
        case "NOOP": self = .noop
        case "QUIT": self = try Self.bare(.quit, argument)
        case "STARTTLS": self = try Self.bare(.startTLS, argument)
        case "AUTH":
            let words = argument.split(separator: " ", omittingEmptySubsequences: false)
            guard (1...2).contains(words.count), !words[0].isEmpty else {
                throw .syntax("AUTH mechanism [initial-response]")
            }
            self = .auth(mechanism: String(words[0]), initial: words.count == 2 ? String(words[1]) : nil)
        default: throw .unknown
        }
    }

    private static func bare(_ command: SMTPCommand, _ argument: String) throws(Failure) -> SMTPCommand {
        guard argument.isEmpty else { throw .syntax("this command takes no parameters") }
        return command
    }

    private static func path(
        _ argument: String, after keyword: String, usage: String
    ) throws(Failure) -> (EnvelopePath, [SMTPParameter]) {
        guard argument.prefix(keyword.count).uppercased() == keyword else { throw .syntax(usage) }
        var rest = argument.dropFirst(keyword.count).drop { $0 == " " }
        guard let path = EnvelopePath.take(from: &rest), rest.isEmpty || rest.hasPrefix(" ") else {
            throw .syntax(usage)
        }
        var parameters: [SMTPParameter] = []
        for word in rest.split(separator: " ") {
            guard let parameter = SMTPParameter(String(word)),
                !parameters.contains(where: { $0.keyword == parameter.keyword })
            else { throw .syntax(usage) }
            parameters.append(parameter)
        }
        return (path, parameters)
    }
}

/// A parameter of `MAIL` or `RCPT`: `keyword[=value]` (RFC 5321 §4.1.2).
struct SMTPParameter: Sendable, Hashable {
    /// In upper case.
    let keyword: String
    let value: String?

    init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts[0].utf8.first, first.isLetterOrDigit,
            parts[0].utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }),
            parts.count == 1 || !parts[1].isEmpty
        else { return nil }
        keyword = parts[0].uppercased()
        value = parts.count == 2 ? String(parts[1]) : nil
    }
}

/// `xtext`: how parameters carry any text in ASCII (RFC 3461 §4).
enum XText {
    /// Nil when it is not well formed.
    static func decode(_ text: String) -> String? {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "+"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                    value >= 0x20, value != 0x7F
                else { return nil }
                rest = rest.dropFirst(2)
                octets.append(value)
            case UInt8(ascii: "="): return nil
            case 0x21...0x7E: octets.append(octet)
            default: return nil
            }
        }
        return String(validating: octets, as: UTF8.self)
    }

    static func encode(_ text: String) -> String {
        text.utf8.map { octet in
            (0x21...0x7E).contains(octet) && octet != UInt8(ascii: "+") && octet != UInt8(ascii: "=")
                ? String(UnicodeScalar(octet)) : "+" + (octet < 16 ? "0" : "") + String(octet, radix: 16).uppercased()
        }.joined()
    }
}

extension String {
    var trailingSpacesDropped: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
