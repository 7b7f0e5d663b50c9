/// Decides whether a log-in may be tried, by where it comes from and whose it is.
///
/// An attempt counts when it begins, so that many at once are no way around, and stops counting when it succeeds. Guessing
/// from many addresses at one account is stopped as well; the owner still gets in from where they logged in before.
struct LogInLimiter: Sendable {
    /// Attempts from one address (``Endpoint/origin``) within ``period``.
    static let perOrigin = 10
    /// Attempts at one account within ``period``.
    static let perAccount = 50
    static let period = Duration.seconds(600)
    /// How long it counts that an account was logged in to from an address.
    static let familiarity = Duration.seconds(86_400)
    /// What is remembered of each kind.
    static let capacity = 10_000

    private struct Count {
        var attempts = 0
        var since: ContinuousClock.Instant
    }

    /// Where an account was logged in to.
    private struct Place: Hashable {
        var account: String
        var origin: String
    }

    private var origins: [String: Count] = [:]
    private var accounts: [String: Count] = [:]
    private var known: [Place: ContinuousClock.Instant] = [:]

    /// Counts an attempt.
    ///
    /// - Parameters:
    ///   - user: as it was typed; whether there is such an account makes no difference.
    ///   - origin: where the attempt comes from.
    ///   - now: by a clock that never goes back.
    /// - Returns: nil if it may be made; else after how many seconds another may.
    mutating func begin(user: String, from origin: String, now: ContinuousClock.Instant) -> Int? {
        let account = Self.key(user)
        if let wait = Self.wait(origins[origin], Self.perOrigin, now) { return wait }
        let wasHere = known[Place(account: account, origin: origin)].map { now - $0 < Self.familiarity } ?? false
        if !wasHere, let wait = Self.wait(accounts[account], Self.perAccount, now) { return wait }
        Self.count(&origins, origin, now)
        Self.count(&accounts, account, now)
        return nil
    }

    /// Takes an attempt back that succeeded.
    mutating func succeed(user: String, from origin: String, now: ContinuousClock.Instant) {
        let account = Self.key(user)
        if let count = origins[origin]?.attempts { origins[origin]?.attempts = max(0, count - 1) }
        if let count = accounts[account]?.attempts { accounts[account]?.attempts = max(0, count - 1) }
        if known.count >= Self.capacity { known = known.filter { now - $0.value < Self.familiarity } }
        if known.count >= Self.capacity { known.removeAll() }
        known[Place(account: account, origin: origin)] = now
    }

    /// How much is remembered.
    var size: Int { max(origins.count, accounts.count, known.count) }

    private static func key(_ user: String) -> String { String(user.lowercased().prefix(320)) }

    private static func wait(_ count: Count?, _ limit: Int, _ now: ContinuousClock.Instant) -> Int? {
        guard let count, count.attempts >= limit, now - count.since < period else { return nil }
        return Int((period - (now - count.since)).components.seconds) + 1
    }

    private static func count(_ counts: inout [String: Count], _ key: String, _ now: ContinuousClock.Instant) {
        if counts[key] == nil, counts.count >= capacity {
            counts = counts.filter { now - $0.value.since < period }
            // Whoever has so many addresses is not kept out by counting them; memory is kept.
            if counts.count >= capacity { counts.removeAll() }
        }
        var count = counts[key] ?? Count(since: now)
        if now - count.since >= period { count = Count(since: now) }
        count.attempts += 1
        counts[key] = count
    }
}
