/// Keeps a server from being used to flood somebody whose address others pretend to have: of responses that are alike, a
/// network gets only so many a second over UDP.
package struct ResponseRateLimit: Sendable {
    /// How many responses a network gets, and which part of the addresses is a network.
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

    /// A kind in few octets. Nobody outside the process can find two kinds that have the same.
    package struct KindHash: Sendable, Hashable {
        let value: UInt64
        let isError: Bool

        init(value: UInt64, isError: Bool) {
            self.value = value
            self.isError = isError
        }

        /// A number below `count`, the same for the same kind.
        package func part(of count: Int) -> Int { Int(value >> 32) % count }

        package init(_ kind: Kind) {
            self.init(value: UInt64(truncatingIfNeeded: kind.hashValue), isError: kind == .error)
        }
    }

    /// What becomes of a response: it goes out, or an empty one with TC does, or nothing.
    package enum Verdict: Sendable, Hashable { case send, truncate, drop }

    private struct Bucket {
        /// Of the network and the kind; 0 for none.
        var tag: UInt64 = 0
        var tokens: Float = 0
        var refused: UInt32 = 0
        /// Nanoseconds since the first decision.
        var time: Int64 = 0
    }

    /// Places where a bucket may be: the one that nothing has happened to for longest makes room.
    private static let ways = 8

    private let configuration: Configuration
    /// A power of two; made when the first response is to be decided about.
    private var buckets: [Bucket] = []
    private let size: Int
    private var start: ContinuousClock.Instant?
    /// Buckets that are remembered.
    package private(set) var count = 0

    package init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        var size = Self.ways
        while size * 2 <= configuration.capacity { size *= 2 }
        self.size = size
    }

    package mutating func decide(
        _ address: IPAddress, _ kind: Kind, now: ContinuousClock.Instant
    ) -> Verdict {
        address.octets.withUnsafeBytes { decide($0, KindHash(kind), now: now) }
    }

    /// - Parameters:
    ///   - address: its octets.
    ///   - kind: what the response is like.
    ///   - now: the present.
    package mutating func decide(
        _ address: UnsafeRawBufferPointer, _ kind: KindHash, now: ContinuousClock.Instant
    ) -> Verdict {
        if start == nil {
            start = now
            buckets = [Bucket](repeating: Bucket(), count: size)
        }
        let since = start.map { now - $0 } ?? .zero
        let time = since.components.seconds * 1_000_000_000 + since.components.attoseconds / 1_000_000_000
        let tag = tag(of: address, kind)
        let rate = Float(kind.isError ? configuration.errorRate : configuration.rate)
        let full = rate * Float(configuration.burst)
        let index = bucket(tag, full: full, time)
        var bucket = buckets[index]
        let elapsed = Float(max(0, time - bucket.time)) / 1e9
        bucket.tokens = min(full, bucket.tokens + elapsed * rate)
        bucket.time = time
        defer { buckets[index] = bucket }
        if bucket.tokens >= 1 {
            bucket.tokens -= 1
            return .send
        }
        bucket.refused &+= 1
        let slip = UInt32(clamping: configuration.slip)
        return slip > 0 && bucket.refused.isMultiple(of: slip) ? .truncate : .drop
    }

    /// The bucket of a tag, a full one if there was none.
    private mutating func bucket(_ tag: UInt64, full: Float, _ time: Int64) -> Int {
        let first = Int(truncatingIfNeeded: tag) & (size - 1) & ~(Self.ways - 1)
        var oldest = first
        for index in first..<first + Self.ways {
            if buckets[index].tag == tag { return index }
            if buckets[oldest].tag != 0, buckets[index].tag == 0 || buckets[index].time < buckets[oldest].time {
                oldest = index
            }
        }
        if buckets[oldest].tag == 0 { count += 1 }
        buckets[oldest] = Bucket(tag: tag, tokens: full, time: time)
        return oldest
    }

    private func tag(of address: UnsafeRawBufferPointer, _ kind: KindHash) -> UInt64 {
        // Both prefixes are within the first 64 bits.
        let isIPv6 = address.count == 16
        var network =
            isIPv6
            ? address.loadUnaligned(as: UInt64.self).bigEndian
            : UInt64(address.loadUnaligned(as: UInt32.self).bigEndian) << 32
        let bits = isIPv6 ? min(64, configuration.prefix6) : configuration.prefix4
        network &= bits == 0 ? 0 : ~UInt64(0) << (64 - UInt64(bits))
        let mixed = (network ^ kind.value ^ (isIPv6 ? 0x5555 : 0)).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return mixed.high ^ mixed.low | 1 << 63
    }
}
