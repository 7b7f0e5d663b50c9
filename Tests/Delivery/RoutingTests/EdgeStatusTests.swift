import DNS
import TestSupport
import Testing

@testable import Routing

@Suite("An edge's status")
struct EdgeStatusTests {
    private let rules: HealthRules = {
        var rules = HealthRules()
        (rules.interval, rules.timeout, rules.rise, rules.fall) = (1, 0.5, 2, 3)
        return rules
    }()

    @Test("changes only after several checks in a row, and believes the first")
    func hysteresis() {
        var status = EdgeStatus()
        #expect(status.health(at: 0, rules) == .unknown)
        let checks: [(String?, EdgeStatus.Health)] = [
            (nil, .healthy), ("x", .healthy), ("x", .healthy), (nil, .healthy), ("x", .healthy), ("x", .healthy),
            ("x", .ill), ("x", .ill), (nil, .ill), ("x", .ill), (nil, .ill), (nil, .healthy),
        ]
        var changes: [EdgeStatus.Health] = []
        for (time, (complaint, expected)) in checks.enumerated() {
            if let change = status.checked(complaint, at: Double(time), rules) { changes.append(change) }
            #expect(status.health(at: Double(time), rules) == expected, "check \(time)")
            #expect(status.complaint == complaint)
        }
        #expect(changes == [.healthy, .ill, .healthy] && status.changedAt == 11)
        var other = EdgeStatus()
        other.checked("refused", at: 0, rules)
        #expect(other.health(at: 0, rules) == .ill)
    }

    @Test("says nothing once nobody has looked for a while")
    func staleness() {
        var status = EdgeStatus()
        status.checked("x", at: 10, rules)
        #expect(status.health(at: 13.5, rules) == .ill && status.health(at: 13.6, rules) == .unknown)
        // After that the next check is a first one again.
        status.checked(nil, at: 20, rules)
        #expect(status.health(at: 20, rules) == .healthy)
    }

    @Test("follows its reports: connections, and bytes a second between two")
    func load() {
        let capacity = RoutedEdge.Capacity(connections: 100, rate: 8_000)
        var status = EdgeStatus()
        #expect(status.load(at: 0, LoadRules()) == nil)
        func report(_ connections: Double, _ bytes: Double, at time: Double) {
            status.reported(LoadReport(connections: connections, sentBytes: bytes), at: time, capacity, LoadRules())
        }
        report(50, 1_000, at: 0)
        #expect(status.load(at: 0, LoadRules()) == .init(connections: 50, rate: nil, share: 0.5))
        report(50, 3_000, at: 2)
        #expect(status.load(at: 2, LoadRules()) == .init(connections: 50, rate: 8_000, share: 1))
        #expect(status.isOverloaded(at: 2, LoadRules()))
        // It is relieved only when it is well below.
        report(85, 3_000, at: 3)
        #expect(status.isOverloaded(at: 3, LoadRules()))
        report(79, 3_000, at: 4)
        #expect(!status.isOverloaded(at: 4, LoadRules()))
        report(85, 3_000, at: 5)
        #expect(!status.isOverloaded(at: 5, LoadRules()))
        report(95, 3_000, at: 6)
        #expect(status.isOverloaded(at: 21, LoadRules()) && !status.isOverloaded(at: 21.1, LoadRules()))
        // A new process counts from nothing.
        report(1, 10, at: 7)
        #expect(status.load(at: 7, LoadRules())?.rate == nil)
    }

    @Test(
        "reads what an edge tells in Prometheus's format",
        arguments: [
            (
                "headwater_http_connections 3\nheadwater_http_sent_bytes_total 10\n",
                LoadReport(connections: 3, sentBytes: 10)
            ),
            (
                """
                # HELP headwater_http_connections 99
                headwater_http_connections{a="x } y",b="\\"} 5"} 2 1700000000
                headwater_http_connections{a="z"}\t4
                headwater_http_sent_bytes_total 1e3
                """, LoadReport(connections: 6, sentBytes: 1_000)
            ),
            ("headwater_http_connections 3\n", nil), ("", nil),
            ("headwater_http_connections NaN\nheadwater_http_sent_bytes_total 1\n", nil),
            ("headwater_http_connections -1\nheadwater_http_sent_bytes_total 1\n", nil),
            ("headwater_http_connections{\nheadwater_http_sent_bytes_total\n", nil),
        ] as [(String, LoadReport?)])
    func reports(text: String, report: LoadReport?) { #expect(LoadReport(prometheus: text) == report) }
}

@Suite("Edges that are kept")
struct StickyEdgesTests {
    @Test("are forgotten when their time is over, or for want of room the longest unused")
    func bounds() throws {
        var edges = StickyEdges(capacity: 10)
        func key(_ number: Int) -> StickyEdges.Key {
            .init(name: try! .init("v."), network: .init("10.0.\(number).0/24")!)
        }
        edges.keep("a", for: key(0), until: 5)
        #expect(edges.edge(for: key(0), now: 4.9) == "a" && edges.edge(for: key(0), now: 5) == nil)
        for number in 1...1_000 {
            edges.keep("b", for: key(0), until: 100)
            edges.keep("c", for: key(number % 255 + 1), until: 100)
            #expect(edges.count <= 22)
        }
        #expect(edges.edge(for: key(0), now: 50) == "b")
    }
}

@Suite("Randomised reports of load")
struct RandomisedLoadReportTests {
    @Test("survives any report")
    func randomised() {
        var random = SeededGenerator(seed: 4)
        let pieces = [
            "headwater_http_connections", "headwater_http_sent_bytes_total", "{", "}", "\"", "\\", " ", "\n", "1", "é",
        ]
        for _ in 0..<fuzzRounds(default: 500) {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            if let report = LoadReport(prometheus: text.joined()) {
                #expect(report.connections >= 0 && report.sentBytes >= 0)
            }
        }
    }
}
