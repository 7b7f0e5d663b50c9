package import Presentation
package import QoE

/// What happens to a session.
package enum SessionEvent: Sendable, Hashable {
    /// Begin. Exactly once, and first.
    case start
    /// The response to a request began.
    case responseBegan(id: Int, ResponseFacts)
    /// Bytes of a response's body arrived.
    case received(id: Int, bytes: Int)
    /// A response is whole, and what it holds is what was asked for.
    case completed(id: Int)
    /// A request came to nothing.
    case failed(id: Int, RequestFailure)
    /// The time asked for by `SessionCommand.wake` has come.
    case timer
    /// The viewer has had enough.
    case stop
}

/// What a session wants done.
package enum SessionCommand: Sendable, Hashable {
    case request(SegmentRequest)
    /// Drop a request; nothing more about it is expected.
    case cancel(id: Int)
    /// Send ``SessionEvent/timer`` at this time, in seconds from the start; it replaces the time asked for before.
    case wake(at: Double)
    /// A line for the trace; apart in memory, so that the others stay small.
    indirect case record(TraceEvent)
    /// The session is over; no event is expected any more.
    case finished(SessionOutcome)
}

/// How a session ended.
package enum SessionOutcome: Sendable, Hashable {
    /// Everything was shown.
    case completed
    /// The viewer stopped it.
    case stopped
    /// It could not go on, for the reason given.
    case failed(String)
}

/// A request for a segment, or for what initialises a version.
package struct SegmentRequest: Sendable, Hashable {
    /// Unique in the session.
    package var id: Int
    package var kind: MediaKind
    /// Index in `Presentation.periods`.
    package var period: Int
    /// Index in `SwitchingSet.tracks`.
    package var track: Int
    /// Index in `Track.segments`; nil for the initialization segment.
    package var segment: Int?
    /// Index in `Track.baseURLs`.
    package var base: Int
}

/// What a response says before its body.
package struct ResponseFacts: Sendable, Hashable {
    package var status: Int?
    /// The field `Cache-Status` (RFC 9211).
    package var cacheStatus: String?
    /// The fields `CMSD-Static` and `CMSD-Dynamic` (CTA-5006).
    package var cmsdStatic: String?
    package var cmsdDynamic: String?
    /// Bytes of the body; nil when the response does not tell.
    package var length: Int?

    package init(
        status: Int? = nil, cacheStatus: String? = nil, cmsdStatic: String? = nil, cmsdDynamic: String? = nil,
        length: Int? = nil
    ) {
        self.status = status
        self.cacheStatus = cacheStatus
        self.cmsdStatic = cmsdStatic
        self.cmsdDynamic = cmsdDynamic
        self.length = length
    }
}

/// Why a request came to nothing.
package enum RequestFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server answered with a status that is no success.
    case status(Int)
    /// No connection, or one that broke.
    case connection(String)
    /// Nothing arrived for too long.
    case timeout
    /// The body ended before its announced length.
    case truncated
    /// The body is not the segment that was asked for; says how.
    case damaged(String)

    package var description: String {
        switch self {
        case .status(let code): "status \(code)"
        case .connection(let reason): "connection: \(reason)"
        case .timeout: "timeout"
        case .truncated: "truncated"
        case .damaged(let how): "damaged: \(how)"
        }
    }

    /// Whether the server says that the resource is not there, so that asking it again is of no use.
    var isMissing: Bool {
        switch self {
        case .status(404), .status(410): true
        default: false
        }
    }
}
