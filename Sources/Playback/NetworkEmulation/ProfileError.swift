/// Why a bandwidth profile cannot be had.
package struct ProfileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    package enum Code: Sendable, Hashable {
        /// Neither a built-in profile nor a file.
        case unknown
        /// A built-in profile's parameter does not exist, is given twice or is out of range.
        case parameter
        /// The file exists and cannot be read.
        case unreadable
        /// The file is larger than a profile may be.
        case tooLarge
        /// The file's content is no profile.
        case malformed
    }

    package var code: Code
    /// What is wrong, where (file and line), and what to do: one line.
    package var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
