internal import Foundation

/// Why something cannot be done with a mailbox.
package struct MailStoreError: Error, Sendable, CustomStringConvertible {
    /// What is in the way, as far as protocols have words for it.
    package enum Code: Sendable, Hashable {
        /// There is no such mailbox.
        case noMailbox
        /// There is one of that name already.
        case exists
        /// No mailbox may have that name, or be treated so.
        case notAllowed
        /// The message is gone.
        case noMessage
        /// Another session has the maildrop.
        case inUse
        /// There would be more of something than there may be.
        case limit
        /// The disk refuses.
        case unusable
    }

    package var code: Code
    /// One line, without paths: peers may be told.
    package var description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(errno code: Int32, _ what: String) {
        self.init(.unusable, "\(what): \(String(cString: strerror(code)))")
    }
}
