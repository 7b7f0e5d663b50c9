/// Reads what ``CSVWriter`` writes (RFC 4180), record by record; also lines that end in LF alone.
package struct CSVReader: Sendable {
    private let bytes: [UInt8]
    /// How many bytes the records that were read take.
    package private(set) var offset = 0

    /// A file's content.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next record; nil where no further one is complete. A record is complete when its line ends: a writer that was
    /// killed may leave half of one.
    package mutating func next() -> [String]? {
        var fields: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var index = offset
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                if isQuoted, index < bytes.count, bytes[index] == byte {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted.toggle()
                }
            case UInt8(ascii: ",") where !isQuoted:
                fields.append(String(decoding: field, as: UTF8.self))
                field.removeAll(keepingCapacity: true)
            case UInt8(ascii: "\n") where !isQuoted:
                if field.last == UInt8(ascii: "\r") { field.removeLast() }
                fields.append(String(decoding: field, as: UTF8.self))
                offset = index
                return fields
            default: field.append(byte)
            }
        }
        return nil
    }
}
