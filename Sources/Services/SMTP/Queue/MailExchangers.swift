internal import CResolver
internal import Foundation
internal import NIOCore
package import NIOPosix

/// A host that takes mail for a domain.
package struct MailHost: Sendable, Hashable {
    /// A name, or an address without brackets.
    package var name: String
    package var port: Int

    package init(name: String, port: Int = 25) {
        self.name = name
        self.port = port
    }
}

/// Finds the hosts that take mail for a domain.
package protocol MailExchangers: Sendable {
    /// - Parameter domain: in lower case.
    /// - Returns: hosts in the order in which to try them, one at least.
    /// - Throws: ``MailExchangerError``.
    func hosts(for domain: String) async throws(MailExchangerError) -> [MailHost]
}

/// Why there are no hosts.
package struct MailExchangerError: Error, Sendable, Hashable {
    /// As a server would say it: 4xx may be otherwise later.
    package let reply: SMTPReply

    static let unknownDomain = MailExchangerError(reply: SMTPReply(550, "5.1.2", "there is no such domain"))
    /// RFC 7505: the domain says so.
    static let noMail = MailExchangerError(reply: SMTPReply(556, "5.1.10", "the domain takes no mail"))
    static let unavailable = MailExchangerError(
        reply: SMTPReply(451, "4.4.3", "the domain's hosts cannot be looked up now"))
    static let loop = MailExchangerError(
        reply: SMTPReply(550, "5.4.6", "the domain's mail comes to this host, which does not serve it"))
}

/// A table, and another way for domains that are not in it.
package struct StaticMailExchangers: MailExchangers {
    private let table: [String: MailHost]
    private let others: any MailExchangers

    /// - Parameters:
    ///   - table: by domain in lower case; `*` stands for all that are not named.
    ///   - others: asked when the table has no answer.
    package init(_ table: [String: MailHost], others: any MailExchangers) {
        self.table = table
        self.others = others
    }

    package func hosts(for domain: String) async throws(MailExchangerError) -> [MailHost] {
        if let host = table[domain] ?? table["*"] { return [host] }
        return try await others.hosts(for: domain)
    }
}

/// The system's resolver (RFC 5321 §5.1).
package struct SystemMailExchangers: MailExchangers {
    /// In lower case: mail for a domain that comes back to it would go round in circles.
    private let hostname: String
    private let threads: NIOThreadPool

    /// - Parameters:
    ///   - hostname: of this host.
    ///   - threads: started; look-ups block them.
    package init(hostname: String, threads: NIOThreadPool) {
        self.hostname = hostname.lowercased()
        self.threads = threads
    }

    package func hosts(for domain: String) async throws(MailExchangerError) -> [MailHost] {
        if domain.hasPrefix("["), domain.hasSuffix("]") {
            let literal = domain.dropFirst().dropLast()
            return [MailHost(name: String(literal.hasPrefix("ipv6:") ? literal.dropFirst(5) : literal))]
        }
        let answer: Answer
        do {
            answer = try await threads.runIfActive { Self.query(domain) }
        } catch {
            throw .unavailable
        }
        switch answer {
        case .unknown: throw .unknownDomain
        case .unavailable: throw .unavailable
        // Without MX records the domain itself is the host.
        case .records(let records) where records.isEmpty: return [MailHost(name: domain)]
        case .records(let records): return try Self.order(records, hostname: hostname)
        }
    }

    enum Answer: Sendable, Equatable {
        case records([MXRecord])
        case unknown
        case unavailable
    }

    struct MXRecord: Sendable, Hashable {
        var preference: Int
        /// In lower case, without the last dot; empty for the root.
        var host: String
    }

    /// By preference, hosts of the same preference in any order; without this host and those that are farther away.
    static func order(_ records: [MXRecord], hostname: String) throws(MailExchangerError) -> [MailHost] {
        let named = records.filter { !$0.host.isEmpty }
        guard !named.isEmpty else { throw .noMail }
        let own = named.filter { $0.host == hostname }.map(\.preference).min() ?? Int.max
        let usable = named.shuffled().filter { $0.preference < own }.sorted { $0.preference < $1.preference }
        guard !usable.isEmpty else { throw .loop }
        return usable.map { MailHost(name: $0.host) }
    }

    private static func query(_ domain: String) -> Answer {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let length = buffer.withUnsafeMutableBufferPointer {
            res_query(domain, 1, 15, $0.baseAddress, CInt($0.count))
        }
        if length < 0 {
            return switch headwater_resolver_error() {
            case HOST_NOT_FOUND: .unknown
            case NO_DATA: .records([])
            default: .unavailable
            }
        }
        return parse(Array(buffer.prefix(Int(length)))).map(Answer.records) ?? .unavailable
    }

    /// The MX records of a DNS message's answer section (RFC 1035 §4.1); nil when it is not well formed.
    static func parse(_ message: [UInt8]) -> [MXRecord]? {
        func number(_ offset: Int) -> Int? {
            offset + 1 < message.count ? Int(message[offset]) << 8 | Int(message[offset + 1]) : nil
        }
        guard let questions = number(4), let answers = number(6) else { return nil }
        var offset = 12
        for _ in 0..<questions {
            guard let (_, end) = name(message, offset) else { return nil }
            offset = end + 4
        }
        var records: [MXRecord] = []
        for _ in 0..<answers {
            guard let (_, end) = name(message, offset), let type = number(end), let length = number(end + 8),
                end + 10 + length <= message.count
            else { return nil }
            offset = end + 10 + length
            guard type == 15 else { continue }
            guard length >= 3, let preference = number(end + 10), let (host, _) = name(message, end + 12) else {
                return nil
            }
            records.append(MXRecord(preference: preference, host: host))
        }
        return records
    }

    /// A name and where it ends. Each pointer must lead further back, so that there is an end to them.
    private static func name(_ message: [UInt8], _ start: Int) -> (String, end: Int)? {
        var labels: [String] = []
        var (offset, limit) = (start, start)
        var end: Int?
        while offset < message.count {
            let length = Int(message[offset])
            switch length {
            case 0: return (labels.joined(separator: ".").lowercased(), end ?? offset + 1)
            case 1...63:
                guard offset + 1 + length <= message.count, labels.count < 128 else { return nil }
                labels.append(String(decoding: message[(offset + 1)...(offset + length)], as: UTF8.self))
                offset += 1 + length
            case 0xC0...:
                guard offset + 1 < message.count else { return nil }
                let target = (length & 0x3F) << 8 | Int(message[offset + 1])
                guard target < limit else { return nil }
                end = end ?? offset + 2
                (offset, limit) = (target, target)
            default: return nil
            }
        }
        return nil
    }
}
