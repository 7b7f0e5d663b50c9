/// A resource record (RFC 1035 §3.2).
package struct ResourceRecord: Sendable, Hashable {
    package var name: DomainName
    package var type: RecordType
    package var recordClass: RecordClass
    /// Seconds; below 2^31 (RFC 2181 §8).
    package var ttl: UInt32
    package var data: RecordData

    package init(
        name: DomainName, type: RecordType, recordClass: RecordClass = .internet, ttl: UInt32, data: RecordData
    ) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
        self.ttl = ttl
        self.data = data
    }

    /// A line of a master file.
    package var description: String { "\(name) \(ttl) \(recordClass) \(type) \(data.text(as: type))" }
}

extension ResourceRecord: CustomStringConvertible {}

/// The data of a record, as on the wire without compression. They were checked against their type where that is known.
package struct RecordData: Sendable, Hashable {
    package let octets: [UInt8]

    init(unchecked octets: [UInt8]) { self.octets = octets }

    /// Takes data as on the wire without compression.
    ///
    /// - Throws: ``DNSError`` where they do not fit the type.
    package init(_ octets: [UInt8], _ type: RecordType) throws(DNSError) {
        self.octets = try Self.checked(octets, type)
    }

    static func checked(_ octets: [UInt8], _ type: RecordType) throws(DNSError) -> [UInt8] {
        var reader = WireReader(octets)
        let data = try RecordData(reading: &reader, octets.count, type, allowsCompression: false)
        return data.octets
    }

    /// Reads `count` octets of a message.
    init(
        reading reader: inout WireReader, _ count: Int, _ type: RecordType, allowsCompression: Bool = true
    ) throws(DNSError) {
        guard let fields = type.fields else {
            octets = Array(try reader.take(count))
            return
        }
        octets = try reader.within(count) { reader throws(DNSError) in
            var data: [UInt8] = []
            data.reserveCapacity(count)
            for field in fields {
                if case .name = field, !allowsCompression {
                    data += try reader.name(allowsCompression: false).wire
                } else {
                    try field.read(&reader, into: &data)
                }
            }
            return data
        }
        guard octets.count <= 65_535 else { throw DNSError(.malformedRecord, "a record has at most 65,535 octets") }
    }

    /// Writes the data, names compressed where their type allows it.
    func write(to writer: inout WireWriter, _ type: RecordType) {
        guard let fields = type.fields, fields.contains(.name(isCompressible: true)) else {
            writer.append(contentsOf: octets)
            return
        }
        var position = 0
        for field in fields { field.write(octets, &position, to: &writer) }
    }

    /// The data with names in lower case (RFC 4034 §6.2): equal for data that mean the same.
    package func canonical(as type: RecordType) -> RecordData {
        guard let fields = type.fields, fields.contains(where: \.isName) else { return self }
        var (canonical, position) = (octets, 0)
        for field in fields {
            let length = field.length(in: octets, at: position)
            if field.isName {
                for index in position..<position + length { canonical[index] = DomainName.folded(octets[index]) }
            }
            position += length
        }
        return RecordData(unchecked: canonical)
    }

    /// As a master file has them.
    package func text(as type: RecordType) -> String { RecordText.text(of: octets, type) }

    /// Reads the words of a master file, without comments and parentheses.
    ///
    /// - Parameters:
    ///   - text: what stands behind the type.
    ///   - type: of the record.
    ///   - origin: of names without a dot at their end.
    /// - Throws: ``DNSError``.
    package init(_ text: String, _ type: RecordType, below origin: DomainName = .root) throws(DNSError) {
        var tokenizer = ZoneTokenizer(Array(text.utf8))
        guard let line = try tokenizer.next() else {
            throw DNSError(.malformedRecord, "a \(type) record's data are missing")
        }
        octets = try RecordText.parse(line.words, type, below: origin)
    }
}
