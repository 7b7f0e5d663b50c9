/// Puts a zone together from the messages of a transfer (RFC 5936 §2.2), and takes nothing that is not a whole zone.
package struct ZoneTransferReader: Sendable {
    /// What a zone may have at most.
    package struct Limits: Sendable, Hashable {
        package var records = 5_000_000
        /// Of all records, as on the wire without compression.
        package var octets = 1 << 28

        package init() {}
    }

    private let name: DomainName
    private let limits: Limits
    private var records: [ResourceRecord] = []
    private var octets = 0

    /// - Parameters:
    ///   - name: of the zone that was asked for.
    ///   - limits: of its size.
    package init(_ name: DomainName, limits: Limits = Limits()) {
        self.name = name
        self.limits = limits
    }

    /// Takes the next message.
    ///
    /// - Returns: the zone after the last one; nil when more follow.
    /// - Throws: ``DNSError``: the primary sends no zone, or not this one, or one that is too large or cannot be served.
    package mutating func take(_ message: DNSMessage) throws(DNSError) -> Zone? {
        guard message.responseCode == .noError else {
            throw DNSError(.malformedMessage, "the primary answers \(message.responseCode)")
        }
        guard !message.flags.contains(.truncated), !message.answers.isEmpty else {
            throw DNSError(.malformedMessage, "the primary sends a message of a transfer without all of its records")
        }
        for (index, record) in message.answers.enumerated() {
            guard let first = records.first else {
                guard record.type == .soa, record.name == name else {
                    throw DNSError(
                        .malformedZone, "a transfer of \(name) begins with its SOA record, not \(record.name)")
                }
                try add(record)
                continue
            }
            guard record.type == .soa, record.name == name else {
                try add(record)
                continue
            }
            guard record.data.canonical(as: .soa) == first.data.canonical(as: .soa) else {
                throw DNSError(.malformedZone, "the zone \(name) changed while it was transferred")
            }
            guard index == message.answers.count - 1 else {
                throw DNSError(.malformedZone, "records follow the end of the transfer of \(name)")
            }
            return try Zone(origin: name, records)
        }
        return nil
    }

    private mutating func add(_ record: ResourceRecord) throws(DNSError) {
        octets += record.name.wire.count + 10 + record.data.octets.count
        guard records.count < limits.records, octets <= limits.octets else {
            throw DNSError(
                .malformedZone,
                "the zone \(name) has more than \(limits.records) records or \(limits.octets) octets")
        }
        records.append(record)
    }
}
