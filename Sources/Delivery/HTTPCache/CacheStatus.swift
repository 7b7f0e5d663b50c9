/// How a cache handled a request: one member of the Cache-Status field (RFC 9211).
package struct CacheStatus: Sendable, Hashable, CustomStringConvertible {
    /// Why a request was forwarded (RFC 9211 §2.2).
    package enum Forward: String, Sendable {
        /// The cache does not handle such requests, or knows that the response cannot be stored.
        case bypass
        /// Its method is not cached.
        case method
        /// Nothing is stored under the URI.
        case uriMiss = "uri-miss"
        /// Something is, for other request fields.
        case varyMiss = "vary-miss"
        /// The request demands it.
        case request
        /// What is stored is stale.
        case stale
    }

    /// Name of the cache that speaks.
    package var cache: String
    package var isHit = false
    /// Why the request went to the next server; nil when it did not.
    package var forward: Forward?
    /// The status that the next server answered with.
    package var forwardStatus: Int?
    /// Whether the response was stored.
    package var stored = false
    /// Whether the request waited for another's response.
    package var collapsed = false
    /// Seconds of freshness left; negative when stale.
    package var timeToLive: Int?
    /// A token with more.
    package var detail: String?

    package init(
        cache: String, isHit: Bool = false, forward: Forward? = nil, forwardStatus: Int? = nil, stored: Bool = false,
        collapsed: Bool = false, timeToLive: Int? = nil, detail: String? = nil
    ) {
        self.cache = cache
        self.isHit = isHit
        self.forward = forward
        self.forwardStatus = forwardStatus
        self.stored = stored
        self.collapsed = collapsed
        self.timeToLive = timeToLive
        self.detail = detail
    }

    /// The member as it stands in the field.
    package var description: String {
        var text = cache
        if isHit { text += "; hit" }
        if let forward { text += "; fwd=\(forward.rawValue)" }
        if let forwardStatus { text += "; fwd-status=\(forwardStatus)" }
        if let timeToLive { text += "; ttl=\(timeToLive)" }
        if stored { text += "; stored" }
        if collapsed { text += "; collapsed" }
        if let detail { text += "; detail=\(detail)" }
        return text
    }
}
