internal import DNS

/// What a domain says of a host that takes mail for it (RFC 5321 §5.1).
struct MXRecord: Sendable, Hashable {
    var preference: UInt16
    /// In lower case, without the last dot; empty for the root.
    var host: String

    /// Those of an answer; an alias's are its target's.
    static func all(in answer: DNSMessage) -> [MXRecord] {
        answer.answers.filter { $0.type == .mx }.compactMap { record in
            guard let host = record.data.host(as: .mx), record.data.octets.count > 2 else { return nil }
            let preference = UInt16(record.data.octets[0]) << 8 | UInt16(record.data.octets[1])
            return MXRecord(
                preference: preference, host: String(host.description.lowercased().dropLast()))
        }
    }

    /// By preference, hosts of the same preference in any order; without this host and those that are farther away.
    ///
    /// - Parameters:
    ///   - records: one at least.
    ///   - hostname: of this host, in lower case.
    static func hosts(_ records: [MXRecord], hostname: String) throws(MailExchangerError) -> [MailHost] {
        let named = records.filter { !$0.host.isEmpty }
        guard !named.isEmpty else { throw .noMail }
        let own = named.filter { $0.host == hostname }.map(\.preference).min()
        let usable = named.shuffled().filter { record in own.map { record.preference < $0 } ?? true }
        guard !usable.isEmpty else { throw .loop }
        return usable.sorted { $0.preference < $1.preference }.map { MailHost(name: $0.host) }
    }
}
