internal import HTTPTypes
internal import MailStore

/// What a visitor is told when a request cannot be done.
struct WebmailError: Error {
    var status: HTTPResponse.Status
    var title: String
    var text: String
    /// Seconds.
    var retryAfter: Int?
    /// Where it goes on; nil for the mail, or the door.
    var link: (url: String, text: String)?

    init(
        _ status: HTTPResponse.Status, _ title: String, _ text: String, retryAfter: Int? = nil,
        link: (url: String, text: String)? = nil
    ) {
        self.status = status
        self.title = title
        self.text = text
        self.retryAfter = retryAfter
        self.link = link
    }

    init(_ error: MailStoreError) {
        switch error.code {
        case .noMailbox: self.init(.notFound, "There is no such folder", "It may have been renamed or deleted.")
        case .noMessage: self.init(.notFound, "The message is gone", "It may have been moved or deleted.")
        case .exists, .notAllowed, .inUse, .limit: self.init(.conflict, "That cannot be done", "\(error).")
        case .unusable: self.init(.internalServerError, "The mail cannot be read", "Please try again later.")
        }
    }

    static let tooManyLogIns = WebmailError(
        .serviceUnavailable, "Too busy", "Too many people are logging in. Please try again soon.")

    static let foreignForm = WebmailError(
        .forbidden, "This form did not come from here", "Nothing was done. Please open the page anew and try again.")
}
