internal import CResolver
internal import DNS
internal import Foundation
internal import NIOCore
package import NIOPosix

/// A host that takes mail for a domain.
package struct MailHost: Sendable, Hashable {
    /// A name, or an address without brackets.
    package var name: String
    package var port: Int
    /// Where to connect, in this order; nil to look the name up as the system does.
    package var addresses: [String]?

    package init(name: String, port: Int = 25, addresses: [String]? = nil) {
        self.name = name
        self.port = port
        self.addresses = addresses
    }

    /// A host that an address in brackets names (RFC 5321 §4.1.3); nil for a domain.
    init?(literal domain: String) {
        guard domain.hasPrefix("["), domain.hasSuffix("]") else { return nil }
        let literal = domain.dropFirst().dropLast()
        self.init(name: String(literal.hasPrefix("ipv6:") ? literal.dropFirst(5) : literal))
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
    static let noAddress = MailExchangerError(
        reply: SMTPReply(550, "5.4.4", "the domain has no host that takes mail"))
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
        if let host = MailHost(literal: domain) { return [host] }
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
        case .records(let records): return try MXRecord.hosts(records, hostname: hostname)
        }
    }

    private enum Answer: Sendable {
        case records([MXRecord])
        case unknown
        case unavailable
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
        guard let answer = try? DNSMessage(Array(buffer.prefix(Int(length)))) else { return .unavailable }
        return .records(MXRecord.all(in: answer))
    }
}
