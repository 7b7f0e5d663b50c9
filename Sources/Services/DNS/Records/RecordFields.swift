/// One part of a record's data, as its type's document lists it.
enum RecordField: Sendable, Hashable {
    case octet
    case short
    case long
    /// Seconds, which text may write with units: `1h30m`.
    case duration
    case address4
    case address6
    /// Only types of RFC 1035 compress names on the wire (RFC 3597 §4).
    case name(isCompressible: Bool)
    /// One octet of length, then so many.
    case string
    /// One string or more, to the end.
    case strings
    /// Octets to the end, which text writes as one string (CAA's value, RFC 8659 §4.1.1).
    case text
    /// A label of letters and digits, in a string (CAA's tag).
    case tag
    /// Octets to the end.
    case hexadecimal
    case base64
    /// A type of records.
    case type
    /// Seconds since 1970, which text writes as a date (RFC 4034 §3.2).
    case time
    /// One octet of length, then so many (RFC 5155 §3.3).
    case salt
    case hash
    /// Types as a bit map, to the end (RFC 4034 §4.1.2).
    case types
    /// Keys and values, to the end (RFC 9460 §2.2).
    case parameters
}

extension RecordType {
    /// What the data of this type consist of; nil where this package does not know.
    var fields: [RecordField]? { Self.schemas[self] }

    private static let schemas: [RecordType: [RecordField]] = [
        .a: [.address4],
        .ns: [.name(isCompressible: true)],
        .cname: [.name(isCompressible: true)],
        .ptr: [.name(isCompressible: true)],
        .soa: [
            .name(isCompressible: true), .name(isCompressible: true), .long, .duration, .duration, .duration, .duration,
        ],
        .hinfo: [.string, .string],
        .mx: [.short, .name(isCompressible: true)],
        .txt: [.strings],
        .aaaa: [.address6],
        .srv: [.short, .short, .short, .name(isCompressible: false)],
        .naptr: [.short, .short, .string, .string, .string, .name(isCompressible: false)],
        .dname: [.name(isCompressible: false)],
        .ds: [.short, .octet, .octet, .hexadecimal],
        .cds: [.short, .octet, .octet, .hexadecimal],
        .sshfp: [.octet, .octet, .hexadecimal],
        .rrsig: [
            .type, .octet, .octet, .long, .time, .time, .short, .name(isCompressible: false), .base64,
        ],
        .nsec: [.name(isCompressible: false), .types],
        .dnskey: [.short, .octet, .octet, .base64],
        .cdnskey: [.short, .octet, .octet, .base64],
        .nsec3: [.octet, .octet, .short, .salt, .hash, .types],
        .nsec3param: [.octet, .octet, .short, .salt],
        .tlsa: [.octet, .octet, .octet, .hexadecimal],
        .svcb: [.short, .name(isCompressible: false), .parameters],
        .https: [.short, .name(isCompressible: false), .parameters],
        .caa: [.octet, .tag, .text],
    ]
}

extension RecordField {
    var isName: Bool { if case .name = self { true } else { false } }

    /// Copies the field from a message, names without compression.
    func read(_ reader: inout WireReader, into data: inout [UInt8]) throws(DNSError) {
        switch self {
        case .octet: data.append(try reader.octet())
        case .short, .type: data += try reader.take(2)
        case .long, .duration, .time, .address4: data += try reader.take(4)
        case .address6: data += try reader.take(16)
        // Some old servers compress what they should not; RFC 3597 §4 has receivers understand it.
        case .name: data += try reader.name().wire
        case .string, .salt: try Self.readString(&reader, into: &data)
        case .hash:
            let start = data.count
            try Self.readString(&reader, into: &data)
            guard data.count > start + 1 else { throw DNSError(.malformedRecord, "an NSEC3 record's hash is empty") }
        case .tag:
            let start = data.count
            try Self.readString(&reader, into: &data)
            guard data.count > start + 1, data[(start + 1)...].allSatisfy(Self.isTagCharacter) else {
                throw DNSError(.malformedRecord, "a CAA record's tag is no word of letters and digits")
            }
        case .strings:
            repeat { try Self.readString(&reader, into: &data) } while !reader.isAtEnd
        case .text, .hexadecimal, .base64: data += try reader.take(reader.remaining)
        case .types: try Self.readTypes(&reader, into: &data)
        case .parameters: try ServiceParameters.read(&reader, into: &data)
        }
    }

    static func isTagCharacter(_ octet: UInt8) -> Bool {
        (48...57).contains(octet) || (65...90).contains(octet) || (97...122).contains(octet)
    }

    private static func readString(_ reader: inout WireReader, into data: inout [UInt8]) throws(DNSError) {
        let length = try reader.octet()
        data.append(length)
        data += try reader.take(Int(length))
    }

    /// Windows ascend, each of 1 to 32 octets.
    private static func readTypes(_ reader: inout WireReader, into data: inout [UInt8]) throws(DNSError) {
        var last = -1
        while !reader.isAtEnd {
            let (window, length) = (try reader.octet(), try reader.octet())
            guard Int(window) > last, (1...32).contains(length) else {
                throw DNSError(.malformedRecord, "a bit map of types is out of order")
            }
            last = Int(window)
            data += [window, length]
            data += try reader.take(Int(length))
        }
    }

    /// Copies the field from data that have been read into a message.
    func write(_ data: [UInt8], _ position: inout Int, to writer: inout WireWriter) {
        let start = position
        position += length(in: data, at: position)
        if case .name(isCompressible: true) = self {
            writer.append(DomainName(unchecked: Array(data[start..<position])))
        } else {
            writer.append(contentsOf: data[start..<position])
        }
    }

    /// Octets of the field at a place in data that have been read.
    func length(in data: [UInt8], at position: Int) -> Int {
        switch self {
        case .octet: return 1
        case .short, .type: return 2
        case .long, .duration, .time, .address4: return 4
        case .address6: return 16
        case .string, .tag, .salt, .hash: return 1 + Int(data[position])
        case .name:
            var end = position
            while data[end] > 0 { end += 1 + Int(data[end]) }
            return end + 1 - position
        case .strings, .text, .hexadecimal, .base64, .types, .parameters: return data.count - position
        }
    }
}
