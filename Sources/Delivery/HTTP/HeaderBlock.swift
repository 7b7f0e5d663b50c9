package import HTTPSemantics
package import NIOCore

/// Field lines as they go over the wire, serialised once and sent many times.
package struct HeaderBlock: Sendable {
    /// `Name: value CRLF`, again and again.
    package private(set) var bytes: ByteBuffer
    /// Whether a Date is among the fields: a cache sends the origin's (RFC 9110 §6.6.1).
    package private(set) var hasDate = false

    package init() { bytes = ByteBuffer() }

    /// The lines of `fields` that are not `excluded`.
    package init(_ fields: FieldSection, excluding excluded: Set<FieldName> = []) {
        self.init()
        append(fields, excluding: excluded)
    }

    /// Adds a line. Control characters in `value` become blanks, so that no value can make a line of its own.
    package mutating func append(_ name: StaticString, _ value: String) {
        bytes.writeStaticString(name)
        bytes.writeStaticString(": ")
        if value.utf8.allSatisfy(\.isFieldValueCharacter) {
            bytes.writeString(value)
        } else {
            bytes.writeBytes(value.utf8.lazy.map { $0.isFieldValueCharacter ? $0 : 0x20 })
        }
        bytes.writeStaticString("\r\n")
    }

    /// Adds a line with a number.
    package mutating func append(_ name: StaticString, _ value: Int) {
        bytes.writeStaticString(name)
        bytes.writeStaticString(": ")
        bytes.writeDecimal(value)
        bytes.writeStaticString("\r\n")
    }

    /// Adds a line whose name and value are constants.
    package mutating func append(_ name: StaticString, constant value: StaticString) {
        bytes.writeStaticString(name)
        bytes.writeStaticString(": ")
        bytes.writeStaticString(value)
        bytes.writeStaticString("\r\n")
    }

    /// Adds the lines of `fields` that are not `excluded`.
    package mutating func append(_ fields: FieldSection, excluding excluded: Set<FieldName> = []) {
        var buffer = bytes
        var date = hasDate
        fields.forEachLine { name, value in
            let fieldName = FieldName(String(decoding: name, as: UTF8.self))
            guard !excluded.contains(fieldName) else { return }
            if fieldName == .date { date = true }
            buffer.writeBytes(name)
            buffer.writeStaticString(": ")
            buffer.writeBytes(value.lazy.map { $0.isFieldValueCharacter ? $0 : 0x20 })
            buffer.writeStaticString("\r\n")
        }
        bytes = buffer
        hasDate = date
    }

    /// Adds the lines of another block.
    package mutating func append(_ other: HeaderBlock) {
        bytes.writeImmutableBuffer(other.bytes)
        hasDate = hasDate || other.hasDate
    }
}

extension ByteBuffer {
    /// Writes a number in decimal digits, without a String between.
    mutating func writeDecimal(_ value: Int) {
        guard value > 9 else {
            if value < 0 { writeString(String(value)) } else { writeInteger(UInt8(0x30 + value)) }
            return
        }
        var divisor = 1
        while value / divisor > 9 { divisor *= 10 }
        while divisor > 0 {
            writeInteger(UInt8(0x30 + value / divisor % 10))
            divisor /= 10
        }
    }
}
