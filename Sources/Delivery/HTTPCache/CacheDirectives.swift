package import HTTPSemantics

/// The directives of a Cache-Control field, or of a targeted one (RFC 9111 §5.2; RFC 5861; RFC 9213). Times are in
/// seconds.
///
/// Of a repeated directive the first counts (RFC 9111 §4.2.1). A `max-age` or `s-maxage` that is not a number counts as
/// 0: stale at once, as the same section advises. `private` and `no-cache` that name fields count as if they named
/// none, which §5.2.2.4 and §5.2.2.7 allow.
package struct CacheDirectives: Sendable, Hashable {
    package var maxAge: Int?
    package var sharedMaxAge: Int?
    package var staleWhileRevalidate: Int?
    package var staleIfError: Int?
    package var noStore = false
    package var noCache = false
    package var isPrivate = false
    package var isPublic = false
    package var mustRevalidate = false
    package var proxyRevalidate = false
    package var mustUnderstand = false
    /// In a request: no forwarding.
    package var onlyIfCached = false
    /// In a request: how stale a response may be; the highest number when it gives none.
    package var maxStale: Int?
    /// In a request: for how long a response must stay fresh.
    package var minFresh: Int?

    package init() {}

    /// The directives of all Cache-Control lines.
    package init(cacheControl fields: FieldSection) {
        for member in fields.members(.cacheControl) {
            let equals = member.firstIndex(of: "=")
            let name = member[..<(equals ?? member.endIndex)].lowercased()
            let argument = equals.map { Self.unquoted(member[member.index(after: $0)...]) }
            note(name, seconds: argument.flatMap(\.deltaSeconds), hasArgument: argument != nil)
        }
    }

    /// The directives of a targeted field; an argument of the wrong type makes a directive absent (RFC 9213 §2.1).
    package init(targeted dictionary: StructuredDictionary) {
        for (name, value) in dictionary.members {
            switch value {
            case .boolean(true): note(name, seconds: nil, hasArgument: false, ignoresMissing: true)
            case .integer(let seconds):
                note(name, seconds: min(max(seconds, 0), Int(Int32.max)), hasArgument: true, ignoresMissing: true)
            case .string, .token: note(name, seconds: nil, hasArgument: true, ignoresMissing: true)
            case .boolean(false), .other: continue
            }
        }
    }

    private mutating func note(_ name: String, seconds: Int?, hasArgument: Bool, ignoresMissing: Bool = false) {
        let lifetime = seconds ?? (ignoresMissing ? nil : 0)
        switch name {
        case "max-age": maxAge = maxAge ?? lifetime
        case "s-maxage": sharedMaxAge = sharedMaxAge ?? lifetime
        case "stale-while-revalidate": staleWhileRevalidate = staleWhileRevalidate ?? seconds
        case "stale-if-error": staleIfError = staleIfError ?? seconds
        case "no-store": noStore = true
        case "no-cache": noCache = true
        case "private": isPrivate = true
        case "public": isPublic = true
        case "must-revalidate": mustRevalidate = true
        case "proxy-revalidate": proxyRevalidate = true
        case "must-understand": mustUnderstand = true
        case "only-if-cached": onlyIfCached = true
        case "max-stale": maxStale = maxStale ?? (hasArgument ? seconds : Int(Int32.max))
        case "min-fresh": minFresh = minFresh ?? seconds
        default: break
        }
    }

    /// The argument of a directive, which may come as a token or as a quoted string (RFC 9111 §5.2).
    private static func unquoted(_ text: Substring) -> String {
        guard text.utf8.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        return String(text.dropFirst().dropLast())
    }
}
