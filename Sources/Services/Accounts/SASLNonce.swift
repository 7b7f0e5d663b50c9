internal import Foundation

/// Numbers used once.
package enum SASLNonce {
    /// 144 random bits as 24 characters of base64: printable, without commas.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return Data((0..<18).map { _ in UInt8.random(in: .min ... .max, using: &generator) }).base64EncodedString()
    }
}
