/// One property: `DTSTART;TZID=Europe/Berlin:20261130T140000` (RFC 5545 §3.1).
struct CalendarLine: Sendable, Hashable {
    /// In upper case.
    var name: String
    /// Names in upper case, values without quotation marks.
    var parameters: [(name: String, value: String)]
    /// As it is written, cut where it is longer than anybody reads.
    var value: String

    static func == (left: CalendarLine, right: CalendarLine) -> Bool {
        left.name == right.name && left.value == right.value
            && left.parameters.elementsEqual(right.parameters, by: ==)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(value)
    }

    func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// The value on one line.
    var text: String { Self.oneLine(Self.unescape(value)) }

    /// A date or a time for people; as it is written where it is neither.
    var time: String {
        let digits = Array(value.utf8)
        func field(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        guard digits.count >= 8, digits[..<8].allSatisfy(Self.isDigit) else { return text }
        let date = "\(field(0..<4))-\(field(4..<6))-\(field(6..<8))"
        guard digits.count >= 15, digits[8] == UInt8(ascii: "T"), digits[9..<15].allSatisfy(Self.isDigit) else {
            return digits.count == 8 ? date : text
        }
        let time = "\(date) \(field(9..<11)):\(field(11..<13))"
        if digits.count == 16, digits[15] == UInt8(ascii: "Z") { return time + " UTC" }
        let zone = Self.oneLine(parameter("TZID") ?? "")
        return zone.isEmpty ? time : "\(time) \(zone)"
    }

    /// Who it names: `Anna <anna@example.org>`.
    var person: String {
        let name = Self.oneLine(parameter("CN") ?? "")
        let isAddress = value.prefix(7).lowercased() == "mailto:"
        let address = Self.oneLine(isAddress ? String(value.dropFirst(7)) : value)
        if name.isEmpty || name == address { return address }
        return isAddress && !address.isEmpty ? "\(name) <\(address)>" : name
    }

    /// `weekly` of `FREQ=WEEKLY;BYDAY=MO`; empty when it does not say.
    var frequency: String {
        for part in value.split(separator: ";") where part.prefix(5).uppercased() == "FREQ=" {
            return Self.oneLine(part.dropFirst(5).lowercased())
        }
        return ""
    }

    /// Text without its escapes (§3.3.11).
    static func unescape(_ value: String) -> String {
        guard value.utf8.contains(UInt8(ascii: "\\")) else { return value }
        var result: [UInt8] = []
        var isEscaped = false
        for octet in value.utf8 {
            if isEscaped {
                result.append(octet | 0x20 == UInt8(ascii: "n") ? 0x0A : octet)
                isEscaped = false
            } else if octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                result.append(octet)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func oneLine(_ text: String) -> String {
        text.unicodeScalars.prefix(1000).map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
            .split(separator: " ").joined(separator: " ")
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }
}

/// The properties of a calendar object whose lines are unfolded; lines that are none are passed over.
struct CalendarLines: Sendable {
    private let octets: [UInt8]
    private var position = 0

    /// Octets of a name with its parameters.
    private static let longestStart = 2000
    private static let mostParameters = 20

    /// The same text without the places where lines are folded.
    static func unfolded(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        for octet in octets {
            if octet == 0x20 || octet == 0x09, result.last == 0x0A {
                result.removeLast()
                if result.last == 0x0D { result.removeLast() }
            } else {
                result.append(octet)
            }
        }
        return result
    }

    init(_ text: String) { octets = Array(text.utf8) }

    mutating func next() -> CalendarLine? {
        while position < octets.count {
            let end = octets[position...].firstIndex(of: 0x0A) ?? octets.count
            let line = octets[position..<end]
            position = end + 1
            if let line = Self.parse(line.last == 0x0D ? line.dropLast() : line) { return line }
        }
        return nil
    }

    private static func parse(_ line: ArraySlice<UInt8>) -> CalendarLine? {
        let name = line.prefix(100).prefix(while: isOfName)
        guard !name.isEmpty else { return nil }
        var rest = line[name.endIndex...]
        var parameters: [(String, String)] = []
        while rest.first == UInt8(ascii: ";"), rest.startIndex - line.startIndex < longestStart,
            parameters.count < mostParameters
        {
            rest = rest.dropFirst()
            let key = rest.prefix(while: isOfName)
            rest = rest[key.endIndex...]
            guard rest.first == UInt8(ascii: "=") else { return nil }
            rest = rest.dropFirst()
            parameters.append((string(key).uppercased(), string(value(&rest))))
        }
        guard rest.first == UInt8(ascii: ":") else { return nil }
        return CalendarLine(
            name: string(name).uppercased(), parameters: parameters,
            value: string(rest.dropFirst().prefix(CalendarEvent.longestValue)))
    }

    /// A parameter's value, quoted or not, up to what separates it from the next.
    private static func value(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        var value: [UInt8] = []
        var isQuoted = false
        while let octet = rest.first, isQuoted || octet != UInt8(ascii: ";") && octet != UInt8(ascii: ":") {
            if octet == UInt8(ascii: "\"") { isQuoted.toggle() } else { value.append(octet) }
            rest = rest.dropFirst()
        }
        return value
    }

    private static func string(_ octets: some Collection<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }

    private static func isOfName(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
