package import HTTPSemantics

/// How often a request may still be forwarded, of those whose method has to heed Max-Forwards: OPTIONS and TRACE
/// (RFC 9110 §7.6.2).
package enum ForwardingLimit: Sendable, Hashable {
    /// The request does not say.
    case none
    /// Not at all: it is to be answered here.
    case reached
    /// The request goes on with this as its Max-Forwards.
    case left(Int)
    /// The field is not one number.
    case malformed

    private static let field = FieldName("Max-Forwards")
    /// The most that is passed on: what any recipient can hold.
    private static let maximum = Int(Int32.max)

    /// What the fields of a request say.
    package init(_ fields: FieldSection) {
        guard let text = fields.combined(Self.field) else {
            self = .none
            return
        }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            self = .malformed
            return
        }
        // Digits alone fail only where there are too many of them.
        let value = Int(text) ?? .max
        self = value == 0 ? .reached : .left(min(value - 1, Self.maximum))
    }

    /// A request's fields as it goes on.
    package func forwarding(_ fields: FieldSection) -> FieldSection {
        guard case .left(let count) = self else { return fields }
        var result = fields
        result.remove(Self.field)
        result.append(Self.field, String(count))
        return result
    }
}
