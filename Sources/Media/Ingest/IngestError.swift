internal import Glibc

/// Why an ingest ended early.
package struct IngestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as it decides what the user can do.
    package enum Code: Sendable, Hashable {
        /// The source does not exist, or is no plain file.
        case noSource
        /// The source changed while it was read, or holds nothing.
        case unusableSource
        /// The name cannot become a folder's and a URL's.
        case invalidName
        /// The library cannot be made or written where it should be.
        case libraryUnavailable
        /// This user may not read the source or write the library.
        case permissionDenied
        /// Writing failed: disk full, quota, device error.
        case writeFailed
        /// Another process makes the same presentation right now.
        case busy
    }

    package let code: Code
    /// What is wrong, where, and what to do: one line.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// A refusal of the system while the library was written.
    /// - Parameter number: the value of `errno`.
    init(_ operation: String, _ path: String, errno number: Int32) {
        let code: Code =
            switch number {
            case EACCES, EPERM, EROFS: .permissionDenied
            case ENOTDIR, EEXIST, ENAMETOOLONG, EISDIR, ELOOP: .libraryUnavailable
            default: .writeFailed
            }
        self.init(code, "\(operation) \(path): \(Self.text(number))")
    }

    /// The system's words for an error number.
    static func text(_ number: Int32) -> String { String(cString: strerror(number)) }
}
