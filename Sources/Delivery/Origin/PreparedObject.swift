internal import HTTP
internal import HTTPSemantics
internal import SegmentStore
internal import Synchronization

/// What every response with one version of an object has in common, serialised once.
struct PreparedObject: Sendable {
    let key: ObjectKey
    /// Of the object: another version needs another preparation.
    let version: String
    let validators: Validators
    /// What a response without content has: 304 and 412.
    let validatorFields: HeaderBlock
    /// The same and what describes the content.
    let fields: HeaderBlock

    init(_ object: StoredObject) {
        key = object.key
        version = object.version
        let lastModified = HTTPDate(secondsSinceEpoch: object.lastModified)
        let entityTag = LibraryLayout.entityTag(object)
        validators = Validators(entityTag: entityTag, lastModified: lastModified)
        var fields = HeaderBlock()
        fields.append("ETag", entityTag.description)
        fields.append("Last-Modified", lastModified.description)
        fields.append("Cache-Control", constant: LibraryLayout.cacheControl(object.key))
        fields.append(CrossOrigin.fields)
        validatorFields = fields
        fields.append("Accept-Ranges", constant: "bytes")
        fields.append("Content-Type", MediaType.of(object.key.path))
        fields.append("X-Content-Type-Options", constant: "nosniff")
        self.fields = fields
    }
}

/// Prepared objects by request target, so that a request for one that was asked for before parses no path. Holds no
/// object itself: what is in memory is the store's to decide.
final class PreparedObjects: Sendable {
    private static let limit = 8192
    private let prepared = Mutex<[String: PreparedObject]>([:])

    subscript(target: String) -> PreparedObject? { prepared.withLock { $0[target] } }

    func keep(_ object: PreparedObject, for target: String) {
        prepared.withLock { prepared in
            if prepared.count >= Self.limit { prepared.removeAll(keepingCapacity: true) }
            prepared[target] = object
        }
    }
}
