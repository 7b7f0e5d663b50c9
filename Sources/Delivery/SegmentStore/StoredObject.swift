package import NIOCore

/// One version of an object: its bytes never change; a changed object is another value.
package final class StoredObject: Sendable {
    /// The bytes, where they are.
    package enum Content: Sendable {
        /// In memory: small objects.
        case memory(ByteBuffer)
        /// In an open file: the rest.
        case file(ObjectFile)
    }

    package let key: ObjectKey
    /// Bytes.
    package let size: Int
    /// When it was last modified, in whole seconds since 1970.
    package let lastModified: Int
    /// A text that two versions of an object never share, of visible ASCII characters without quotes: the opaque part
    /// of a strong entity tag (RFC 9110 §8.8.3).
    package let version: String
    package let content: Content

    package init(key: ObjectKey, size: Int, lastModified: Int, version: String, content: Content) {
        self.key = key
        self.size = size
        self.lastModified = lastModified
        self.version = version
        self.content = content
    }
}

/// Why a store has no object to give.
package struct SegmentStoreError: Error, Sendable, CustomStringConvertible {
    /// What is to blame: the request, the store or the moment.
    package enum Code: Sendable, Hashable {
        /// There is no such object, or it is not for everyone.
        case notFound
        /// The store cannot be used at all.
        case unusable
        /// Reading failed: it may work later.
        case unavailable
    }

    package var code: Code
    /// What, where, and what to do: one line.
    package var description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Holds immutable objects under keys: segments, manifests, samples.
package protocol SegmentStore: Sendable {
    /// Finds an object.
    ///
    /// - Parameter eventLoop: the caller's, on which it is called; it is not blocked. An object that is at hand comes
    ///   in a future that is already fulfilled.
    /// - Returns: the object, or a ``SegmentStoreError``.
    func object(_ key: ObjectKey, on eventLoop: any EventLoop) -> EventLoopFuture<StoredObject>
}
