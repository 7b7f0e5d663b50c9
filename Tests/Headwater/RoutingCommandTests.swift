import Foundation
import Subprocess
import Testing

@Suite("headwater dns --routing")
struct RoutingCommandTests {
    private static let zone = """
        $ORIGIN cdn.test.
        $TTL 60
        @ SOA ns hostmaster 1 3600 900 604800 60
        @ NS ns
        ns A 127.0.0.1
        video A 192.0.2.99
        _routing.video TXT "policy=nearest"
        www CNAME video
        plain A 192.0.2.98

        """

    /// Two edges in two regions, checked often at the URLs.
    private static func routing(_ first: String, _ second: String) -> String {
        """
        health: {interval: 100ms, timeout: 10s, fall: 2, rise: 1}
        regions: {europe: [america], america: [europe]}
        edges:
          edge1: {addresses: [192.0.2.11], location: europe/ams, check: \(first)/healthz, report: \(first)/metrics}
          edge2: {addresses: [192.0.2.12], location: america, check: \(second)/healthz, report: \(second)/metrics}
        clients: {10.1.0.0/16: europe/ams, 10.2.0.0/16: america}
        policies: {nearest: {ttl: 30s}}

        """
    }

    private func withFiles(
        _ routing: String, _ body: @Sendable (_ zone: String, _ routing: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let (zone, file) = (folder + "/cdn.test.zone", folder + "/routing.yaml")
            try Data(Self.zone.utf8).write(to: URL(filePath: zone))
            try Data(routing.utf8).write(to: URL(filePath: file))
            try await body(zone, file)
        }
    }

    /// What dig prints, with the options given.
    private func dig(_ server: RunningServer, _ arguments: String...) async throws -> String {
        let port = server.url.split(separator: ":").last.map(String.init) ?? ""
        let result = try await command("dig", ["@127.0.0.1", "-p", port, "+timeout=20", "+tries=1"] + arguments)
        #expect(result.status == 0, "\(result.standardOutput)\(result.standardError)")
        return result.standardOutput
    }

    private func address(_ server: RunningServer, _ client: String) async throws -> String {
        try await dig(server, "video.cdn.test", "+short", "+subnet=" + client).trimmingCharacters(in: .newlines)
    }

    /// An origin and two edges with administration listeners, and a name server that watches these.
    private func withNetwork(
        _ body: @Sendable (_ server: RunningServer, _ first: RunningServer, _ routing: String) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { library in
            try await withServer(["origin", "--library", library, "--listen", "127.0.0.1:0"]) { origin in
                let edge = [
                    "edge", "--origin", origin.url, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--memory",
                    "16MiB",
                ]
                try await withServer(edge) { first in
                    try await withServer(edge) { second in
                        try await withNameServer(first, second, body)
                    }
                }
            }
        }
    }

