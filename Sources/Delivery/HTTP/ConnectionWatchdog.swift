package import NIOCore

/// How long a client may keep a connection without doing its part.
package struct ConnectionTimeouts: Sendable {
    /// Between two requests.
    package var idle = TimeAmount.seconds(60)
    /// From the first byte of a request's head to its last.
    package var head = TimeAmount.seconds(10)
    /// From the end of the head to the end of the content.
    package var content = TimeAmount.seconds(30)
    /// With a response to read, and not one byte of it taken by the client.
    package var writeStall = TimeAmount.seconds(30)
    /// For the last input after a refusal, so that the refusal is not lost in a reset (RFC 9112 §9.6).
    package var linger = TimeAmount.seconds(2)

    package init() {}
}

/// Decides when a connection's client has taken too long. Asked now and then: ``check(now:buffered:acknowledged:)``.
struct ConnectionWatchdog {
    /// What the connection waits for.
    enum Phase {
        case idle
        case head
        case content
        /// The responder: no fault of the client's.
        case responder
        /// The client's end of the connection, after ours.
        case linger
    }

    private let timeouts: ConnectionTimeouts
    private var phase = Phase.idle
    private var since: NIODeadline
    private var buffered = 0
    private var acknowledged = 0

    init(timeouts: ConnectionTimeouts, now: NIODeadline) {
        self.timeouts = timeouts
        since = now
    }

    /// How often to ask: no time-out is overrun by more.
    var interval: TimeAmount {
        let shortest = min(timeouts.idle, timeouts.head, timeouts.content, timeouts.writeStall, timeouts.linger)
        return min(max(shortest, .milliseconds(100)), .seconds(5))
    }

    /// The connection goes over to waiting for something else.
    mutating func enter(_ phase: Phase, now: NIODeadline) {
        self.phase = phase
        since = now
    }

    /// Whether the connection is to be closed.
    ///
    /// - Parameters:
    ///   - buffered: bytes of responses that the kernel has not yet taken. While there are any, only progress counts.
    ///   - acknowledged: bytes that the client's side has ever acknowledged. It is progress too: the kernel says that it
    ///     takes more only once a third of its buffer is free, which a slow reader may need minutes for.
    mutating func check(now: NIODeadline, buffered: Int, acknowledged: Int) -> Bool {
        if buffered != self.buffered || buffered > 0 && acknowledged != self.acknowledged {
            self.buffered = buffered
            self.acknowledged = acknowledged
            since = now
            return false
        }
        if buffered > 0 { return now - since >= timeouts.writeStall }
        switch phase {
        case .idle: return now - since >= timeouts.idle
        case .head: return now - since >= timeouts.head
        case .content: return now - since >= timeouts.content
        case .linger: return now - since >= timeouts.linger
        case .responder: return false
        }
    }
}
