/// How far the sessions of a load are.
package struct LoadStatus: Sendable, Hashable {
    /// Seconds since the first session's start.
    package var time: Double
    package var clients: Int
    /// Sessions that are playing, and those that have ended; the failed ones are among these.
    package var running: Int
    package var ended: Int
    package var failed: Int
    /// Bytes that arrived since the status before, for each second, in bits/s.
    package var throughput: Double
    /// Seconds that are left, if nothing stalls from here on.
    package var remaining: Double
}
