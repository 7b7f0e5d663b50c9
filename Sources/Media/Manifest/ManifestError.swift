/// Why a manifest cannot be read or played.
package struct ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whose fault it is: the manifest's, or the limits of this client.
    package enum Code: String, Sendable, Hashable {
        /// Not well-formed XML, or XML with a document type declaration.
        case notXML
        /// XML, but no MPD, or one that breaks ISO/IEC 23009-1.
        case malformed
        /// Sound by the standard, but not something this client plays (for instance a live presentation).
        case unsupported
        /// More of something than any honest manifest has; refused to bound time and memory.
        case limitExceeded
    }

    package let code: Code
    /// One line: the manifest's line, the element or attribute, and what is wrong with it.
    package let description: String

    package init(_ code: Code, _ description: String, line: Int? = nil) {
        self.code = code
        self.description = line.map { "line \($0): \(description)" } ?? description
    }
}
