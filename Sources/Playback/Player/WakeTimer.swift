/// One alarm that is set anew with nearly every event: it sleeps on when the time asked for has moved away, and starts
/// again only when it has come nearer.
struct WakeTimer {
    /// When to wake, in seconds of the session's clock; nil for never.
    var wanted: Double?
    private var armed: Double?
    private var task: Task<Void, Never>?

    /// Makes sure that `action` is called at ``wanted`` or before.
    mutating func arm(_ clock: SessionClock, at now: Double, _ action: @escaping @Sendable () -> Void) {
        guard let wanted else { return }
        if let armed, armed <= wanted { return }
        task?.cancel()
        armed = wanted
        task = Task {
            await clock.sleep(until: wanted)
            if !Task.isCancelled { action() }
        }
    }

    /// The action was called: whether the time asked for has come, in which case it is forgotten.
    mutating func fired(at now: Double) -> Bool {
        armed = nil
        guard let wanted, wanted <= now else { return false }
        self.wanted = nil
        return true
    }

    mutating func cancel() {
        task?.cancel()
        task = nil
    }
}
