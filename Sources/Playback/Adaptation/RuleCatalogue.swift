/// The rules there are.
package struct RuleCatalogue: Sendable {
    /// By family, and within one as they were published.
    package static let all: [RuleDescription] = throughputRules + bufferRules + bolaRules + predictiveRules
}
