/// Messages on the wire.
extension DNSMessage {
    /// Reads a message, all of it.
    ///
    /// - Throws: ``DNSError`` for what does not follow RFC 1035 §4: a server answers FORMERR, if there is a header to answer.
    package init(_ octets: [UInt8]) throws(DNSError) {
        var reader = WireReader(octets)
        let id = try reader.short()
        let bits = try reader.short()
        self.init(
            id: id, flags: Flags(rawValue: bits & Flags.mask), opcode: Opcode(rawValue: UInt8(bits >> 11 & 15)),
            responseCode: ResponseCode(rawValue: bits & 15))
        let counts = (try reader.short(), try reader.short(), try reader.short(), try reader.short())
        for _ in 0..<counts.0 {
            questions.append(
                Question(
                    try reader.name(), RecordType(rawValue: try reader.short()),
                    RecordClass(rawValue: try reader.short())))
        }
        for _ in 0..<counts.1 { answers.append(try Self.record(&reader)) }
        for _ in 0..<counts.2 { authorities.append(try Self.record(&reader)) }
        for _ in 0..<counts.3 { try readAdditional(&reader) }
        guard reader.isAtEnd else {
            throw DNSError(.malformedMessage, "\(reader.remaining) octets follow the message")
        }
    }

    private static func record(_ reader: inout WireReader) throws(DNSError) -> ResourceRecord {
        let name = try reader.name()
        let type = RecordType(rawValue: try reader.short())
        let recordClass = RecordClass(rawValue: try reader.short())
        return try record(&reader, name, type, recordClass)
    }

    private static func record(
        _ reader: inout WireReader, _ name: DomainName, _ type: RecordType, _ recordClass: RecordClass
    ) throws(DNSError) -> ResourceRecord {
        let ttl = try reader.long()
        let length = Int(try reader.short())
        guard type != .opt else { throw DNSError(.malformedMessage, "an OPT record is not where it belongs") }
        return ResourceRecord(
            name: name, type: type, recordClass: recordClass,
            // RFC 2181 §8: what looks negative is zero.
            ttl: ttl > UInt32(Int32.max) ? 0 : ttl, data: try RecordData(reading: &reader, length, type))
    }

    /// Reads a record, which may be the OPT record: of the root, and only one (RFC 6891 §6.1.1).
    private mutating func readAdditional(_ reader: inout WireReader) throws(DNSError) {
        let name = try reader.name()
        let type = RecordType(rawValue: try reader.short())
        let recordClass = try reader.short()
        guard type == .opt else {
            additionals.append(try Self.record(&reader, name, type, RecordClass(rawValue: recordClass)))
            return
        }
        guard edns == nil, name.isRoot else {
            throw DNSError(.malformedMessage, "the message has two OPT records, or one that is not the root's")
        }
        let ttl = try reader.long()
        let length = Int(try reader.short())
        let (edns, upperCode) = try EDNS.read(&reader, class: recordClass, ttl: ttl, length: length)
        self.edns = edns
        responseCode = ResponseCode(rawValue: upperCode << 4 | responseCode.rawValue)
    }

    /// The message in as many octets as it needs, or as it may have: sets of records that do not fit are left out as a
    /// whole, with TC where they belong to the answer (RFC 2181 §9).
    ///
    /// - Parameter limit: octets, 512 or more.
    package func encoded(limit: Int = 65_535) -> [UInt8] {
        var writer = WireWriter(capacity: min(limit, 1_232))
        var bits = flags.rawValue & Flags.mask | UInt16(opcode.rawValue) << 11 | responseCode.rawValue & 15
        writer.append(id)
        writer.append(bits)
        for _ in 0..<4 { writer.append(0 as UInt16) }
        for question in questions {
            writer.append(question.name)
            writer.append(question.type.rawValue)
            writer.append(question.recordClass.rawValue)
        }
        writer.put(UInt16(questions.count), at: 4)
        let room = limit - (edns?.length ?? 0)
        var (isWhole, counts) = (true, (0, 0, 0))
        isWhole = Self.write(answers, to: &writer, room, &counts.0)
        if isWhole { isWhole = Self.write(authorities, to: &writer, room, &counts.1) }
        if isWhole {
            isWhole =
                Self.write(additionals, to: &writer, room, &counts.2) || counts.2 >= requiredAdditionals
        }
        if !isWhole {
            bits |= Flags.truncated.rawValue
            writer.put(bits, at: 2)
        }
        if let edns {
            edns.write(to: &writer, responseCode)
            counts.2 += 1
        }
        writer.put(UInt16(counts.0), at: 6)
        writer.put(UInt16(counts.1), at: 8)
        writer.put(UInt16(counts.2), at: 10)
        return writer.octets
    }

    /// Writes sets of records as long as there is room.
    ///
    /// - Returns: whether all of them are there.
    private static func write(
        _ records: [ResourceRecord], to writer: inout WireWriter, _ room: Int, _ count: inout Int
    ) -> Bool {
        var (setStart, setCount) = (writer.count, 0)
        for (index, record) in records.enumerated() {
            if index == 0 || !record.isOfSameSet(as: records[index - 1]) {
                (setStart, setCount) = (writer.count, count)
            }
            record.write(to: &writer)
            guard writer.count <= room, count < 65_535 else {
                writer.truncate(to: setStart)
                count = setCount
                return false
            }
            count += 1
        }
        return true
    }
}

extension ResourceRecord {
    /// Whether both belong to one set: same name, class and type (RFC 2181 §5).
    package func isOfSameSet(as other: ResourceRecord) -> Bool {
        type == other.type && recordClass == other.recordClass && name == other.name
    }

    func write(to writer: inout WireWriter) {
        writer.append(name)
        writer.append(type.rawValue)
        writer.append(recordClass.rawValue)
        writer.append(ttl)
        let place = writer.count
        writer.append(0 as UInt16)
        data.write(to: &writer, type)
        writer.put(UInt16(writer.count - place - 2), at: place)
    }
}
