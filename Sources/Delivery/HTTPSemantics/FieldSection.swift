/// The field lines of one message, in order (RFC 9110 §5).
///
/// All bytes stand in one array, and a line is four offsets into it, so that a parsed message costs two allocations
/// however many fields it has.
package struct FieldSection: Sendable {
    /// Where one field line's name and value stand.
    private struct Line: Sendable {
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    private var bytes: [UInt8]
    private var lines: [Line]

    /// No fields.
    package init() {
        bytes = []
        lines = []
    }

    /// No fields yet; lines that stand in `bytes` follow by ``appendLine(name:value:)``.
    package init(storage bytes: [UInt8], capacity: Int = 16) {
        self.bytes = bytes
        lines = []
        lines.reserveCapacity(capacity)
    }

    /// Adds a line whose name and value stand at these offsets of the storage given at the beginning.
    package mutating func appendLine(name: Range<Int>, value: Range<Int>) {
        lines.append(
            Line(
                nameStart: UInt32(name.lowerBound), nameEnd: UInt32(name.upperBound),
                valueStart: UInt32(value.lowerBound), valueEnd: UInt32(value.upperBound)))
    }

    /// How many field lines there are.
    package var count: Int { lines.count }

    /// Adds a line at the end.
    package mutating func append(_ name: FieldName, _ value: String) {
        append(name: name.description.utf8, value: value.utf8)
    }

    /// Adds a line of raw bytes at the end: `obs-text` stays as it came.
    package mutating func append(name: some Sequence<UInt8>, value: some Sequence<UInt8>) {
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        appendLine(name: nameStart..<valueStart, value: valueStart..<bytes.count)
    }

    /// Removes every line of `name`.
    package mutating func remove(_ name: FieldName) {
        lines = lines.filter { !matches($0, name) }
    }

    /// Replaces every line of `name` by one.
    package mutating func set(_ name: FieldName, _ value: String) {
        remove(name)
        append(name, value)
    }

    /// The value of the first line of `name`.
    package subscript(name: FieldName) -> String? {
        for line in lines where matches(line, name) { return text(line.value) }
        return nil
    }

    /// Whether there is a line of `name`.
    package func contains(_ name: FieldName) -> Bool { lines.contains { matches($0, name) } }

    /// The values of all lines of `name`, in order.
    package func values(_ name: FieldName) -> [String] {
        lines.filter { matches($0, name) }.map { text($0.value) }
    }

    /// The field's value when its lines are joined by commas (RFC 9110 §5.3); nil when there is none.
    package func combined(_ name: FieldName) -> String? {
        let all = values(name)
        return all.isEmpty ? nil : all.joined(separator: ", ")
    }

    /// The members of a list field over all its lines, without empty ones; commas in quoted strings do not separate
    /// (RFC 9110 §5.6.1).
    package func members(_ name: FieldName) -> [String] { values(name).flatMap { $0.listMembers } }

    /// The names in use, in lower case and in order of first appearance.
    package var names: [FieldName] {
        var seen: Set<FieldName> = []
        return lines.map { FieldName(text($0.name)) }.filter { seen.insert($0).inserted }
    }

    /// Calls `body` with the bytes of every line's name and value.
    package func forEachLine(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void) {
        for line in lines { body(bytes[line.name], bytes[line.value]) }
    }

    private func matches(_ line: Line, _ name: FieldName) -> Bool {
        let wanted = name.lowercased
        let start = Int(line.nameStart)
        guard Int(line.nameEnd) - start == wanted.count else { return false }
        for offset in 0..<wanted.count where bytes[start + offset].asciiLowercased != wanted[offset] { return false }
        return true
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

extension FieldSection: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { append(FieldName(name), value) }
    }
}

extension FieldSection: CustomStringConvertible {
    /// One line a field, as on the wire but with LF.
    package var description: String {
        lines.map { text($0.name) + ": " + text($0.value) + "\n" }.joined()
    }
}

extension String {
    /// The members of a comma-separated list without empty ones and without the white space around them; commas inside
    /// quoted strings do not separate (RFC 9110 §5.6.1).
    package var listMembers: [String] {
        var members: [String] = []
        var current: [UInt8] = []
        var quoted = false
        var escaped = false
        func finish() {
            let member = String(decoding: current.trimmingBlanks, as: UTF8.self)
            if !member.isEmpty { members.append(member) }
            current.removeAll(keepingCapacity: true)
        }
        for byte in utf8 {
            if escaped {
                escaped = false
            } else if quoted, byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                quoted.toggle()
            } else if byte == UInt8(ascii: ","), !quoted {
                finish()
                continue
            }
            current.append(byte)
        }
        finish()
        return members
    }

    /// The text without blanks and tabs at its ends: `OWS` of RFC 9110 §5.6.3.
    package var trimmingBlanks: String { String(decoding: Array(utf8).trimmingBlanks, as: UTF8.self) }

    /// ASCII letters in lower case, everything else as it is.
    package var asciiLowercased: String { String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self) }

    /// The number that a text of ASCII digits alone writes, held at `Int32.max` when it is larger; nil for any other
    /// text. RFC 9111 §1.2.2 allows that ceiling for `delta-seconds`.
    package var deltaSeconds: Int? {
        guard !isEmpty else { return nil }
        var result = 0
        for byte in utf8 {
            guard byte &- 0x30 < 10 else { return nil }
            result = min(result * 10 + Int(byte - 0x30), Int(Int32.max))
        }
        return result
    }
}

extension [UInt8] {
    fileprivate var trimmingBlanks: ArraySlice<UInt8> {
        var slice = self[...]
        while let first = slice.first, first == 0x20 || first == 0x09 { slice.removeFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
        return slice
    }
}
