/// A zone as the messages of a transfer (RFC 5936 §2.2): the SOA record first and last, and everything else between.
package struct ZoneTransfer: Sendable, Sequence, IteratorProtocol {
    /// Octets of a message: as much as compression reaches.
    private static let size = 16_384

    private let query: DNSMessage
    private var records: ArraySlice<ResourceRecord>
    private var isFirst = true

    /// - Parameters:
    ///   - zone: to be sent.
    ///   - query: for AXFR, or for IXFR by who has an older zone, which may be answered with the whole one (RFC 1995 §4).
    package init(_ zone: Zone, answering query: DNSMessage) {
        self.query = query
        let all = zone.allRecords
        records = (all + all.prefix(1))[...]
    }

    /// The next message, as on the wire; nil after the last.
    package mutating func next() -> [UInt8]? {
        guard !records.isEmpty else { return nil }
        var message = DNSMessage(answering: query)
        message.flags.insert(.authoritative)
        // RFC 5936 §2.2.1: the question comes once.
        if !isFirst { message.questions = [] }
        if query.edns != nil { message.edns = EDNS() }
        isFirst = false
        var size = 300
        while let record = records.first {
            let length = record.name.wire.count + 10 + record.data.octets.count
            guard message.answers.isEmpty || size + length <= Self.size else { break }
            size += length
            message.answers.append(record)
            records.removeFirst()
        }
        return message.encoded()
    }
}
