/// Reads zones as people write them (RFC 1035 §5, RFC 2308 §4): records, `$ORIGIN`, `$TTL`, `$INCLUDE` and BIND's
/// `$GENERATE`.
package struct MasterFile {
    /// Gives the content of a file that another one includes, by the name that stands there.
    package typealias Include = (_ name: String) throws(DNSError) -> (path: String, content: [UInt8])

    /// Files within files at most.
    static let depth = 16
    /// Records that `$GENERATE` may make at once.
    static let generated = 65_536

    private let include: Include
    /// What was read so far.
    private var records: [ResourceRecord] = []
    private var ttl: UInt32?
    private var owner: DomainName?
    private var lastTTL: UInt32?

    private init(include: @escaping Include) { self.include = include }

    /// - Parameters:
    ///   - content: of the file.
    ///   - path: of the file, for errors.
    ///   - origin: of names without a dot at their end.
    ///   - include: gives included files; by default there are none.
    /// - Returns: the records in the order of the file. Their class is the Internet's.
    /// - Throws: ``DNSError/Code/malformedZone`` with file and line.
    package static func records(
        in content: [UInt8], path: String, origin: DomainName,
        include: @escaping Include = { _ throws(DNSError) in
            throw DNSError(.malformedZone, "$INCLUDE is not possible here")
        }
    ) throws(DNSError) -> [ResourceRecord] {
        var file = MasterFile(include: include)
        try file.read(content, path, origin, depth: 0)
        return file.records
    }

    private mutating func read(
        _ content: [UInt8], _ path: String, _ origin: DomainName, depth: Int
    ) throws(DNSError) {
        var tokenizer = ZoneTokenizer(content)
        var origin = origin
        while true {
            var line = tokenizer.line
            do throws(DNSError) {
                guard let entry = try tokenizer.next() else { return }
                line = entry.line
                try read(entry, &origin, depth)
            } catch {
                // An included file has said where.
                guard error.place == nil else { throw error }
                throw DNSError(.malformedZone, "\(error)", at: "\(path):\(line)")
            }
        }
    }

    private mutating func read(
        _ entry: ZoneTokenizer.Entry, _ origin: inout DomainName, _ depth: Int
    ) throws(DNSError) {
        let words = entry.words
        guard let first = words.first, !first.isQuoted, first.raw.hasPrefix("$"), !entry.isIndented else {
            return try readRecord(entry, origin)
        }
        switch first.raw.uppercased() {
        case "$ORIGIN":
            guard words.count == 2 else { throw DNSError(.malformedZone, "$ORIGIN needs a name") }
            origin = try DomainName(words[1].raw, below: origin)
        case "$TTL":
            guard words.count == 2, let seconds = Self.ttl(words[1].text) else {
                throw DNSError(.malformedZone, "$TTL needs a number of seconds below 2^31")
            }
            ttl = seconds
        case "$INCLUDE":
            guard words.count == 2 || words.count == 3 else { throw DNSError(.malformedZone, "$INCLUDE needs a file") }
            guard depth < Self.depth else {
                throw DNSError(.malformedZone, "files include each other, more than 16 deep")
            }
            let below = words.count == 3 ? try DomainName(words[2].raw, below: origin) : origin
            let (path, content) = try include(words[1].text)
            // The owner and the origin are as before, behind it.
            let owner = owner
            try read(content, path, below, depth: depth + 1)
            self.owner = owner
        case "$GENERATE": try generate(Array(words.dropFirst()), origin)
        default:
            throw DNSError(.malformedZone, "\(first.raw) is no directive: $ORIGIN, $TTL, $INCLUDE and $GENERATE are")
        }
    }

    private static func ttl(_ text: String) -> UInt32? {
        ZoneTime.duration(text).flatMap { $0 <= UInt32(Int32.max) ? $0 : nil }
    }

    /// `[owner] [ttl] [class] type data`, where ttl and class may change places.
    private mutating func readRecord(_ entry: ZoneTokenizer.Entry, _ origin: DomainName) throws(DNSError) {
        var words = entry.words[...]
        if !entry.isIndented, let word = words.popFirst() { owner = try DomainName(word.raw, below: origin) }
        guard let owner else { throw DNSError(.malformedZone, "the first record needs a name") }
        var given: UInt32?
        var isClassGiven = false
        var type: RecordType?
        while type == nil, let word = words.popFirst() {
            if given == nil, let seconds = Self.ttl(word.text) {
                given = seconds
            } else if !isClassGiven, let recordClass = RecordClass(word.text) {
                guard recordClass == .internet else {
                    throw DNSError(.malformedZone, "records of the class \(recordClass) are not served, only IN")
                }
                isClassGiven = true
            } else if let known = RecordType(word.text) {
                type = known
            } else {
                throw DNSError(.malformedZone, "\"\(word.text.prefix(60))\" is no type of records")
            }
        }
        guard let type else { throw DNSError(.malformedZone, "a record needs a type") }
        guard !type.isMeta else { throw DNSError(.malformedZone, "\(type) is a type of questions, not of records") }
        let data = RecordData(unchecked: try RecordText.parse(Array(words), type, below: origin))
        let start = type == .soa ? StartOfAuthority(data) : nil
        // RFC 1035 has the last one, RFC 2308 what $TTL says; old files have only the SOA's minimum.
        guard let seconds = given ?? ttl ?? lastTTL ?? start.map({ min($0.minimum, UInt32(Int32.max)) }) else {
            throw DNSError(.malformedZone, "the record needs a time to live: set $TTL at the file's beginning")
        }
        lastTTL = seconds
        records.append(ResourceRecord(name: owner, type: type, ttl: seconds, data: data))
    }

    /// `$GENERATE first-last[/step] owner [ttl] [class] type data`: records with the numbers in place of `$`.
    private mutating func generate(_ words: [ZoneToken], _ origin: DomainName) throws(DNSError) {
        let malformed = DNSError(
            .malformedZone,
            "$GENERATE needs FIRST-LAST[/STEP], a name, a type and data, and makes at most 65,536 records")
        guard words.count >= 4 else { throw malformed }
        let parts = words[0].text.split(separator: "/", omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count <= 2, ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, first <= last,
            last < 1 << 31, let step = parts.count == 2 ? Int(parts[1]) : 1, step > 0,
            (last - first) / step < Self.generated
        else { throw malformed }
        for number in stride(from: first, through: last, by: step) {
            let line = try words.dropFirst().map { word throws(DNSError) in
                let text = try Self.filled(word.raw, number)
                return word.isQuoted ? "\"\(text)\"" : text
            }.joined(separator: " ")
            var tokenizer = ZoneTokenizer(Array(line.utf8))
            if let entry = try tokenizer.next() { try readRecord(entry, origin) }
        }
    }

    /// `$` becomes the number, `${offset,width,base}` one that is shifted and padded; `$$` stays a dollar sign.
    private static func filled(_ text: String, _ number: Int) throws(DNSError) -> String {
        var (result, rest) = ("", text[...])
        while let character = rest.popFirst() {
            guard character == "$" else {
                result.append(character)
                continue
            }
            if rest.first == "$" {
                result.append(rest.removeFirst())
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw DNSError(.malformedZone, "a } is missing in \(text)")
                }
                result += try formatted(rest[rest.index(after: rest.startIndex)..<end], number)
                rest = rest[rest.index(after: end)...]
            } else {
                result += String(number)
            }
        }
        return result
    }

    private static func formatted(_ text: Substring, _ number: Int) throws(DNSError) -> String {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let bases: [Substring: (radix: Int, isUpper: Bool)] = [
            "d": (10, false), "o": (8, false), "x": (16, false), "X": (16, true),
        ]
        guard (1...3).contains(parts.count), let offset = Int(parts[0]), abs(offset) < 1 << 31,
            let width = parts.count > 1 ? Int(parts[1]) : 0, (0...63).contains(width),
            let base = bases[parts.count > 2 ? parts[2] : "d"], number + offset >= 0
        else { throw DNSError(.malformedZone, "${\(text)} is not ${OFFSET,WIDTH,d|o|x|X}") }
        let digits = String(number + offset, radix: base.radix, uppercase: base.isUpper)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
