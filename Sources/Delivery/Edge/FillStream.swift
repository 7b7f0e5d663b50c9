internal import HTTP
internal import HTTPCache
internal import HTTPSemantics

/// One client's reading of a ``Fill``.
final class FillStream: BodyStream {
    private let fill: Fill
    private let id: Int

    init(fill: Fill, id: Int) {
        self.fill = fill
        self.id = id
    }

    func read(wake: @escaping @Sendable () -> Void) -> BodyStreamRead { fill.read(id, wake: wake) }

    func cancel() { fill.leave(id) }

    deinit { fill.leave(id) }
}

/// A response whose head has arrived from an origin.
struct ArrivingResponse: Sendable {
    var status: Int
    /// End-to-end fields.
    var fields: FieldSection
    /// The same as they are sent, Via included.
    var block: HeaderBlock
    /// Bytes of the body, when announced.
    var length: Int?
    /// Whether whoever waits may have it: it may be stored.
    var isShared: Bool
    /// Whether it is going to be stored.
    var isStored: Bool
    var freshness: Freshness
    var variant: VariantKey
}
