package import HTTPSemantics

/// What a shared cache may do with a response, decided when it arrives (RFC 9111 §3 and §4.2; RFC 9213).
package struct SharedCacheRules: Sendable {
    /// Choices that the standards leave to the cache.
    package struct Configuration: Sendable {
        /// Lifetime, in seconds, of a 404 or 410 that says nothing of its own.
        package var negativeLifetime = 1
        /// The part of the time since its last modification for which a response without explicit lifetime is fresh;
        /// RFC 9111 §4.2.2 suggests a tenth.
        package var heuristicFraction = 0.1
        /// The most that this gives, in seconds.
        package var heuristicMaximum = 86_400

        package init() {}
    }

    /// The directives that count: those of CDN-Cache-Control when it is valid, else Cache-Control's.
    package let directives: CacheDirectives
    /// Seconds from the response's origination for which it is fresh.
    package let lifetime: Int
    /// Whether it may be stored.
    package let isStorable: Bool

    /// Statuses that are heuristically cacheable (RFC 9110 §15.1), without 206, which is not stored here.
    private static let heuristicStatuses: Set<Int> = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]
    /// Statuses whose caching rules are known here, for `must-understand`.
    private static let understoodStatuses: Set<Int> = [
        200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 500, 501, 502, 503, 504,
    ]

    /// Rules for the response to a GET.
    ///
    /// - Parameters:
    ///   - request: the request's fields.
    ///   - status: of the response.
    ///   - fields: the response's.
    ///   - responseTime: when its head arrived, in seconds since 1970.
    package init(
        request: FieldSection, status: Int, fields: FieldSection, responseTime: Double,
        configuration: Configuration = Configuration()
    ) {
        let targeted = Self.targeted(fields)
        let directives = targeted ?? CacheDirectives(cacheControl: fields)
        self.directives = directives
        let now = Int(responseTime)
        let date = fields[.date].flatMap { HTTPDate($0, now: now) }?.secondsSinceEpoch ?? now

        let explicit: Int?
        if let seconds = directives.sharedMaxAge ?? directives.maxAge {
            explicit = seconds
        } else if targeted == nil, let expires = fields[.expires] {
            // An invalid date, "0" above all, is in the past (RFC 9111 §5.3).
            explicit = HTTPDate(expires, now: now).map { max($0.secondsSinceEpoch - date, 0) } ?? 0
        } else {
            explicit = nil
        }
        let heuristic = Self.heuristicStatuses.contains(status) || directives.isPublic
        lifetime =
            explicit ?? (heuristic ? Self.heuristicLifetime(status, fields, date: date, configuration) : 0)

        let isUnderstood = Self.understoodStatuses.contains(status)
        let forbidsStoring = directives.mustUnderstand ? !isUnderstood : directives.noStore
        let requestDirectives = CacheDirectives(cacheControl: request)
        let permitsAuthorized =
            directives.isPublic || directives.mustRevalidate || directives.sharedMaxAge != nil
        let hasValidator = fields.contains(.entityTag) || fields.contains(.lastModified)
        isStorable =
            (200...599).contains(status) && status != 206 && status != 304
            && !forbidsStoring && !requestDirectives.noStore && !directives.isPrivate
            && (!request.contains(.authorization) || permitsAuthorized)
            && (explicit != nil || heuristic)
            && (explicit != nil || !fields.contains(.setCookie))
            && !fields.members(.vary).contains("*")
            // What is stale at once and cannot be validated would never be used.
            && (lifetime > 0 || hasValidator || directives.staleWhileRevalidate != nil
                || directives.staleIfError != nil)
    }

    /// The directives of CDN-Cache-Control; nil when it is absent, empty or malformed (RFC 9213 §2.2).
    private static func targeted(_ fields: FieldSection) -> CacheDirectives? {
        guard let value = fields.combined(.cdnCacheControl), let dictionary = StructuredDictionary(value),
            !dictionary.members.isEmpty
        else { return nil }
        return CacheDirectives(targeted: dictionary)
    }

    private static func heuristicLifetime(
        _ status: Int, _ fields: FieldSection, date: Int, _ configuration: Configuration
    ) -> Int {
        if let text = fields[.lastModified], let modified = HTTPDate(text, now: date)?.secondsSinceEpoch,
            modified < date
        {
            let fraction = Double(date - modified) * configuration.heuristicFraction
            return min(Int(fraction), configuration.heuristicMaximum)
        }
        return status == 404 || status == 410 ? configuration.negativeLifetime : 0
    }
}
