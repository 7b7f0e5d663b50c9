internal import NIOCore

/// Tells a peer that takes what is written to it, however slowly, from one that takes nothing.
///
/// A peer takes octets when fewer are left for the system to take, and when it acknowledges some: the system takes more
/// only when much of its buffer is free, which a slow peer may need minutes for.
struct WriteWatch: Sendable {
    /// How much the peer has taken by now.
    struct Progress: Sendable, Hashable {
        /// Octets that the system has not taken yet.
        var left: Int
        /// Octets that the peer has acknowledged since the connection began; 0 where the system does not tell.
        var acknowledged: UInt64
    }

    private let limit: TimeAmount
    private var last: Progress
    private var since: NIODeadline

    /// - Parameter limit: how long the peer may take nothing.
    init(limit: TimeAmount, _ progress: Progress, now: NIODeadline) {
        self.limit = limit
        last = progress
        since = now
    }

    /// How often to look.
    var interval: TimeAmount { max(.milliseconds(1), .nanoseconds(limit.nanoseconds / 4)) }

    /// Whether the peer has taken nothing for too long.
    mutating func isStalled(_ progress: Progress, now: NIODeadline) -> Bool {
        if progress.left < last.left || progress.acknowledged > last.acknowledged { since = now }
        last = progress
        return now - since >= limit
    }
}
