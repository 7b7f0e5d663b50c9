/// A rule that is made of others, as a JSON document says: a rule's name, or an object of one of these forms, in each of
/// which a part may be a composition again:
///
/// - `{"rule": "bola-e", "parameters": {"buffer": 20}}`
/// - `{"lowest": […]}`, `{"highest": […]}`: all decide, the lowest or highest version counts;
/// - `{"buffer": 10, "below": …, "above": …}`: one decides below that many seconds of buffer, the other above.
package indirect enum RuleComposition: Sendable {
    case rule(RuleSpecification)
    case lowest([RuleComposition])
    case highest([RuleComposition])
    /// Level in seconds.
    case byBuffer(Double, below: RuleComposition, above: RuleComposition)

    /// A fresh rule for a session with `ladder`.
    package func rule(for ladder: Ladder) -> any RateDetermination {
        switch self {
        case .rule(let specification): specification.rule(for: ladder)
        case .lowest(let parts):
            ExtremeRule(rules: parts.map { $0.rule(for: ladder) }, prefersLower: true)
        case .highest(let parts):
            ExtremeRule(rules: parts.map { $0.rule(for: ladder) }, prefersLower: false)
        case .byBuffer(let level, let below, let above):
            BufferSwitchRule(
                level: level * ladder.second, below: below.rule(for: ladder), above: above.rule(for: ladder))
        }
    }
}

extension RuleComposition: Decodable {
    private enum Key: String, CodingKey {
        case rule, parameters, lowest, highest, buffer, below, above
    }

    /// Parts within parts.
    private static let deepest = 8

    private static let forms =
        "a rule is a name, or an object with rule and perhaps parameters, with lowest, with highest, or with buffer, "
        + "below and above"

    package init(from decoder: any Decoder) throws {
        func refuse(_ text: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: text))
        }
        guard decoder.codingPath.count <= 2 * Self.deepest else { throw refuse("rules within rules, too deep") }
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            self = .rule(try Self.specification(name, [:], decoder))
            return
        }
        guard let container = try? decoder.container(keyedBy: Key.self) else { throw refuse(Self.forms) }
        let keys = Set(container.allKeys)
        switch keys {
        case [.rule], [.rule, .parameters]:
            guard let name = try? container.decode(String.self, forKey: .rule) else {
                throw refuse("rule is a name, as `headwater rules` lists them")
            }
            var parameters: [String: Double] = [:]
            if keys.contains(.parameters) {
                guard let found = try? container.decode([String: Double].self, forKey: .parameters) else {
                    throw refuse("the parameters of \(name) are an object whose values are numbers")
                }
                parameters = found
            }
            self = .rule(try Self.specification(name, parameters, decoder))
        case [.lowest], [.highest]:
            let key = keys.contains(.lowest) ? Key.lowest : .highest
            guard (try? container.nestedUnkeyedContainer(forKey: key)) != nil else {
                throw refuse("\(key.rawValue) is a list of rules")
            }
            let parts = try container.decode([RuleComposition].self, forKey: key)
            guard !parts.isEmpty else { throw refuse("a list of rules is empty") }
            self = keys.contains(.lowest) ? .lowest(parts) : .highest(parts)
        case [.buffer, .below, .above]:
            guard let level = try? container.decode(Double.self, forKey: .buffer), level > 0, level <= 3600 else {
                throw refuse("buffer is a number of seconds, above 0 to 3600")
            }
            self = .byBuffer(
                level, below: try container.decode(RuleComposition.self, forKey: .below),
                above: try container.decode(RuleComposition.self, forKey: .above))
        default:
            throw refuse(Self.forms)
        }
    }

    private static func specification(
        _ name: String, _ parameters: [String: Double], _ decoder: any Decoder
    ) throws -> RuleSpecification {
        let text = name + parameters.sorted { $0.key < $1.key }.map { ":\($0.key)=\($0.value)" }.joined()
        do {
            return try RuleSpecification(text)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: error.description))
        }
    }
}
