package import DNS

/// Name servers of one's own choice, who are asked for the hosts of a domain and for their addresses (RFC 5321 §5.1).
package struct NameServerMailExchangers: MailExchangers {
    /// Asks a recursive server; throws when nobody answers.
    package typealias Asking = @Sendable (DomainName, RecordType) async throws -> DNSMessage

    /// Hosts of one domain that are looked up.
    private static let limit = 10

    private let hostname: String
    private let ask: Asking

    /// - Parameters:
    ///   - hostname: of this host: mail for a domain that comes back to it would go round in circles.
    ///   - ask: how.
    package init(hostname: String, ask: @escaping Asking) {
        self.hostname = hostname.lowercased()
        self.ask = ask
    }

    package func hosts(for domain: String) async throws(MailExchangerError) -> [MailHost] {
        if let host = MailHost(literal: domain) { return [host] }
        let answer = try await answer(domain, .mx)
        if answer.responseCode == .nameError { throw .unknownDomain }
        let records = MXRecord.all(in: answer)
        // Without MX records the domain itself is the host.
        let hosts =
            records.isEmpty ? [MailHost(name: domain)] : try MXRecord.hosts(records, hostname: hostname)
        var found: [MailHost] = []
        var failure: MailExchangerError?
        for var host in hosts.prefix(Self.limit) {
            do {
                host.addresses = try await addresses(of: host.name)
                if host.addresses?.isEmpty == false { found.append(host) }
            } catch {
                failure = error
            }
        }
        if !found.isEmpty { return found }
        throw failure ?? .noAddress
    }

    /// IPv6 first, as the system has it.
    private func addresses(of name: String) async throws(MailExchangerError) -> [String] {
        var found: [String] = []
        var failure: MailExchangerError?
        for type in [RecordType.aaaa, .a] {
            do {
                let answer = try await answer(name, type)
                found += answer.answers.filter { $0.type == type }.compactMap { $0.data.address?.description }
            } catch {
                failure = error
            }
        }
        if found.isEmpty, let failure { throw failure }
        return found
    }

    /// - Throws: ``MailExchangerError/unavailable`` unless there is an answer, if only that there is nothing.
    private func answer(_ name: String, _ type: RecordType) async throws(MailExchangerError) -> DNSMessage {
        guard let name = try? DomainName(name + ".") else { throw .unknownDomain }
        guard let answer = try? await ask(name, type), [.noError, .nameError].contains(answer.responseCode) else {
            throw .unavailable
        }
        return answer
    }
}
