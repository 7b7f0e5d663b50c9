/// The parameters of SVCB and HTTPS records (RFC 9460 §2): numbers of keys, which ascend, with values.
enum ServiceParameters {
    /// Copies them, to the end of the record's data.
    static func read(_ reader: inout WireReader, into data: inout [UInt8]) throws(DNSError) {
        var last = -1
        while !reader.isAtEnd {
            let (key, length) = (try reader.short(), try reader.short())
            guard Int(key) > last else {
                throw DNSError(.malformedRecord, "a service's parameters are not in ascending order")
            }
            last = Int(key)
            data += [
                UInt8(key >> 8), UInt8(truncatingIfNeeded: key), UInt8(length >> 8), UInt8(truncatingIfNeeded: length),
            ]
            data += try reader.take(Int(length))
        }
    }

    /// Names of keys (RFC 9460 §14.3.2).
    private static let names = [
        "mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath",
    ]

    private static func name(_ key: Int) -> String { names.indices.contains(key) ? names[key] : "key\(key)" }

    private static func key(_ name: String) -> Int? {
        if let known = names.firstIndex(of: name) { return known }
        guard name.hasPrefix("key"), let number = UInt16(name.dropFirst(3)), String(number) == name.dropFirst(3) else {
            return nil
        }
        return Int(number)
    }

    // MARK: Text

    /// The parameters as text, a word each.
    static func text(_ data: ArraySlice<UInt8>) -> [String] {
        var words: [String] = []
        var rest = data
        while rest.count >= 4 {
            let head = Array(rest.prefix(4))
            let (key, length) = (Int(head[0]) << 8 | Int(head[1]), Int(head[2]) << 8 | Int(head[3]))
            let value = rest.dropFirst(4).prefix(length)
            rest = rest.dropFirst(4 + length)
            words.append(value.isEmpty ? name(key) : "\(name(key))=\(text(key, value))")
        }
        return words
    }

    private static func text(_ key: Int, _ value: ArraySlice<UInt8>) -> String {
        let octets = Array(value)
        func groups(_ size: Int) -> [[UInt8]]? {
            octets.count % size == 0
                ? stride(from: 0, to: octets.count, by: size).map { Array(octets[$0..<$0 + size]) } : nil
        }
        switch key {
        case 0:
            if let keys = groups(2) { return keys.map { name(Int($0[0]) << 8 | Int($0[1])) }.joined(separator: ",") }
        case 1:
            var (strings, rest) = ([String](), value)
            while let length = rest.popFirst(), rest.count >= Int(length) {
                // A comma within a protocol's name is escaped twice (RFC 9460 §A.1).
                strings.append(
                    RecordText.escaped(rest.prefix(Int(length)), quoted: false).replacing(",", with: "\\\\,"))
                rest = rest.dropFirst(Int(length))
            }
            if rest.isEmpty { return strings.joined(separator: ",") }
        case 3: if octets.count == 2 { return "\(Int(octets[0]) << 8 | Int(octets[1]))" }
        case 4:
            if let addresses = groups(4) {
                return addresses.compactMap { IPAddress(octets: $0)?.description }.joined(separator: ",")
            }
        case 5: return RecordText.base64(octets)
        case 6:
            if let addresses = groups(16) {
                return addresses.compactMap { IPAddress(octets: $0)?.description }.joined(separator: ",")
            }
        default: break
        }
        return "\"" + RecordText.escaped(value, quoted: true) + "\""
    }

    /// Reads words such as `alpn=h2,h3` and `port=8443`.
    static func parse(_ words: [ZoneToken]) throws(DNSError) -> [UInt8] {
        var values: [Int: [UInt8]] = [:]
        for word in words {
            let equals = word.octets.firstIndex(of: UInt8(ascii: "=")) ?? word.octets.endIndex
            let name = String(decoding: word.octets[..<equals], as: UTF8.self)
            guard let key = key(name.lowercased()), values[key] == nil else {
                throw DNSError(.malformedRecord, "\"\(name)\" is no parameter of a service, or comes twice")
            }
            values[key] = try value(key, Array(word.octets[equals...].dropFirst()))
        }
        return values.sorted { $0.key < $1.key }.flatMap { key, value in
            [UInt8(key >> 8), UInt8(key & 255), UInt8(value.count >> 8), UInt8(value.count & 255)] + value
        }
    }

    private static func value(_ key: Int, _ octets: [UInt8]) throws(DNSError) -> [UInt8] {
        let text = String(decoding: octets, as: UTF8.self)
        let items = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let malformed = DNSError(.malformedRecord, "\"\(text)\" is no value of \(name(key))")
        switch key {
        case 0:
            let keys = items.compactMap(Self.key).sorted()
            guard keys.count == items.count else { throw malformed }
            return keys.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        case 1:
            guard items.allSatisfy({ (1...255).contains($0.utf8.count) }) else { throw malformed }
            return items.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        case 2:
            guard octets.isEmpty else { throw malformed }
            return []
        case 3:
            guard let port = UInt16(text) else { throw malformed }
            return [UInt8(port >> 8), UInt8(port & 255)]
        case 4, 6:
            let addresses = items.compactMap { IPAddress($0)?.octets }.filter { $0.count == (key == 4 ? 4 : 16) }
            guard addresses.count == items.count else { throw malformed }
            return addresses.flatMap(\.self)
        case 5:
            guard let value = RecordText.base64(text) else { throw malformed }
            return value
        default: return octets
        }
    }
}
