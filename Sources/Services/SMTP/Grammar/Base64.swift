internal import Foundation

/// Base64 (RFC 4648 §4), as AUTH frames messages.
enum Base64 {
    /// Nil when it is not well formed.
    static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }
    static func encode(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }
}
