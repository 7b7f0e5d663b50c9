/// A validator of one representation (RFC 9110 §8.8.3).
package struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// Whether it stands for equivalent representations only, not for equal bytes.
    package let isWeak: Bool
    /// The text between the quotes.
    package let opaque: String

    /// A tag from its parts; `opaque` holds no quote.
    package init(isWeak: Bool = false, opaque: String) {
        self.isWeak = isWeak
        self.opaque = opaque
    }

    /// Reads `"…"` or `W/"…"`; nil when the text is neither.
    package init?(_ text: String) {
        var rest = text.utf8[...]
        var weak = false
        if rest.starts(with: "W/".utf8) {
            weak = true
            rest = rest.dropFirst(2)
        }
        guard rest.count >= 2, rest.first == UInt8(ascii: "\""), rest.last == UInt8(ascii: "\"") else { return nil }
        let inner = rest.dropFirst().dropLast()
        // etagc = %x21 / %x23-7E / obs-text
        guard inner.allSatisfy({ $0 > 0x20 && $0 != 0x22 && $0 != 0x7F }) else { return nil }
        self.init(isWeak: weak, opaque: String(decoding: inner, as: UTF8.self))
    }

    /// The tag as a field value.
    package var description: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }

    /// Equal bytes: both strong and alike (RFC 9110 §8.8.3.2).
    package func stronglyMatches(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    /// Equivalent: alike, weak or not (RFC 9110 §8.8.3.2).
    package func weaklyMatches(_ other: EntityTag) -> Bool { opaque == other.opaque }
}
