/// Reads the data of records from the words of a master file.
extension RecordText {
    /// - Parameters:
    ///   - words: what stands behind the type.
    ///   - type: of the record.
    ///   - origin: of names without a dot at their end.
    /// - Returns: the data as on the wire without compression.
    /// - Throws: ``DNSError``: `.malformedRecord`, `.malformedName`.
    static func parse(
        _ words: [ZoneToken], _ type: RecordType, below origin: DomainName
    ) throws(DNSError) -> [UInt8] {
        if words.first?.octets == Array("\\#".utf8) { return try generic(words.dropFirst(), type) }
        guard let fields = type.fields else {
            throw DNSError(.malformedRecord, "data of the type \(type) are written as \\# LENGTH HEX")
        }
        var data: [UInt8] = []
        var rest = words[...]
        for field in fields {
            if field.takesRest {
                data += try parse(rest: rest, field, type)
                rest = []
                continue
            }
            guard let word = rest.popFirst() else {
                throw DNSError(.malformedRecord, "a \(type) record needs \(fields.count) values, not \(words.count)")
            }
            data += try parse(word, field, type, origin)
        }
        guard rest.isEmpty else {
            throw DNSError(.malformedRecord, "\(words.count) values are too many for a \(type) record")
        }
        guard data.count <= 65_535 else { throw DNSError(.malformedRecord, "a record has at most 65,535 octets") }
        return data
    }

    /// RFC 3597 §5. For a type that is known, the data must be what it has.
    private static func generic(_ words: ArraySlice<ZoneToken>, _ type: RecordType) throws(DNSError) -> [UInt8] {
        guard let length = words.first.flatMap({ Int($0.text) }),
            let data = octets(hexadecimal: words.dropFirst().map(\.text).joined()), data.count == length
        else { throw DNSError(.malformedRecord, "\\# needs a number of octets, and so many in hexadecimal digits") }
        return try RecordData.checked(data, type)
    }

    private static func parse(
        _ word: ZoneToken, _ field: RecordField, _ type: RecordType, _ origin: DomainName
    ) throws(DNSError) -> [UInt8] {
        let text = word.text
        func number<Number: FixedWidthInteger>(_: Number.Type) throws(DNSError) -> [UInt8] {
            guard let number = Number(text), text.utf8.first != UInt8(ascii: "+") else {
                throw unfit(text, field, type)
            }
            return withUnsafeBytes(of: number.bigEndian) { Array($0) }
        }
        func octets(_ number: UInt32?) throws(DNSError) -> [UInt8] {
            guard let number else { throw unfit(text, field, type) }
            return withUnsafeBytes(of: number.bigEndian) { Array($0) }
        }
        switch field {
        case .octet: return try number(UInt8.self)
        case .short: return try number(UInt16.self)
        case .long: return try number(UInt32.self)
        case .duration: return try octets(ZoneTime.duration(text))
        case .time: return try octets(ZoneTime.time(text))
        case .address4, .address6:
            guard let address = IPAddress(text), address.isIPv6 == (field == .address6) else {
                throw unfit(text, field, type)
            }
            return address.octets
        case .name: return try DomainName(word.raw, below: origin).wire
        case .string: return try string(word.octets)
        case .tag:
            guard !word.octets.isEmpty, word.octets.allSatisfy(RecordField.isTagCharacter) else {
                throw unfit(text, field, type)
            }
            return try string(word.octets)
        case .type:
            guard let type = RecordType(text) else { throw unfit(text, field, type) }
            return [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 255)]
        case .salt:
            guard let salt = text == "-" ? [] : Self.octets(hexadecimal: text) else { throw unfit(text, field, type) }
            return try string(salt)
        case .hash:
            guard let hash = base32(text) else { throw unfit(text, field, type) }
            return try string(hash)
        case .strings, .text, .hexadecimal, .base64, .types, .parameters: return []
        }
    }

    /// What may be in several words, up to the line's end.
    private static func parse(
        rest words: ArraySlice<ZoneToken>, _ field: RecordField, _ type: RecordType
    ) throws(DNSError) -> [UInt8] {
        let text = words.map(\.text).joined()
        switch field {
        case .strings:
            guard !words.isEmpty else { throw DNSError(.malformedRecord, "a \(type) record needs a string") }
            var data: [UInt8] = []
            for word in words { data += try string(word.octets) }
            return data
        case .text:
            guard words.count == 1, let word = words.first else { throw unfit(text, field, type) }
            return word.octets
        case .hexadecimal:
            guard let data = octets(hexadecimal: text) else { throw unfit(text, field, type) }
            return data
        case .base64:
            guard let data = base64(text) else { throw unfit(text, field, type) }
            return data
        case .types:
            let types = words.compactMap { RecordType($0.text) }
            guard types.count == words.count else { throw unfit(text, field, type) }
            return TypeBitMap.map(types)
        case .parameters: return try ServiceParameters.parse(Array(words))
        default: return []
        }
    }

    private static func string(_ octets: [UInt8]) throws(DNSError) -> [UInt8] {
        guard let length = UInt8(exactly: octets.count) else {
            throw DNSError(.malformedRecord, "a string has at most 255 octets: write several")
        }
        return [length] + octets
    }

    private static func unfit(_ text: String, _ field: RecordField, _ type: RecordType) -> DNSError {
        let kind =
            switch field {
            case .octet: "number from 0 to 255"
            case .short: "number from 0 to 65535"
            case .long: "number of 32 bits"
            case .duration: "number of seconds"
            case .time: "time YYYYMMDDHHmmSS"
            case .address4: "IPv4 address"
            case .address6: "IPv6 address"
            case .name: "name"
            case .type, .types: "type of records"
            case .string, .strings, .text, .tag: "text"
            case .hexadecimal, .salt: "hexadecimal digits"
            case .base64: "base64"
            case .hash: "base32"
            case .parameters: "parameter"
            }
        return DNSError(.malformedRecord, "\"\(text.prefix(60))\" is not what a \(type) record has: \(kind)")
    }
}

extension RecordField {
    /// Whether it goes on to the record's end.
    fileprivate var takesRest: Bool {
        switch self {
        case .strings, .text, .hexadecimal, .base64, .types, .parameters: true
        default: false
        }
    }
}
