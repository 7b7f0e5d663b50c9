import DNS
import LineProtocol

/// An iteration as a picture: time goes down, questions go right, answers come back; what is looked for on the way, the
/// address of a server, is drawn further in.
struct ResolutionPicture {
    private let question: DNSMessage.Question
    private let resolution: Resolution
    private let time: Duration
    private var lines: [String] = []

    init(_ question: DNSMessage.Question, _ resolution: Resolution, _ time: Duration) {
        self.question = question
        self.resolution = resolution
        self.time = time
        draw()
    }

    /// - Parameter columns: of the terminal; nil for no limit.
    func text(columns: Int?) -> String {
        lines.map { line in
            let line = Self.clean(line)
            return (columns.map { PrintableText.shortened(line, to: $0) } ?? line) + "\n"
        }.joined()
    }

    /// Names are strangers' text, but blanks are ours.
    private static func clean(_ line: String) -> String {
        line.split(separator: " ", omittingEmptySubsequences: false).map { PrintableText.line(String($0)) }
            .joined(separator: " ")
    }

    private mutating func draw() {
        lines.append("client ──▶ resolver   \(question.name) \(question.type)?")
        var depth = 0
        var number = 0
        for step in resolution.steps {
            if step.depth != depth {
                lines.append(Self.margin(min(depth, step.depth)) + (step.depth > depth ? "│  ╲" : "│  ╱"))
                depth = step.depth
            } else {
                lines.append(Self.margin(depth) + "│")
            }
            draw(step, &number)
        }
        lines.append("│")
        drawEnd()
    }

    private static func margin(_ depth: Int) -> String { String(repeating: "│   ", count: depth) }

    private mutating func draw(_ step: ResolutionStep, _ number: inout Int) {
        let margin = Self.margin(step.depth)
        let asked = "\(step.question.name) \(step.question.type)"
        switch step.action {
        case .knewServers(let zone):
            lines.append(margin + "├─● the cache knows the servers of \(zone)   (for \(asked))")
        case .remembered(let outcome):
            lines.append(margin + "├─● the cache knows \(asked)")
            lines += Self.told(outcome).map { margin + "│  " + $0 }
        case .asked(let server, let address, let zone, let isTCP, let time, let outcome):
            number += 1
            let role = server == nil ? "the resolver" : zone.isRoot ? "the root" : "\(zone)"
            let name = server.map { " \($0)" } ?? ""
            lines.append(margin + "├─▶ \(number)  \(role):\(name) \(address)   \(asked)?")
            let told = Self.told(outcome)
            let duration = Self.text(time)
            lines.append(margin + "│◀─ \(isTCP ? "TCP" : "UDP"), \(duration)   " + (told.first ?? ""))
            let indent = String(repeating: " ", count: 10 + duration.count)
            lines += told.dropFirst().map { margin + "│" + indent + $0 }
        }
    }

    private static func told(_ outcome: ResolutionStep.Outcome) -> [String] {
        switch outcome {
        case .answer(let records): return ["answer"] + records.map { "  \($0)" }
        case .alias(let target): return ["an alias: look for \(target)"]
        case .referral(let zone, let servers, let glue):
            let names = servers.prefix(4).map(\.description).joined(separator: ", ")
            let more = servers.count > 4 ? " and \(servers.count - 4) more" : ""
            let addresses =
                switch glue {
                case 0: "without their addresses"
                case 1: "with an address"
                default: "with \(glue) addresses"
                }
            return ["referral: ask the servers of \(zone)", "  \(names)\(more), \(addresses)"]
        case .noData: return ["the name has no such records"]
        case .nameError: return ["there is no such name"]
        case .nameExists: return ["no zone begins there: ask for more of the name"]
        case .truncated: return ["too long for a datagram: ask again over TCP"]
        case .lacksEDNS: return ["it does not know EDNS: ask again without"]
        case .failed(let reason): return ["✗ \(reason)"]
        }
    }

    private mutating func drawEnd() {
        let count = resolution.steps.count { if case .asked = $0.action { true } else { false } }
        let questions = count == 1 ? "1 question" : "\(count) questions"
        let stale = resolution.isStale ? ", stale" : ""
        lines.append(
            "client ◀── resolver   \(resolution.responseCode)\(stale) after \(questions), \(Self.text(time))")
        if let failure = resolution.failure { lines.append("  \(failure)") }
        lines += (resolution.answers + resolution.authorities).map { "  \($0)" }
        if let scope = resolution.scope {
            lines.append(
                scope == 0 ? "  for all clients" : "  for clients with the same first \(scope) bits of address")
        }
    }

    /// `12.3 ms`.
    private static func text(_ time: Duration) -> String {
        let tenths = Int((time / .microseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10) ms"
    }
}
