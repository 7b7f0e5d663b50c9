package import Foundation

/// Something of a server's own that its administration listener shows as JSON: a list at `/PATH`, one of its items at
/// `/PATH/ITEM`.
package struct AdministrationDocument: Sendable {
    /// Without slashes.
    package let path: String
    /// The document in JSON; nil when there is no such item.
    package let content: @Sendable (_ item: String?) async throws -> Data?

    /// - Parameters:
    ///   - path: without slashes.
    ///   - content: makes the document: of the list for nil, else of an item; nil when there is none.
    package init(path: String, content: @escaping @Sendable (_ item: String?) async throws -> Data?) {
        self.path = path
        self.content = content
    }
}
