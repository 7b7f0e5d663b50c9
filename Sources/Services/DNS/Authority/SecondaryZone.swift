/// When the copy of a zone is to be compared with its primary's, and how long it may be answered from (RFC 1034 §4.3.5,
/// RFC 1996). It has no clock: times are seconds since 1970, which go on while a server is stopped.
package struct SecondaryZone: Sendable, Hashable {
    /// Seconds between two looks at most, whatever the zone says, and at least, whatever notifications come.
    static let longest = 28 * 86_400
    static let shortest = 1
    /// Seconds until the first transfer is tried again at most.
    static let patience = 60

    /// Of the copy; nil before the first transfer.
    package private(set) var start: StartOfAuthority?
    /// When the primary last said that the copy is up to date.
    package private(set) var checked: Int
    /// When the primary is to be asked next; nil while it is being asked.
    package private(set) var due: Int?
    /// When it was asked last.
    private var begun = Int.min
    /// Looks without success since the last one with.
    private var failures = 0
    private var wasNotified = false

    /// A copy is compared at once: its server may not have been there when it was told of a change.
    ///
    /// - Parameters:
    ///   - start: of the copy that there is.
    ///   - checked: when the primary said that it is up to date.
    ///   - now: the present.
    package init(start: StartOfAuthority? = nil, checked: Int = 0, now: Int) {
        self.start = start
        self.checked = checked
        due = now
    }

    /// Whether nothing may be answered: there is no copy, or nobody has confirmed it for too long.
    package func isExpired(at now: Int) -> Bool {
        start.map { Self.isExpired($0, checked: checked, at: now) } ?? true
    }

    /// Whether a copy that was last confirmed at `checked` is too old. A clock that was put back makes none older.
    package static func isExpired(_ start: StartOfAuthority, checked: Int, at now: Int) -> Bool {
        now - checked >= Int(start.expire)
    }

    /// The primary is being asked.
    package mutating func begin(now: Int) {
        (due, begun, wasNotified) = (nil, now, false)
    }

    /// The primary says that something has changed: it is asked at once, but not twice a second.
    package mutating func notified(now: Int) {
        wasNotified = true
        guard let due else { return }
        self.due = min(due, max(now, begun &+ Self.shortest))
    }

    /// The copy is what the primary has.
    ///
    /// - Parameters:
    ///   - start: of the copy.
    ///   - now: the present.
    ///   - share: of the refresh time after which the next look is due, 0.5 to 1: zones need not be looked at all at once.
    package mutating func confirmed(_ start: StartOfAuthority, now: Int, share: Double = 1) {
        (self.start, checked, failures) = (start, now, 0)
        wait(Int(Double(start.refresh) * share), now)
    }

    /// The primary did not answer, or not well.
    package mutating func failed(now: Int) {
        failures += 1
        // Nothing is known of the zone yet: soon, and then less and less often.
        wait(start.map { Int($0.retry) } ?? min(Self.patience, 1 << min(failures, 10)), now)
    }

    private mutating func wait(_ seconds: Int, _ now: Int) {
        due = now + (wasNotified ? Self.shortest : min(max(seconds, Self.shortest), Self.longest))
        wasNotified = false
    }
}
