import Foundation

/// Values as JSON documents that people read too: indented, and members sorted, so that equal values give equal bytes.
package enum JSONText {
    /// `value` as a document, without a line break at its end.
    ///
    /// - Throws: `EncodingError` for what JSON cannot hold, such as a number that is not finite.
    package static func document(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
