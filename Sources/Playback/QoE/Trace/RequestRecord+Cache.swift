extension RequestRecord {
    /// Whether the cache next to the client had the response, by ``cacheStatus``; nil where no cache says.
    ///
    /// The list's last member is the cache next to the client; `hit` is a parameter of its that is true by being there
    /// (RFC 9211 §2.1, RFC 8941 §3.3.6).
    package var isCacheHit: Bool? {
        guard let cacheStatus,
            let nearest = Self.parts(of: cacheStatus, at: ",").last(where: { !$0.allSatisfy(\.isWhitespace) })
        else { return nil }
        let parameters = Self.parts(of: nearest, at: ";").dropFirst().map { $0.trimmingPrefix { $0 == " " } }
        return parameters.contains { parameter in
            var text = parameter
            while text.last == " " { text.removeLast() }
            return text == "hit" || text == "hit=?1"
        }
    }

    /// `text` cut at each `separator` that stands outside of strings (RFC 8941 §3.3.3).
    private static func parts(of text: some StringProtocol, at separator: Character) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, character == separator {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
        return parts
    }
}
