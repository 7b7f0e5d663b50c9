internal import Foundation

/// SASL messages as protocols of lines frame them: base64 (RFC 4954 §4, RFC 5034 §4, RFC 9051 §6.2.2).
package enum SASLText {
    /// Nil when it is not well formed.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        Data(base64Encoded: String(text)).map(Array.init)
    }

    /// An initial response, of which `=` says that it is empty; nil when it is not well formed.
    package static func decode(initial text: some StringProtocol) -> [UInt8]? { text == "=" ? [] : decode(text) }

    package static func encode(_ message: [UInt8]) -> String { Data(message).base64EncodedString() }
}
