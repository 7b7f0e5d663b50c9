/// Data of the types that the protocol itself looks into.
extension RecordData {
    /// Of A and AAAA records.
    package var address: IPAddress? { IPAddress(octets: octets) }

    /// Of types whose data are one name: NS, CNAME, DNAME, PTR.
    package var target: DomainName { DomainName(unchecked: octets) }

    package init(_ address: IPAddress) { self.init(unchecked: address.octets) }

    package init(_ target: DomainName) { self.init(unchecked: target.wire) }

    /// Strings of a TXT record, each of at most 255 octets; longer ones are cut into several.
    package init(texts: [String]) {
        var octets: [UInt8] = []
        for text in texts {
            var rest = Array(text.utf8)[...]
            repeat {
                let piece = rest.prefix(255)
                octets.append(UInt8(piece.count))
                octets += piece
                rest = rest.dropFirst(piece.count)
            } while !rest.isEmpty
        }
        self.init(unchecked: octets.isEmpty ? [0] : octets)
    }

    /// Strings of a TXT record.
    package var texts: [[UInt8]] {
        var (texts, position): ([[UInt8]], Int) = ([], 0)
        while position < octets.count {
            let end = min(octets.count, position + 1 + Int(octets[position]))
            texts.append(Array(octets[position + 1..<end]))
            position = end
        }
        return texts
    }

    /// The host of a record that names one for others to reach: NS, MX, SRV; nil for other types.
    package func host(as type: RecordType) -> DomainName? {
        switch type {
        case .ns: target
        case .mx: DomainName(unchecked: Array(octets.dropFirst(2)))
        case .srv: DomainName(unchecked: Array(octets.dropFirst(6)))
        default: nil
        }
    }
}

/// The start of a zone's authority (RFC 1035 §3.3.13).
package struct StartOfAuthority: Sendable, Hashable {
    /// The primary server.
    package var server: DomainName
    /// The mailbox of whoever is responsible, as a name.
    package var mailbox: DomainName
    /// Grows with each change, in the arithmetic of RFC 1982.
    package var serial: UInt32
    /// Seconds between a secondary's looks.
    package var refresh: UInt32
    /// Seconds between them after a failure.
    package var retry: UInt32
    /// Seconds after which a secondary without success answers no more.
    package var expire: UInt32
    /// Seconds that "there is no such name" may be cached for (RFC 2308 §4), together with the record's own time to live.
    package var minimum: UInt32

    /// - Parameter data: of an SOA record.
    package init?(_ data: RecordData) {
        var reader = WireReader(data.octets)
        do throws(DNSError) {
            server = try reader.name(allowsCompression: false)
            mailbox = try reader.name(allowsCompression: false)
            serial = try reader.long()
            refresh = try reader.long()
            retry = try reader.long()
            expire = try reader.long()
            minimum = try reader.long()
        } catch {
            return nil
        }
    }

    /// As a record has it.
    package var data: RecordData {
        let numbers = [serial, refresh, retry, expire, minimum].flatMap { number in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
        }
        return RecordData(unchecked: server.wire + mailbox.wire + numbers)
    }

    /// Whether `serial` is newer than this zone's (RFC 1982 §3.2).
    package func isOlder(than other: UInt32) -> Bool { other != serial && Int32(bitPattern: other &- serial) > 0 }
}
