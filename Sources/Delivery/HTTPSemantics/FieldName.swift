/// The name of a header field, compared without regard to case (RFC 9110 §5.1).
package struct FieldName: Sendable, Hashable, CustomStringConvertible {
    /// The name in ASCII lower case: what comparisons use.
    package let lowercased: [UInt8]
    /// The name as it is written out.
    package let description: String

    /// A name of ASCII characters.
    package init(_ name: String) {
        description = name
        lowercased = name.utf8.map(\.asciiLowercased)
    }

    package static func == (left: FieldName, right: FieldName) -> Bool { left.lowercased == right.lowercased }
    package func hash(into hasher: inout Hasher) { hasher.combine(lowercased) }

    package static let age = FieldName("Age")
    package static let authorization = FieldName("Authorization")
    package static let cacheControl = FieldName("Cache-Control")
    package static let cacheStatus = FieldName("Cache-Status")
    package static let cdnCacheControl = FieldName("CDN-Cache-Control")
    package static let connection = FieldName("Connection")
    package static let contentEncoding = FieldName("Content-Encoding")
    package static let contentLength = FieldName("Content-Length")
    package static let contentLocation = FieldName("Content-Location")
    package static let contentRange = FieldName("Content-Range")
    package static let contentType = FieldName("Content-Type")
    package static let date = FieldName("Date")
    package static let entityTag = FieldName("ETag")
    package static let expect = FieldName("Expect")
    package static let expires = FieldName("Expires")
    package static let host = FieldName("Host")
    package static let ifMatch = FieldName("If-Match")
    package static let ifModifiedSince = FieldName("If-Modified-Since")
    package static let ifNoneMatch = FieldName("If-None-Match")
    package static let ifRange = FieldName("If-Range")
    package static let ifUnmodifiedSince = FieldName("If-Unmodified-Since")
    package static let lastModified = FieldName("Last-Modified")
    package static let location = FieldName("Location")
    package static let range = FieldName("Range")
    package static let setCookie = FieldName("Set-Cookie")
    package static let transferEncoding = FieldName("Transfer-Encoding")
    package static let vary = FieldName("Vary")
    package static let via = FieldName("Via")
}

extension UInt8 {
    /// The lower-case letter of an ASCII capital; any other byte as it is.
    @inlinable package var asciiLowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// Whether the byte may stand in a token: `tchar` of RFC 9110 §5.6.2.
    package var isTokenCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - . ^ _ ` | ~
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// Whether the byte may stand in a field value: visible, blank, tab or `obs-text` (RFC 9110 §5.5).
    package var isFieldValueCharacter: Bool { self >= 0x20 && self != 0x7F || self == 0x09 }
}
