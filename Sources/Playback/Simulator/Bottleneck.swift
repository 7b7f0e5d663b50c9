/// Who is on a virtual link, and how they share it.
package struct Bottleneck: Sendable, Hashable {
    /// Clients on the link; at least 1.
    package var clientCount: Int
    /// Seconds between their starts; at least 0.
    package var stagger: Double
    /// A client's transfers get bandwidth in proportion to its weight: that of client `i` is `weights[i % count]`. All
    /// above zero; empty where every transfer counts the same, as long TCP connections with equal round-trip times do.
    package var weights: [Double]
    /// Whether connections begin slowly, as TCP's do; see `SlowStart`.
    package var slowStart: Bool

    /// - Precondition: numbers are as the properties say.
    package init(clientCount: Int = 1, stagger: Double = 0, weights: [Double] = [], slowStart: Bool = false) {
        precondition(clientCount > 0 && stagger >= 0 && stagger.isFinite, "somebody is on the link")
        precondition(weights.allSatisfy { $0 > 0 && $0.isFinite }, "everybody gets something")
        self.clientCount = clientCount
        self.stagger = stagger
        self.weights = weights
        self.slowStart = slowStart
    }

    func weight(of client: Int) -> Double { weights.isEmpty ? 1 : weights[client % weights.count] }
}
