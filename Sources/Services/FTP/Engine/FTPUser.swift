/// Somebody who is logged in, and what they may do.
package struct FTPUser: Sendable, Hashable {
    /// How much of their folder users may read and change.
    package enum Access: String, Sendable, Hashable, CaseIterable {
        case full
        /// Nothing changes.
        case readOnly = "read-only"
        /// A drop box: new files and directories come in; nothing goes out, not even names, and nothing is replaced.
        case uploadOnly = "upload-only"
    }

    /// As in the log, and told to those who hear of uploads: an account's name, or `anonymous`.
    package var name: String
    package var access: Access

    package init(name: String, access: Access) {
        self.name = name
        self.access = access
    }
}
