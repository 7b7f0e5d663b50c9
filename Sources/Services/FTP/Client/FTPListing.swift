package import Foundation

/// What a server says that a directory holds.
package struct FTPListing: Sendable, Hashable {
    /// A file or a directory.
    package struct Entry: Sendable, Hashable {
        /// Without a slash or control characters, and neither `.` nor `..`.
        package var name: String
        package var isDirectory: Bool
        /// Octets of a file; nil for a directory, and when the server does not say.
        package var size: Int64?
        /// Nil when the server does not say.
        package var modified: Date?

        package init(name: String, isDirectory: Bool, size: Int64? = nil, modified: Date? = nil) {
            self.name = name
            self.isDirectory = isDirectory
            self.size = size
            self.modified = modified
        }
    }

    /// In the server's order.
    package var entries: [Entry] = []
    /// Lines that are not understood or have a name that no file can have here: the listing is not complete then.
    package var refused: [String] = []

    /// Entries and lines that are not understood.
    package var count: Int { entries.count + refused.count }

    mutating func add(_ line: ListingParser.Line, _ text: String) {
        switch line {
        case .entry(let entry): entries.append(entry)
        case .refused: refused.append(text)
        case .other: break
        }
    }
}
