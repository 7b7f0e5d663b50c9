/// Why a message, a name or a zone is not what it should be.
package struct DNSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong: a message or a part of it, a master file, or a setting.
    package enum Code: Sendable, Hashable {
        /// A message ends too early, or does not follow RFC 1035 §4.
        case malformedMessage
        /// A domain name is too long, has an empty label, or cannot be read.
        case malformedName
        /// The data of a record do not fit its type.
        case malformedRecord
        /// A line of a master file cannot be understood.
        case malformedZone
        /// A file cannot be read.
        case unreadable
    }

    package let code: Code
    /// File and line of a zone's fault; nil elsewhere.
    package let place: String?
    private let text: String

    package init(_ code: Code, _ text: String, at place: String? = nil) {
        self.code = code
        self.text = text
        self.place = place
    }

    /// What is wrong, where, and what to do: one line.
    package var description: String { place.map { "\($0): \(text)" } ?? text }
}
