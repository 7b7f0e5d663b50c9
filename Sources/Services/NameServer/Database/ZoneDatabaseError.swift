/// Why something cannot be done with zones in a database.
package struct ZoneDatabaseError: Error, Sendable, CustomStringConvertible {
    /// What is to blame: the name, the records, or the database.
    package enum Code: Sendable, Hashable {
        /// There is no such zone.
        case unknown
        /// The zone would not be one that can be served, or is a copy that only its primary changes.
        case refused
        /// The database cannot be opened, read or written.
        case unusable
    }

    package var code: Code
    /// What, where, and what to do: one line.
    package var description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
