internal import HTTPCache
internal import HTTPSemantics
internal import Synchronization

/// What an edge holds: stored responses and fills under way, behind one lock. Every critical section is a few hash
/// lookups.
final class EdgeCache: Sendable {
    private struct State {
        /// By target; the variants of one target together, the latest first.
        var stored: BoundedCache<S3FIFO<String>, [CachedResponse]>
        var fills = CoalescingTable<String, Fill>()
    }

    /// What is stored for a request.
    enum Lookup {
        case response(CachedResponse)
        /// Only for other request fields.
        case otherVariant
        case nothing
    }

    /// Variants of one target that are kept.
    private static let maximumVariants = 8
    /// Seconds for which a target whose response was not for sharing is fetched for each client by itself.
    private static let unsharedTime = 10.0

    private let state: Mutex<State>
    private let metrics: EdgeMetrics

    init(capacity: Int, metrics: EdgeMetrics) {
        state = Mutex(State(stored: BoundedCache(capacity: capacity, policy: S3FIFO())))
        self.metrics = metrics
    }

    func lookup(_ target: String, _ request: FieldSection) -> Lookup {
        state.withLock { state in
            guard let variants = state.stored.value(target) else { return .nothing }
            if let match = variants.first(where: { $0.variant.matches(request) }) { return .response(match) }
            return .otherVariant
        }
    }

    /// Joins the fill of `target`, or begins one; nil when each client has to fetch for itself.
    ///
    /// - Parameter forClient: whether somebody is to read it: then the caller has to call ``Fill/unpledge()`` once it has
    ///   asked for the head.
    func join(
        _ target: String, at now: Double, forClient: Bool, begin: () -> Fill
    ) -> (fill: Fill, leads: Bool)? {
        state.withLock { state in
            guard !state.fills.isUnshared(target, at: now) else { return nil }
            let (fill, leads) = state.fills.join(target, begin: begin)
            if forClient { fill.pledge() }
            return (fill, leads)
        }
    }

    /// Ends `fill` if nobody wants the rest of it; false when somebody does. Nobody can join between the two.
    func abandon(_ fill: Fill, expected: Int?) -> Bool {
        state.withLock { state in
            guard !fill.isWanted(expected: expected) else { return false }
            Self.end(fill, &state)
            return true
        }
    }

    /// Nobody joins `fill` any more.
    func end(_ fill: Fill) { state.withLock { Self.end(fill, &$0) } }

    /// Nobody joins `fill`, and for a while nobody else's of its target.
    func endUnshared(_ fill: Fill, at now: Double) {
        state.withLock { state in
            Self.end(fill, &state)
            state.fills.markUnshared(fill.plan.target, until: now + Self.unsharedTime)
        }
    }

    /// Sets memory aside for a fill.
    func reserve(_ bytes: Int) -> Bool { update { $0.stored.reserve(bytes) } }

    /// Gives back what was set aside.
    func release(_ bytes: Int) { state.withLock { $0.stored.release(bytes) } }

    /// Stores what a fill brought, in one step with its end, so that no request falls between. A fill that was ended
    /// before is not stored: its response is from before what ``remove(_:)`` was called for.
    func store(_ response: CachedResponse, from fill: Fill, reserved: Int) {
        update { state in
            state.stored.release(reserved)
            let target = fill.plan.target
            guard state.fills[target] === fill else { return }
            state.fills.end(target)
            state.fills.markShared(target)
            let others = (state.stored.peek(target) ?? []).filter {
                $0.variant != response.variant && !$0.variant.matches(fill.plan.fields)
            }
            let variants = [response] + others.prefix(Self.maximumVariants - 1)
            _ = state.stored.insert(target, variants, weight: variants.reduce(0) { $0 + $1.weight })
        }
    }

    /// Puts `new` in the place of `old`, if that is still there.
    func replace(_ old: CachedResponse, by new: CachedResponse, target: String) {
        update { state in
            guard var variants = state.stored.peek(target), let index = variants.firstIndex(where: { $0 === old })
            else {
                return
            }
            variants[index] = new
            _ = state.stored.insert(target, variants, weight: variants.reduce(0) { $0 + $1.weight })
        }
    }

    /// Forgets what is stored under `target`. A fill under way still serves those who wait for it, and nobody else.
    func remove(_ target: String) {
        update { state in
            _ = state.stored.remove(target)
            state.fills.end(target)
        }
    }

    private static func end(_ fill: Fill, _ state: inout State) {
        if state.fills[fill.plan.target] === fill { state.fills.end(fill.plan.target) }
    }

    /// A change after which the gauges are set.
    private func update<Result>(_ body: (inout State) -> Result) -> Result {
        let (result, weight, count, evictions) = state.withLock { state in
            let before = state.stored.evictions
            let result = body(&state)
            return (result, state.stored.weight, state.stored.count, state.stored.evictions - before)
        }
        metrics.cacheChanged(weight: weight, count: count, evictions: evictions)
        return result
    }
}
