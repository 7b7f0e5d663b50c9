import DNS
import TestSupport
import Testing

@testable import Routing

private let complete = """
    health: {interval: 500ms, timeout: 0.25, rise: 1, fall: 3}
    load: {overloaded: 95%, relieved: 0.7, age: 1m}
    regions:
      europe: [america, asia]
      america: europe
    edges:
      edge1:
        addresses: [192.0.2.11, "2001:db8::11"]
        location: europe/ams
        weight: 2
        capacity: {connections: 2000, rate: 10 Gb/s}
        check: http://192.0.2.11:9081/healthz
        report: http://192.0.2.11:9081/metrics
      edge2: {addresses: 192.0.2.12, location: america, state: drain}
    clients:
      192.0.2.0/24: europe/ams
      ::/0: america
      2001:db8::/32: europe
    clients-file: [more.csv, even-more.yaml]
    policies:
      nearest: {ttl: 5s, answers: 2, balance: 1.5, calm: 40%, sticky: 10m, network4: 20, network6: 48}
      spread: {edges: [edge1], nearest: false, affinity: client}
      plain:
    """

private func read(_ text: String, files: [String: String] = [:]) throws(RoutingError) -> RoutingTable {
    try RoutingDocument.table(text, path: "r.yaml") { name throws(RoutingError) in
        guard let text = files[name] else { throw RoutingError(.unreadable, "cannot read \(name)") }
        return (name, text)
    }
}

@Suite("A routing file")
struct DocumentTests {

    @Test("says all of it")
    func everything() throws {
        let table = try read(
            complete,
            files: [
                "more.csv":
                    "network,region,site\n# comment\n\n10.1.0.0/16, europe , ams\r\n\"10.2.0.0/16\",asia,\n10.3.0.1,america",
                "even-more.yaml": "10.4.0.0/16: asia/tok\n",
            ])
        #expect(table.health.interval == 0.5 && table.health.timeout == 0.25 && table.health.rise == 1)
        #expect(table.health.fall == 3 && table.load.overloaded == 0.95 && table.load.relieved == 0.7)
        #expect(table.load.staleness == 60 && table.regions == ["europe": ["america", "asia"], "america": ["europe"]])
        let first = table.edges[0]
        #expect(first.addresses.map(\.description) == ["192.0.2.11", "2001:db8::11"])
        #expect(first.location.description == "europe/ams" && first.weight == 2)
        #expect(first.capacity == .init(connections: 2_000, rate: 1e10))
        #expect(first.check == "http://192.0.2.11:9081/healthz" && first.report?.hasSuffix("/metrics") == true)
        #expect(table.edges[1].state == .drain && table.edges[1].check == nil && table.edges[1].weight == 1)
        #expect(table.clients.count == 7)
        for (address, location) in [
            ("192.0.2.7", "europe/ams"), ("2001:db8::1", "europe"), ("::1", "america"), ("10.1.2.3", "europe/ams"),
            ("10.2.0.0", "asia"), ("10.3.0.1", "america"), ("10.4.1.1", "asia/tok"),
        ] {
            let entry = table.clients.entry(for: IPAddress(address)!, bits: 128)
            #expect(entry?.location.description == location, "\(address)")
        }
        let nearest = try #require(table.policy("nearest"))
        #expect(nearest.ttl == 5 && nearest.answers == 2 && nearest.balance == 1.5 && nearest.calm == 0.4)
        #expect(nearest.stickiness == 600 && nearest.network4 == 20 && nearest.network6 == 48 && nearest.prefersNear)
        let spread = try #require(table.policy("spread"))
        #expect(spread.edges == ["edge1"] && !spread.prefersNear && spread.affinity == .client)
        #expect(table.policy("plain") == RoutingPolicy(name: "plain"))
        #expect(table.policies.map(\.name) == ["nearest", "plain", "spread"])
    }

    private static let short = "edges: {a: {addresses: 192.0.2.1, location: x}}\npolicies: {p: }\n"

