package import HTTPCache
package import Logging
package import NIOCore

/// How an edge caches and whom it asks.
package struct EdgeConfiguration: Sendable {
    /// Asked in this order; at least one.
    package var origins: [OriginURL]
    /// Bytes for stored responses and those that are arriving to be stored.
    package var memory = 512 << 20
    /// The name in Cache-Status and Via.
    package var name = "headwater-edge"
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

    /// Bytes of a body beyond which it is not kept: an eighth of the memory, so that one object cannot empty it.
    var maximumObject: Int { memory / 8 }
}
