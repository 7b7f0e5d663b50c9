/// Why a message, an option or a configuration is not what it should be.
package struct DHCPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong: a message, an option in it, or our own settings.
    package enum Code: Sendable, Hashable {
        /// A message ends too early, or does not follow RFC 2131 §2.
        case malformedMessage
        /// An option's value does not have the form that its document gives it, or does not end where it should.
        case malformedOption
        /// A setting cannot be understood, or contradicts another.
        case configuration
    }

    package let code: Code
    /// Where a setting stands, as a path of keys; nil elsewhere.
    package let place: String?
    /// What is wrong and what to do, without the place.
    package let message: String

    package init(_ code: Code, _ text: String, at place: String? = nil) {
        self.code = code
        message = text
        self.place = place
    }

    /// What is wrong, where, and what to do: one line.
    package var description: String { place.map { "\($0): \(message)" } ?? message }
}
