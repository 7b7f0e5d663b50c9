/// Why bytes are not the ISO base media file, or the elementary stream in it, that they should be.
package struct ISOBMFFError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whose fault it is: the transfer's, the file's, or the limits of this module.
    package enum Code: String, Sendable, Hashable {
        /// The bytes end before the structure does: fetch them again.
        case truncated
        /// A field holds what the standard forbids.
        case malformed
        /// A box that must be there is not.
        case missingBox
        /// Sound by the standard, but not something this module reads (for instance a file without fragments).
        case unsupported
        /// More of something than any honest file has; refused to bound time and memory.
        case limitExceeded
    }

    package let code: Code
    /// One line: which box or field, and what is wrong with it.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
