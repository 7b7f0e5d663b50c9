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
    /// A response is whole, and what it holds is what was asked for; so many bytes of its body came since it was last told
    /// of.
    case completed(id: Int, bytes: Int = 0)
    /// A request came to nothing.
    case failed(id: Int, RequestFailure)
    /// The time asked for by `Session.wakeTime` has come.
    case timer
    /// The viewer has had enough.
    case stop
}

/// What a session wants done.
package enum SessionCommand: Sendable, Hashable {
    case request(SegmentRequest)
    /// Drop a request; nothing more about it is expected.
    case cancel(id: Int)
}

/// What a session answers to events: what is to be done, in this order, and lines for its trace.
package struct SessionOutput: Sendable, Hashable {
    package var commands: [SessionCommand] = []
    /// Empty unless the configuration asks for records.
    package var records: [TraceEvent] = []

    package init() {}

    /// Empties it for the next event.
    package mutating func clear() {
        // There are one or two, if any.
        while !commands.isEmpty { commands.removeLast() }
        if !records.isEmpty { records.removeAll(keepingCapacity: true) }
    }
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
    /// Whether a damaged answer came before it, so that caches are to ask their origin before they answer.
    package var revalidates = false
}

/// What a response says before its body.
package struct ResponseFacts: Sendable, Hashable {
    /// A field that tells where a response comes from, by its name.
    package enum Field: String, Sendable, CaseIterable {
        /// What caches did with the request (RFC 9211).
        case cacheStatus = "Cache-Status"
        /// Common Media Server Data (CTA-5006).
        case cmsdStatic = "CMSD-Static"
        case cmsdDynamic = "CMSD-Dynamic"
    }

    package var status: Int?
    /// Bytes of the body; nil when the response does not tell.
    package var length: Int?
    /// Those fields that it has.
    package var fields: [Field: String]

    package init(status: Int? = nil, length: Int? = nil, fields: [Field: String] = [:]) {
        self.status = status
        self.length = length
        self.fields = fields
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

    /// Whether what was sent is not what was asked for.
    var isDamage: Bool { if case .damaged = self { true } else { false } }
}
