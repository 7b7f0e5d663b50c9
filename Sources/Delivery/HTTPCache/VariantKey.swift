package import HTTPSemantics

/// The request fields that selected a stored response (RFC 9111 §4.1).
package struct VariantKey: Sendable, Hashable {
    /// A field of Vary and what the request had: nil is absent, which is not the same as empty.
    private struct Selector: Sendable, Hashable {
        var name: FieldName
        var value: [String]?
    }

    private let selectors: [Selector]

    /// - Parameters:
    ///   - response: the fields with Vary in them.
    ///   - request: the fields of the request that brought the response.
    package init(response: FieldSection, request: FieldSection) {
        let names = Set(response.members(.vary).map { FieldName($0) })
        selectors = names.sorted { $0.lowercased.lexicographicallyPrecedes($1.lowercased) }
            .map { Selector(name: $0, value: Self.value($0, request)) }
    }

    /// Whether a request would select the same response.
    package func matches(_ request: FieldSection) -> Bool {
        selectors.allSatisfy { $0.value == Self.value($0.name, request) }
    }

    /// Whether the response depends on the target alone.
    package var isEmpty: Bool { selectors.isEmpty }

    /// A field's members, so that white space and the cut into lines do not matter (RFC 9111 §4.1).
    private static func value(_ name: FieldName, _ fields: FieldSection) -> [String]? {
        fields.contains(name) ? fields.members(name) : nil
    }
}