    private func withNameServer(
        _ first: RunningServer, _ second: RunningServer,
        _ body: @Sendable (_ server: RunningServer, _ first: RunningServer, _ routing: String) async throws -> Void
    ) async throws {
        let routing = Self.routing(try #require(first.adminURL), try #require(second.adminURL))
        try await withFiles(routing) { zone, routing in
            let arguments = ["dns", "--listen", "127.0.0.1:0", "--zone", zone, "--routing", routing]
            try await withServer(arguments + ["--admin", "127.0.0.1:0", "--response-rate", "0"]) { server in
                try await body(server, first, routing)
            }
        }
    }

    @Test("sends viewers to the edge of their region, to the other one when that is killed, and follows its file")
    func failover() async throws {
        try await withNetwork { server, first, routing in
            // Their first checks may still be under way.
            while try await address(server, "10.1.2.0/24") != "192.0.2.11" {}
            while try await address(server, "10.2.2.0/24") != "192.0.2.12" {}
            try await expectAnswers(server)
            try first.send(.kill)
            while try await address(server, "10.1.2.0/24") != "192.0.2.12" {}
            try await expectExplanation(server)

            let text = try String(contentsOfFile: routing, encoding: .utf8)
            try Data("edges: nonsense".utf8).write(to: URL(filePath: routing), options: .atomic)
            let changed = text.replacing("192.0.2.12", with: "192.0.2.13")
            #expect(try await address(server, "10.1.2.0/24") == "192.0.2.12")
            try Data(changed.utf8).write(to: URL(filePath: routing), options: .atomic)
            while try await address(server, "10.1.2.0/24") != "192.0.2.13" {}
        }
    }

    private func expectAnswers(_ server: RunningServer) async throws {
        let full = try await dig(server, "www.cdn.test", "+subnet=10.1.2.0/24")
        #expect(full.contains("CLIENT-SUBNET: 10.1.2.0/24/16"), "\(full)")
        #expect(full.firstMatch(of: /www\.cdn\.test\.\s+60\s+IN\s+CNAME\s+video/) != nil, "\(full)")
        #expect(full.firstMatch(of: /video\.cdn\.test\.\s+30\s+IN\s+A\s+192\.0\.2\.11/) != nil, "\(full)")
        // Between the regions there is nothing in the map; and nothing of it is about IPv6.
        #expect(try await dig(server, "video.cdn.test", "+subnet=10.3.0.0/24").contains("10.3.0.0/24/16"))
        #expect(try await dig(server, "video.cdn.test", "+subnet=2001:db8::/48").contains("2001:db8::/48/0"))
        #expect(try await dig(server, "video.cdn.test", "+subnet=0.0.0.0/0").contains("CLIENT-SUBNET: 0.0.0.0/0/0"))
        #expect(try await dig(server, "plain.cdn.test", "+subnet=10.1.2.0/24").contains("10.1.2.0/24/0"))
        let none = try await dig(server, "video.cdn.test", "AAAA", "+subnet=10.1.2.0/24")
        #expect(none.contains("status: NOERROR") && none.contains("ANSWER: 0") && none.contains("SOA"), "\(none)")
        // An option of family 9.
        #expect(try await dig(server, "video.cdn.test", "+ednsopt=8:000918000a0102").contains("status: FORMERR"))
    }

    private func expectExplanation(_ server: RunningServer) async throws {
        let admin = try #require(server.adminURL)
        let picture = try await headwater("route", "explain", "--client", "10.1.2.3", "www.cdn.test", "--admin", admin)
        #expect(picture.status == 0 && picture.standardError.isEmpty, "\(picture.standardError)")
        for part in [
            "www.cdn.test. → video.cdn.test. A", "europe/ams", "ill: connection refused", "Answer: 192.0.2.12",
        ] {
            #expect(picture.standardOutput.contains(part), "\(picture.standardOutput)")
        }
        let health = try await command("curl", ["-s", admin + "/healthz"])
        #expect(health.standardOutput == "ok\n")
        let edges = try await command("curl", ["-s", admin + "/edges/edge1"])
        #expect(edges.standardOutput.contains("\"health\" : \"ill\""), "\(edges.standardOutput)")
        let metrics = try await command("curl", ["-s", admin + "/metrics"])
        #expect(metrics.standardOutput.contains("headwater_routing_edge_up{edge=\"edge1\"} 0\n"))
        #expect(metrics.standardOutput.contains("headwater_routing_answers_total{edge=\"edge2\"} "))
        let wrong = try await command("curl", ["-s", "-w", "%{http_code}", admin + "/explain/video.cdn.test?client=x"])
        #expect(wrong.standardOutput.hasSuffix("400"))
        let unknown = try await headwater("route", "explain", "--client", "::1", "plain.cdn.test", "--admin", admin)
        #expect(unknown.status == 65 && unknown.standardError.contains("no policy for plain.cdn.test"))
    }

    @Test("tells from files what it would do, as a picture or JSON")
    func explain() async throws {
        try await withFiles(Self.routing("http://127.0.0.1:1", "http://127.0.0.1:1")) { zone, routing in
            let files = ["--routing", routing, "--zone", zone]
            let picture = try await command(
                headwaterExecutable, ["route", "explain", "--client", "10.2.2.3", "www.cdn.test"] + files)
            #expect(picture.status == 0, "\(picture.standardError)")
            for part in [
                "10.2.0.0/16 is in america", "▶  edge2", "a nearer one can be used", "all are taken to be well",
            ] {
                #expect(picture.standardOutput.contains(part), "\(picture.standardOutput)")
            }
            let json = try await command(
                headwaterExecutable,
                ["route", "explain", "--client", "10.2.0.0/12", "video.cdn.test", "--json"] + files)
            struct Explanation: Decodable {
                var answer: [String]
                var scope: Int
                var isLive: Bool
            }
            let explanation = try JSONDecoder().decode(Explanation.self, from: Data(json.standardOutput.utf8))
            #expect(explanation.scope == 16)
            #expect(!explanation.isLive && explanation.answer.count == 1)
        }
    }

    @Test("reads the examples of the documentation")
    func examples() async throws {
        let folder = packageRoot + "/Documentation/examples/"
        for (client, answer) in [
            ("198.51.100.7", "192.0.2.11"), ("203.0.113.7", "192.0.2.12"), ("10.1.0.1", "192.0.2.11"),
        ] {
            let result = try await headwater(
                "route", "explain", "--client", client, "a.live.routed.test", "--routing", folder + "routing.yaml",
                "--zone", folder + "routed.test.zone")
            #expect(result.status == 0 && result.standardError.isEmpty, "\(result.standardError)")
            #expect(result.standardOutput.contains("Answer: \(answer), for 5 s"), "\(result.standardOutput)")
        }
    }

    @Test("says in one line what it cannot use")
    func errors() async throws {
        try await withFiles(Self.routing("http://127.0.0.1:1", "http://127.0.0.1:1")) { zone, routing in
            let broken = routing + ".broken"
            try Data("edges: {}\npolicies: {}\nclients: {10.0.0.0/8: }\n".utf8).write(to: URL(filePath: broken))
            let explain = ["route", "explain", "--client", "10.0.0.1", "video.cdn.test"]
            for (arguments, status, complaint) in [
                (
                    ["dns", "--listen", "127.0.0.1:0", "--zone", zone, "--routing", broken], 65,
                    "broken:3: clients: \"\" is no location"
                ),
                (
                    ["dns", "--listen", "127.0.0.1:0", "--zone", zone, "--routing", zone + "x"], 66,
                    "cannot read the routing file"
                ),
                (explain + ["--routing", broken], 65, "broken:3"), (explain, 64, "give either --routing or --admin"),
                (explain + ["--routing", routing, "--policy", "none"], 65, "has no policy none, only nearest"),
                (
                    [
                        "route", "explain", "--client", "10.0.0.1", "plain.cdn.test", "--routing", routing, "--zone",
                        zone,
                    ], 65, "no policy for"
                ),
                (["route", "explain", "--client", "10.0.0", "video.cdn.test", "--routing", routing], 64, "--client"),
                (explain + ["--admin", "http://127.0.0.1:9"], 69, "does not answer"),
            ] as [([String], Int32, String)] {
                let result = try await command(headwaterExecutable, arguments)
                #expect(result.status == status, "\(arguments): \(result.standardError)")
                #expect(result.standardError.contains(complaint), "\(result.standardError)")
                #expect(result.standardError.split(separator: "\n").count == 1, "\(result.standardError)")
            }
        }
    }
}
