/// Keeps a server from being used to flood somebody whose address others pretend to have: of responses that are alike, a
/// network gets only so many a second over UDP.
package struct ResponseRateLimit: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Responses of one kind a second and network.
        package var rate = 20.0
        /// Errors and referrals a second and network, all together.
        package var errorRate = 10.0
        /// Seconds of the rate that may come at once.
        package var burst = 2.0
        /// Of the responses over the limit, each n-th goes out as an empty one with TC, so that who really asks comes back
        /// over TCP; 0 for none.
        package var slip = 2
        /// Bits of an address that make a network.
        package var prefix4 = 24
        package var prefix6 = 56
        /// Networks and kinds that are remembered at most.
        package var capacity = 100_000

        package init() {}
    }

    /// What responses are alike.
    package enum Kind: Sendable, Hashable {
        case answer(DomainName, RecordType)
        /// Names that do not exist, by their zone: random names are alike.
        case nameError(zone: DomainName)
        case error
    }

    package enum Verdict: Sendable, Hashable { case send, truncate, drop }

    private struct Key: Hashable {
        var network: [UInt8]
        var kind: Kind
    }

    private struct Bucket {
        var tokens: Double
        var time: ContinuousClock.Instant
        var refused = 0
    }

    private let configuration: Configuration
    private var buckets: [Key: Bucket] = [:]
    /// Buckets that are remembered.
    package var count: Int { buckets.count }

    package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    package mutating func decide(
        _ address: IPAddress, _ kind: Kind, now: ContinuousClock.Instant
    ) -> Verdict {
        let key = Key(network: network(of: address), kind: kind)
        let rate = kind == .error ? configuration.errorRate : configuration.rate
        let full = rate * configuration.burst
        if buckets[key] == nil, buckets.count >= configuration.capacity { forget(now) }
        var bucket = buckets[key] ?? Bucket(tokens: full, time: now)
        bucket.tokens = min(full, bucket.tokens + (now - bucket.time) / .seconds(1) * rate)
        bucket.time = now
        defer { buckets[key] = bucket }
        if bucket.tokens >= 1 {
            bucket.tokens -= 1
            return .send
        }
        bucket.refused += 1
        return configuration.slip > 0 && bucket.refused.isMultiple(of: configuration.slip) ? .truncate : .drop
    }

    /// Drops what has filled up again, and everything when that is not enough.
    private mutating func forget(_ now: ContinuousClock.Instant) {
        buckets = buckets.filter { now - $0.value.time < .seconds(configuration.burst) }
        if buckets.count >= configuration.capacity { buckets.removeAll(keepingCapacity: true) }
    }

    private func network(of address: IPAddress) -> [UInt8] {
        let bits = address.isIPv6 ? configuration.prefix6 : configuration.prefix4
        return ClientSubnet(address, sourcePrefix: UInt8(bits)).map(\.address.octets) ?? address.octets
    }
}
