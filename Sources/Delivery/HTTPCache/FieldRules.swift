package import HTTPSemantics

/// Which fields travel on, are stored, and are updated (RFC 9110 §7.6.1; RFC 9111 §3.1 and §3.2).
package enum FieldRules {
    /// Fields about one connection (RFC 9110 §7.6.1), and those of RFC 9110 §11.7 for one proxy.
    private static let hopByHop: [FieldName] = [
        .connection, .transferEncoding, FieldName("Keep-Alive"), FieldName("Proxy-Connection"), FieldName("TE"),
        FieldName("Trailer"), FieldName("Upgrade"), FieldName("Proxy-Authenticate"),
        FieldName("Proxy-Authorization"), FieldName("Proxy-Authentication-Info"),
        // Answered by whoever takes the content.
        .expect,
    ]

    /// Fields that a cache asks on its own behalf, so that it gets a whole representation.
    private static let conditional: [FieldName] = [
        .range, .ifRange, .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince,
    ]

    /// The fields of a message that are meant for the whole way.
    package static func endToEnd(_ fields: FieldSection) -> FieldSection {
        var result = fields
        for option in fields.members(.connection) { result.remove(FieldName(option)) }
        for name in hopByHop { result.remove(name) }
        return result
    }

    /// A client's request fields as a cache sends them on to fetch the whole representation.
    package static func fetching(_ request: FieldSection) -> FieldSection {
        var result = endToEnd(request)
        for name in conditional { result.remove(name) }
        result.remove(.contentLength)
        return result
    }

    /// The fields that ask whether a stored response is still good (RFC 9111 §4.3.1).
    package static func validating(_ stored: FieldSection) -> FieldSection {
        var result = FieldSection()
        if let tag = stored[.entityTag] { result.append(.ifNoneMatch, tag) }
        if let date = stored[.lastModified] { result.append(.ifModifiedSince, date) }
        return result
    }

    /// A stored response's fields after a 304 or a HEAD's 200 (RFC 9111 §3.2): each field of `update` replaces all of
    /// its name, except those that describe the stored bytes.
    package static func updated(_ stored: FieldSection, by update: FieldSection) -> FieldSection {
        var result = stored
        let incoming = endToEnd(update)
        // An Age or a lifetime of the old response says nothing about the new one.
        result.remove(.age)
        let kept: Set<FieldName> = [.contentLength, .contentEncoding, .contentType, .contentRange]
        for name in incoming.names where !kept.contains(name) {
            result.remove(name)
            for value in incoming.values(name) { result.append(name, value) }
        }
        return result
    }

    /// Whether a 304 or a HEAD's response speaks of the stored one (RFC 9111 §4.3.4 and §4.3.5): its validators, as far
    /// as it has any, are the same; and so is its length.
    ///
    /// A strong entity tag that agrees decides alone: equal tags mean equal bytes, whatever a server's files say of
    /// their dates (RFC 9110 §8.8.1 and §8.8.3).
    package static func describes(_ update: FieldSection, _ stored: FieldSection) -> Bool {
        func differ(_ name: FieldName) -> Bool {
            guard let new = update[name], let old = stored[name] else { return false }
            return new != old
        }
        guard !differ(.entityTag), !differ(.contentLength) else { return false }
        let isStrong = update[.entityTag].flatMap(EntityTag.init).map { !$0.isWeak } ?? false
        return isStrong && stored.contains(.entityTag) || !differ(.lastModified)
    }

    /// What a successful response to an unsafe request makes invalid (RFC 9111 §4.4): its target, and Location and
    /// Content-Location where they name something on the same host.
    ///
    /// - Returns: request targets in origin form.
    package static func invalidated(
        by method: String, target: String, host: String?, status: Int, fields: FieldSection
    ) -> [String] {
        guard !["GET", "HEAD", "OPTIONS", "TRACE"].contains(method), (200...399).contains(status) else { return [] }
        var targets = [target]
        for name in [FieldName.location, .contentLocation] {
            guard let value = fields[name] else { continue }
            if value.hasPrefix("/"), !value.hasPrefix("//") {
                targets.append(value)
            } else if let host {
                for scheme in ["http://", "https://"] where value.hasPrefix(scheme + host + "/") {
                    targets.append(String(value.dropFirst(scheme.utf8.count + host.utf8.count)))
                }
            }
        }
        return targets
    }
}
