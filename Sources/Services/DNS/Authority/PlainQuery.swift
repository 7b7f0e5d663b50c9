/// A query for which nothing but its question and a few facts decide the answer, seen without taking it apart: one question,
/// and EDNS with no option but a cookie.
package struct PlainQuery {
    /// Octets up to the question's end, and of its name.
    let questionEnd: Int
    let nameLength: Int
    let hasEDNS: Bool
    let wantsDNSSEC: Bool
    /// Octets of the response at most.
    let limit: UInt16
    /// Where the cookie's value stands.
    let cookie: Range<Int>?

    /// - Parameters:
    ///   - octets: a message from the network.
    ///   - isTCP: how it came.
    ///   - payloadSize: octets of a response over UDP at most.
    /// - Returns: nil for anything that somebody has to look at more closely.
    package init?(_ octets: UnsafeRawBufferPointer, isTCP: Bool, payloadSize: UInt16) {
        func short(_ place: Int) -> UInt16 { UInt16(octets[place]) << 8 | UInt16(octets[place + 1]) }
        // A query (QR and opcode 0) with one question and at most one record, behind it.
        guard octets.count >= DNSMessage.headerLength + 5, octets[2] & 0xF8 == 0, short(4) == 1,
            octets.loadUnaligned(fromByteOffset: 6, as: UInt32.self) == 0, octets[10] == 0, octets[11] <= 1
        else { return nil }
        var place = DNSMessage.headerLength
        while true {
            guard place < octets.count, octets[place] < 64 else { return nil }
            if octets[place] == 0 { break }
            place += 1 + Int(octets[place])
        }
        nameLength = place + 1 - DNSMessage.headerLength
        questionEnd = place + 5
        guard nameLength <= DomainName.maximumLength, questionEnd <= octets.count else { return nil }
        let type = short(place + 1)
        guard short(place + 3) == 1, type == 255 || !RecordType(rawValue: type).isMeta else { return nil }
        hasEDNS = octets[11] == 1
        guard hasEDNS else {
            guard questionEnd == octets.count else { return nil }
            (wantsDNSSEC, limit, cookie) = (false, isTCP ? 65_535 : 512, nil)
            return
        }
        // The root's OPT record of version 0 at the end.
        let start = questionEnd + 11
        guard octets.count >= start, octets[questionEnd] == 0, short(questionEnd + 1) == RecordType.opt.rawValue,
            octets[questionEnd + 5] == 0, octets[questionEnd + 6] == 0,
            Int(short(questionEnd + 9)) == octets.count - start
        else { return nil }
        wantsDNSSEC = octets[questionEnd + 7] & 0x80 != 0
        limit = isTCP ? 65_535 : max(512, min(short(questionEnd + 3), payloadSize))
        if start == octets.count {
            cookie = nil
            return
        }
        let length = octets.count - start - 4
        guard length == 8 || (16...40).contains(length), short(start) == EDNS.Code.cookie.rawValue,
            Int(short(start + 2)) == length
        else { return nil }
        cookie = start + 4..<octets.count
    }
}
