/// Several rules decide; the lowest of their choices counts, or the highest.
struct ExtremeRule: RateDetermination {
    private var rules: [any RateDetermination]
    private let prefersLower: Bool

    /// - Precondition: `rules` is not empty.
    init(rules: [any RateDetermination], prefersLower: Bool) {
        precondition(!rules.isEmpty)
        self.rules = rules
        self.prefersLower = prefersLower
    }

    mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        var chosen = rules[0].decide(input)
        for index in rules.indices.dropFirst() {
            let decision = rules[index].decide(input)
            if prefersLower ? decision.index < chosen.index : decision.index > chosen.index { chosen = decision }
        }
        return chosen
    }

    mutating func observe(_ transfer: TransferReport) {
        for index in rules.indices { rules[index].observe(transfer) }
    }

    /// The lowest version that any rule would rather have; or the highest, if all would rather have a lower one.
    mutating func reconsider(_ progress: TransferProgress) -> Int? {
        var wanted: [Int?] = []
        for index in rules.indices { wanted.append(rules[index].reconsider(progress)) }
        let lower = wanted.compactMap { $0 }
        return prefersLower ? lower.min() : (lower.count == rules.count ? lower.max() : nil)
    }

    /// The shortest that any rule gives; or the longest, where all must agree.
    func assurance(_ progress: TransferProgress) -> Double {
        let times = rules.map { $0.assurance(progress) }
        return (prefersLower ? times.min() : times.max()) ?? 0
    }

    var reconsiders: Bool { prefersLower ? rules.contains { $0.reconsiders } : rules.allSatisfy { $0.reconsiders } }
    var fault: String? { rules.lazy.compactMap(\.fault).first }
}
