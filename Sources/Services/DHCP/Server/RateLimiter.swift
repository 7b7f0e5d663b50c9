/// Buckets of tokens, one for each of whatever is limited.
struct RateLimiter<Key: Hashable & Sendable>: Sendable {
    private struct Bucket {
        var tokens: Double
        var time: Double
    }

    /// Buckets that are remembered at most.
    private static var capacity: Int { 10_000 }

    private let limit: DHCPServerConfiguration.RateLimit
    private var buckets: [Key: Bucket] = [:]

    init(_ limit: DHCPServerConfiguration.RateLimit) { self.limit = limit }

    /// Whether one more is allowed now.
    mutating func take(_ key: Key, now: Double) -> Bool {
        if buckets[key] == nil, buckets.count >= Self.capacity { forget(now) }
        var bucket = buckets[key] ?? Bucket(tokens: limit.burst, time: now)
        bucket.tokens = min(limit.burst, bucket.tokens + max(0, now - bucket.time) * limit.rate)
        bucket.time = now
        defer { buckets[key] = bucket }
        guard bucket.tokens >= 1 else { return false }
        bucket.tokens -= 1
        return true
    }

    /// Drops what has filled up again, and everything when that is not enough.
    private mutating func forget(_ now: Double) {
        buckets = buckets.filter { $0.value.tokens + (now - $0.value.time) * limit.rate < limit.burst }
        if buckets.count >= Self.capacity { buckets.removeAll(keepingCapacity: true) }
    }
}
