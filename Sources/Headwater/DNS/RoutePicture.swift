import DNS
import Foundation
import LineProtocol
import Report
import Routing

/// A routing decision drawn for a terminal: the way from the client to its edge, what each edge was weighed by, the verdict.
struct RoutePicture {
    private let explanation: RoutingExplanation

    init(_ explanation: RoutingExplanation) { self.explanation = explanation }

    /// Lines, each ended by a newline.
    func text() -> String {
        let lines =
            [question, "", way, "", table] + [verdict, scope]
            + (explanation.isLive ? [] : ["Nobody was asked how the edges are: all are taken to be well."])
        return lines.map { PrintableText.lines($0) }.joined(separator: "\n") + "\n"
    }

    private var question: String {
        let names = explanation.aliases + [explanation.name]
        return "\(names.joined(separator: " → ")) \(explanation.type)"
    }

    /// `client ──▶ place ──▶ policy ──▶ answer`
    private var way: String {
        let client = explanation.client
        let place = client.location.map { "\(client.network ?? "") is in \($0)" } ?? "not in the client map"
        let answer = explanation.edges.filter(\.isTaken).map(\.name).joined(separator: ", ")
        return [clientText, place, "policy \(explanation.policy)", answer.isEmpty ? "nothing" : answer]
            .joined(separator: " ──▶ ")
    }

    private var clientText: String {
        let client = explanation.client
        return client.bits == IPAddress(client.address)?.bitWidth ? client.address : "\(client.address)/\(client.bits)"
    }

    private var table: String {
        let highest = explanation.edges.map(\.score).max() ?? 0
        return TextTable(
            header: ["", "edge", "location", "distance", "health", "load", "weight", "score", "", "why"],
            alignments: [.left, .left, .left, .left, .left, .right, .right, .right, .left, .left],
            rows: explanation.edges.map { edge in
                [
                    edge.isTaken ? "▶" : "", edge.name, edge.location, edge.distance,
                    explanation.isLive ? edge.health : "assumed", load(edge), number(edge.weight),
                    String(format: "%.2f", edge.score), bar(edge.score, of: highest), edge.reason,
                ]
            }
        ).text()
    }

    private func load(_ edge: RoutingExplanation.Edge) -> String {
        if let load = edge.load { return "\(Int((load * 100).rounded())) %" }
        return edge.connections.map { "\(number($0)) open" } ?? "–"
    }

    private func bar(_ value: Double, of highest: Double) -> String {
        guard highest > 0 else { return "" }
        return String(repeating: "█", count: max(1, Int((value / highest * 8).rounded())))
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && value < 1e15 ? String(format: "%.0f", value) : String(format: "%g", value)
    }

    private var verdict: String {
        let addresses = explanation.answer.isEmpty ? "no address" : explanation.answer.joined(separator: ", ")
        return "Answer: \(addresses), for \(explanation.ttl) s: \(explanation.reason)."
    }

    private var scope: String {
        guard explanation.scope > 0, let address = IPAddress(explanation.client.address),
            let network = IPNetwork(address, prefix: explanation.scope)
        else { return "Scope: 0, the same for all clients." }
        let more = explanation.scope > explanation.client.bits ? ", of which not enough is known here" : ""
        return "Scope: \(explanation.scope), the same for all clients in \(network)\(more)."
    }
}
