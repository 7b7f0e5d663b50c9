package import HTTPSemantics

/// How old a stored response is and how long it may be used (RFC 9111 §4.2; RFC 5861). Times are in seconds; instants
/// count from 1970.
package struct Freshness: Sendable, Hashable {
    /// Its lifetime, from origination.
    package let lifetime: Int
    /// Its age when it arrived: `corrected_initial_age` of RFC 9111 §4.2.3.
    package let initialAge: Double
    /// When it arrived.
    package let responseTime: Double
    package let directives: CacheDirectives

    /// - Parameters:
    ///   - requestTime: when the request that brought it was sent.
    ///   - responseTime: when its head arrived.
    package init(rules: SharedCacheRules, fields: FieldSection, requestTime: Double, responseTime: Double) {
        lifetime = rules.lifetime
        directives = rules.directives
        self.responseTime = responseTime
        let date = fields[.date].flatMap { HTTPDate($0, now: Int(responseTime)) }?.secondsSinceEpoch
        let apparentAge = date.map { max(0, responseTime.rounded(.down) - Double($0)) } ?? 0
        // Of a list the first member counts; what is no number is ignored (RFC 9111 §5.1).
        let ageValue = fields.members(.age).first.flatMap(\.deltaSeconds) ?? 0
        initialAge = max(apparentAge, Double(ageValue) + max(0, responseTime - requestTime))
    }

    /// Its age at an instant.
    package func age(at now: Double) -> Double { initialAge + max(0, now - responseTime) }

    /// For how long it stays fresh; negative when it is stale.
    package func timeToLive(at now: Double) -> Double { Double(lifetime) - age(at: now) }

    /// What a stored response is good for.
    package enum Use: Sendable, Hashable {
        /// To answer with.
        case fresh
        /// To answer with, though it is stale; nothing else is to be done.
        case staleAllowed
        /// To answer with, while it is validated in the background (RFC 5861 §3).
        case staleWhileRevalidate
        /// To be validated first.
        case validateFirst
    }

    /// What it is good for in answer to a request (RFC 9111 §4).
    ///
    /// - Parameters:
    ///   - request: the request's directives; nil when it has no Cache-Control.
    ///   - now: in seconds since 1970.
    package func use(for request: CacheDirectives?, at now: Double) -> Use {
        guard !directives.noCache else { return .validateFirst }
        let timeToLive = timeToLive(at: now)
        if let request {
            if request.noCache { return .validateFirst }
            if let maxAge = request.maxAge, age(at: now) >= Double(maxAge) { return .validateFirst }
            if let minFresh = request.minFresh, timeToLive < Double(minFresh) { return .validateFirst }
        }
        if timeToLive > 0 { return .fresh }
        guard permitsStale else { return .validateFirst }
        if let seconds = directives.staleWhileRevalidate, -timeToLive < Double(seconds) {
            return .staleWhileRevalidate
        }
        if let seconds = request?.maxStale, directives.sharedMaxAge == nil, -timeToLive < Double(seconds) {
            return .staleAllowed
        }
        return .validateFirst
    }

    /// Whether it may stand in for an error or for an origin that does not answer (RFC 5861 §4).
    package func servesOnError(for request: CacheDirectives?, at now: Double) -> Bool {
        guard permitsStale, !directives.noCache else { return false }
        let timeToLive = timeToLive(at: now)
        let seconds = max(directives.staleIfError ?? 0, request?.staleIfError ?? 0)
        return timeToLive > 0 || -timeToLive < Double(seconds)
    }

    /// Whether no directive forbids stale use (RFC 9111 §4.2.4). `s-maxage` alone forbids it too; where an origin adds
    /// one of RFC 5861's directives to it, it plainly wants that one obeyed.
    private var permitsStale: Bool {
        !directives.mustRevalidate && !directives.proxyRevalidate
            && (directives.sharedMaxAge == nil || directives.staleWhileRevalidate != nil
                || directives.staleIfError != nil)
    }
}
