package import HTTPCache
package import Logging
package import NIOCore

/// How an edge caches and whom it asks.
package struct EdgeConfiguration: Sendable {
    /// Asked in this order; at least one.
    package var origins: [OriginURL]
    package var authorities = OriginAuthorities()
    /// Bytes for stored responses and those that are arriving to be stored.
    package var memory = 512 << 20
    /// The name in Cache-Status, and the beginning of that in Via.
    package var name = "headwater-edge"
    /// What tells this edge from others of its name: a request that comes back is known by it.
    package var instance = UInt32.random(in: 0...UInt32.max)
    package var rules = SharedCacheRules.Configuration()
    /// How long an origin may take to accept a connection.
    package var connectTimeout = TimeAmount.seconds(2)
    /// How long it may take to answer with a head; then the next one is asked.
    package var responseTimeout = TimeAmount.seconds(10)
    /// How long it may pause within a body.
    package var readTimeout = TimeAmount.seconds(15)
    /// Bytes that a response which is not kept may run ahead of its slowest reader.
    package var window = 1 << 20
    /// A fill whose last client left goes on when at most so many bytes are missing.
    package var finishBound = 8 << 20
    /// The time, in seconds since 1970.
    package var clock: @Sendable () -> Double = SystemClock.now
    package var logger: Logger

    package init(origins: [OriginURL], logger: Logger) {
        self.origins = origins
        self.logger = logger
    }

    /// Bytes of a body beyond which it is not kept: an eighth of the memory, so that one object cannot empty it; of a
    /// small memory up to half, so that a usual segment (8 MiB: four seconds at 16 Mbit/s) has room.
    var maximumObject: Int { max(memory / 8, min(memory / 2, 8 << 20)) }

    /// The name in Via, of this edge alone (RFC 9110 §7.6.3: a pseudonym).
    var pseudonym: String {
        let digits = String(instance, radix: 16)
        return "\(name)-" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// The member that this edge adds to Via.
    var via: String { "1.1 \(pseudonym)" }
}
