import NIOCore

/// Elements that are held back for the profile's latency, in order: a request's way to the server.
///
/// An element is released one latency after it came (the latency of that moment), not before its predecessor, and not
/// during an outage. Times are seconds since the profile began.
struct DelayLine<Element> {
    let profile: BandwidthProfile
    private var entries = CircularBuffer<(release: Double, element: Element)>()
    private var latest = 0.0

    init(profile: BandwidthProfile) { self.profile = profile }

    /// When ``popReleased(at:)`` will return something next; nil if nothing waits.
    var nextRelease: Double? { entries.first?.release }

    mutating func append(_ element: Element, at now: Double) {
        latest = max(latest, profile.endOfOutage(at: now + profile.latency(at: now)))
        entries.append((latest, element))
    }

    /// The next element that is released by `now`.
    mutating func popReleased(at now: Double) -> Element? {
        guard let first = entries.first, first.release <= now else { return nil }
        return entries.removeFirst().element
    }
}
