package import Foundation

/// Something of a server's own that its administration listener shows as JSON: a list at `/PATH`, one of its items at
/// `/PATH/ITEM`.
package struct AdministrationDocument: Sendable {
    /// Without slashes.
    package let path: String
    /// The document in JSON; nil when there is no such item.
    package let content: @Sendable (_ item: String?, _ parameters: [String: String]) async throws -> Data?

    /// - Parameters:
    ///   - path: without slashes.
    ///   - content: makes the document: of the list for nil, else of an item; nil when there is none.
    package init(path: String, content: @escaping @Sendable (_ item: String?) async throws -> Data?) {
        self.init(path: path) { item, _ in try await content(item) }
    }

    /// - Parameters:
    ///   - path: without slashes.
    ///   - content: makes the document from what stands behind the path, and from the query: `?name=value`. Throws
    ///     ``AdministrationMistake`` for values that mean nothing.
    package init(
        path: String,
        content: @escaping @Sendable (_ item: String?, _ parameters: [String: String]) async throws -> Data?
    ) {
        self.path = path
        self.content = content
    }
}

/// A request that means nothing: it is answered with 400 and one line.
package struct AdministrationMistake: Error, Sendable, Hashable {
    package var description: String

    package init(_ description: String) { self.description = description }
}
