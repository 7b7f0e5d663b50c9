/// What a conditional request compares with (RFC 9110 §8.8).
package struct Validators: Sendable, Hashable {
    package var entityTag: EntityTag?
    package var lastModified: HTTPDate?

    package init(entityTag: EntityTag? = nil, lastModified: HTTPDate? = nil) {
        self.entityTag = entityTag
        self.lastModified = lastModified
    }

    /// The validators that a response's fields give; malformed ones count as absent.
    package init(_ fields: FieldSection, now: Int) {
        entityTag = fields[.entityTag].flatMap(EntityTag.init)
        lastModified = fields[.lastModified].flatMap { HTTPDate($0, now: now) }
    }
}

/// What the preconditions of a request demand.
package enum PreconditionResult: Sendable, Hashable {
    /// Answer as if there were none.
    case proceed
    /// Answer 304.
    case notModified
    /// Answer 412.
    case failed
}

extension Validators {
    /// Evaluates the preconditions of a GET or HEAD request on an existing representation, in the order of
    /// RFC 9110 §13.2.2. If-Range is ``permitsRange(_:now:)``.
    ///
    /// - Parameters:
    ///   - fields: the request's.
    ///   - now: seconds since 1970, for two-digit years.
    package func evaluate(_ fields: FieldSection, now: Int) -> PreconditionResult {
        if fields.contains(.ifMatch) {
            guard anyTag(of: .ifMatch, in: fields, where: { $0.stronglyMatches($1) }) else { return .failed }
        } else if let text = fields[.ifUnmodifiedSince], let date = HTTPDate(text, now: now), let lastModified {
            guard lastModified <= date else { return .failed }
        }
        if fields.contains(.ifNoneMatch) {
            return anyTag(of: .ifNoneMatch, in: fields, where: { $0.weaklyMatches($1) }) ? .notModified : .proceed
        }
        if let text = fields[.ifModifiedSince], let date = HTTPDate(text, now: now), let lastModified {
            return lastModified <= date ? .notModified : .proceed
        }
        return .proceed
    }

    /// Whether a Range field counts: there is no If-Range, or it names this very representation by a strong validator
    /// (RFC 9110 §13.1.5).
    package func permitsRange(_ fields: FieldSection, now: Int) -> Bool {
        guard let text = fields[.ifRange] else { return true }
        if let tag = EntityTag(text) { return entityTag.map { tag.stronglyMatches($0) } ?? false }
        guard let date = HTTPDate(text, now: now), let lastModified else { return false }
        // A date is strong only if the representation cannot have changed twice in that second (8.8.2.2).
        return date == lastModified && lastModified.secondsSinceEpoch < now
    }

    /// Whether a field that lists tags has `*`, or one that matches.
    private func anyTag(
        of name: FieldName, in fields: FieldSection, where matches: (EntityTag, EntityTag) -> Bool
    ) -> Bool {
        for member in fields.members(name) {
            if member == "*" { return true }
            if let entityTag, let tag = EntityTag(member), matches(tag, entityTag) { return true }
        }
        return false
    }
}
