/// How a TCP connection begins (RFC 5681 §3.1): with a small window that doubles in every round trip until it fills the
/// path. What that costs a transfer is told as a delay, after which its bytes flow at the link's full rate.
///
/// While a window `W` is below what the path carries in a round trip, `B·RTT`, the sender waits for acknowledgements for
/// `RTT − W/B` of each round; the delay is the sum of these waits. For a transfer that is alone at a constant bandwidth
/// its end is exact. Nothing is lost: the window never shrinks while in use. A connection that was idle for a second, the
/// least retransmission timeout of RFC 6298 §2.4, begins anew (RFC 5681 §4.1).
package struct SlowStart: Sendable, Hashable {
    /// Ten segments of 1460 bytes (RFC 6928 §2), in bytes.
    package static let initialWindow = 14_600.0
    /// In seconds.
    private static let idleLimit = 1.0

    /// In bytes.
    package private(set) var window = initialWindow
    /// When the latest transfer ended, in seconds; nil before the first.
    private var idleSince: Double?

    /// A new connection.
    package init() {}

    /// A transfer begins.
    ///
    /// - Parameters:
    ///   - bytes: its size.
    ///   - bandwidth: what it can expect of the link, in bits/s; 0 in an outage, which costs nothing here.
    ///   - roundTrip: in seconds.
    ///   - time: when, in seconds.
    /// - Returns: for how long the sender waits for acknowledgements in all, in seconds.
    package mutating func begin(bytes: Double, bandwidth: Double, roundTrip: Double, at time: Double) -> Double {
        if let idleSince, time - idleSince > Self.idleLimit { window = Self.initialWindow }
        let path = bandwidth / 8 * roundTrip
        var rest = bytes
        var delay = 0.0
        while window < path, rest > window {
            delay += roundTrip - window * 8 / bandwidth
            rest -= window
            window *= 2
        }
        return delay
    }

    /// The transfer ended, at `time` in seconds.
    package mutating func end(at time: Double) { idleSince = time }
}
