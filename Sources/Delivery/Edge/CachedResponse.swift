internal import HTTP
internal import HTTPCache
internal import HTTPSemantics
internal import NIOCore

/// A stored response. It never changes: validation puts another in its place that shares the body.
final class CachedResponse: Sendable {
    let status: Int
    /// End-to-end fields, as the origin sent them.
    let fields: FieldSection
    /// The same as they are sent, Via included.
    let block: HeaderBlock
    let body: ByteBuffer
    let freshness: Freshness
    let validators: Validators
    let variant: VariantKey

    init(
        status: Int, fields: FieldSection, block: HeaderBlock, body: ByteBuffer, freshness: Freshness,
        variant: VariantKey
    ) {
        self.status = status
        self.fields = fields
        self.block = block
        self.body = body
        self.freshness = freshness
        self.variant = variant
        validators = Validators(fields, now: Int(freshness.responseTime))
    }

    /// Bytes charged to the cache: body and fields, rounded up to whole KiB with one for the bookkeeping.
    var weight: Int { Self.weight(body: body.readableBytes, fields: block.bytes.readableBytes) }

    static func weight(body: Int, fields: Int) -> Int { ((body + 2 * fields) / 1024 + 2) * 1024 }
}