    @Test(
        "is refused with file and line",
        arguments: [
            ("", "r.yaml: the file says nothing"), ("a: [", "r.yaml:"), ("[]", "r.yaml:1: keys and values"),
            ("edges: {}", "r.yaml:1: edges and policies are needed"),
            (short + "edge: 1", "r.yaml:3: edge: there is no such setting; known are health"),
            ("edges: {}\npolicies: {p: }", "r.yaml: the policy p has no edges"),
            (
                "edges: {a: {addresses: x, location: y}}\npolicies: {}",
                "r.yaml:1: edges.a.addresses: \"x\" is not an address"
            ),
            ("edges:\n  a:\n    location: y\npolicies: {}", "r.yaml:2: edges.a: an edge needs addresses"),
            (
                "edges: {a b: {addresses: 192.0.2.1, location: y}}\npolicies: {}",
                "r.yaml:1: edges: \"a b\" is not a name"
            ),
            ("edges: {a: {addresses: [], location: y}}\npolicies: {}", "an edge needs an address"),
            ("edges: {a: {addresses: ['::1', '::1'], location: y}}\npolicies: {}", "::1 is there twice"),
            ("edges: {a: {addresses: ['::1'], location: y/z/w}}\npolicies: {}", "\"y/z/w\" is not a location"),
            ("edges: {a: {addresses: ['::1'], location: y, weight: 0}}\npolicies: {}", "\"0\" is not a weight"),
            ("edges: {a: {addresses: ['::1'], location: y, weight: nan}}\npolicies: {}", "\"nan\" is not a weight"),
            ("edges: {a: {addresses: ['::1'], location: y, check: ftp://x}}\npolicies: {}", "is not a URL"),
            (
                "edges: {a: {addresses: ['::1'], location: y, capacity: {rate: 5 MB/s}}}\npolicies: {}",
                "\"5 MB/s\" is not a rate"
            ),
            ("edges: {a: {addresses: ['::1'], location: y, state: on}}\npolicies: {}", "\"on\" is not one of active"),
            (
                short + "clients:\n  10.0.0.0/8: x\n  10.0.0.1/8: x",
                "r.yaml:5: clients: \"10.0.0.1/8\" has bits behind its prefix"
            ),
            (short + "clients:\n  10.0.0.0/33: x", "r.yaml:4: clients: \"10.0.0.0/33\" is no prefix"),
            (short + "clients:\n  10.0.0.0/8: x\n  10.0.0.0/8: y", "given twice"),
            (short + "clients:\n  10.0.0.0/8: [x]", "r.yaml:4: clients.\"10.0.0.0/8\": a single value is expected"),
            (short + "clients-file: none.csv", "cannot read none.csv"),
            (short + "clients-file: bad.csv", "bad.csv:2: a line has a prefix"),
            (short + "clients-file: twice.csv", "twice.csv:2: ::/0 is there twice"),
            (short + "health: {interval: 0}", "\"0\" is not a time"),
            (short + "health: {fall: 1.5}", "is not a number of checks"),
            (short + "load: {overloaded: 0.5, relieved: 0.6}", "relieved is not above overloaded"),
            ("edges: {a: {addresses: 192.0.2.1, location: x}}\npolicies: {p: {ttl: -1}}", "\"-1\" is not a time"),
            ("edges: {a: {addresses: 192.0.2.1, location: x}}\npolicies: {p: {edges: [b]}}", "names the edge b"),
            ("edges: {a: {addresses: 192.0.2.1, location: x}}\npolicies: {p: {answers: 17}}", "\"17\" is not a number"),
            (short + "regions: {x: [y, y]}", "y is there twice"), ("a: &a [*a]", "r.yaml"),
            (String(repeating: "[", count: 100_000), "r.yaml"), (String(repeating: "- ", count: 50_000), "r.yaml"),
        ] as [(String, String)])
    func mistakes(text: String, complaint: String) throws {
        let error = #expect(throws: RoutingError.self) {
            try read(text, files: ["bad.csv": "10.0.0.0/8,x\n10.1.0.0/16\n", "twice.csv": "::/0,x\n::/0,y\n"])
        }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "no error")")
        #expect(error?.description.contains("\n") == false)
    }
}

@Suite("Randomised routing files")
struct RandomisedRoutingFileTests {
    @Test("may be damaged in any way")
    func randomised() {
        var random = SeededGenerator(seed: 12)
        let original = Array(complete.utf8)
        for _ in 0..<fuzzRounds(default: 300) {
            let octets = damaged(original, "[]{}:-,&*!|>'\"%@`\n 0", using: &random)
            do throws(RoutingError) {
                let table = try read(
                    String(decoding: octets, as: UTF8.self), files: ["more.csv": "", "even-more.yaml": "::1: x"])
                #expect(!table.edges.isEmpty)
            } catch {
                #expect(!error.description.contains("\n"))
            }
        }
    }
}
