/// Why the queue of ingest jobs cannot take or give something.
package struct IngestQueueError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is in the way: another process, the disk, or too many jobs.
    package enum Code: Sendable, Hashable {
        /// Another process runs the queue of this folder.
        case locked
        /// The folder or its database cannot be used.
        case unusable
        /// As many jobs wait as may.
        case full
    }

    package let code: Code
    /// What is wrong, where, and what to do: one line.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
