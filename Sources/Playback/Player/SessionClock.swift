/// Seconds since a session's start, from a clock that nobody sets.
struct SessionClock: Sendable {
    private let start = ContinuousClock.now

    /// Seconds since the start.
    var now: Double {
        let elapsed = (ContinuousClock.now - start).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }

    /// Returns at `time`, or at once when the task is cancelled.
    func sleep(until time: Double) async {
        // No session lasts longer than some years.
        try? await Task.sleep(until: start + .seconds(min(max(time, 0), 1e8)), clock: .continuous)
    }
}
