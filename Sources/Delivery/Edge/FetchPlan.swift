internal import HTTP
internal import HTTPSemantics
internal import NIOCore

/// What to ask the origins, and what for.
struct FetchPlan: Sendable {
    /// What becomes of the response.
    enum Purpose: Sendable {
        /// To be stored if it may be, and shared with whoever asks meanwhile.
        case share
        /// The same, with nobody waiting: validation behind a stale answer.
        case refresh
        /// For one client, as it is.
        case pass
    }

    var purpose: Purpose
    var method: RequestMethod
    /// In origin form.
    var target: String
    /// The client's fields.
    var fields: FieldSection
    /// The client's content.
    var content = ByteBuffer()
    /// The stored response that is to be validated.
    var stale: CachedResponse?
}
