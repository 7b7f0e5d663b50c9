import DNS
import TestSupport
import Testing

@testable import Routing

@Suite("A routing decision")
struct DecisionTests {
    private let clients = [
        "10.1.0.0/16": "europe/ams", "10.2.0.0/16": "europe", "10.3.0.0/16": "america", "10.4.0.0/16": "asia",
        "10.5.0.0/16": "moon",
    ]
    private let edges = [
        edge("ams", "europe/ams"), edge("lon", "europe/lon"), edge("nyc", "america/nyc"), edge("tok", "asia/tok"),
    ]
    private let regions = ["europe": ["america", "asia"], "america": ["europe"], "moon": ["asia"]]

    private func world(_ change: (inout RoutingPolicy) -> Void = { _ in }) throws -> RoutingTable {
        try makeTable(edges, regions: regions, clients: clients, change)
    }

    @Test(
        "takes the nearest that can be used",
        arguments: [
            ("10.1.0.1", [], ["ams"]), ("10.3.0.1", [], ["nyc"]), ("10.4.0.1", [], ["tok"]), ("10.5.0.1", [], ["tok"]),
            ("10.1.0.1", ["ams"], ["lon"]), ("10.1.0.1", ["ams", "lon"], ["nyc"]),
            ("10.1.0.1", ["ams", "lon", "nyc"], ["tok"]), ("10.3.0.1", ["nyc", "ams"], ["lon"]),
            // Nobody said where viewers of America go after Europe: wherever there is somebody.
            ("10.3.0.1", ["nyc", "ams", "lon"], ["tok"]), ("10.5.0.1", ["tok", "ams", "lon"], ["nyc"]),
        ] as [(String, [String], [String])])
    func nearest(client: String, ill: [String], expected: [String]) throws {
        let statuses = Dictionary(uniqueKeysWithValues: ill.map { ($0, EdgeStatus.ill()) })
        let decision = try world().decide(client, statuses)
        #expect(decision.names == expected)
        #expect(decision.verdict == .chosen)
        for edge in ill { #expect(decision.outcome(edge) == .ill("refused")) }
        #expect(decision.candidates.count == 4)
    }

    @Test("tells how far each edge is")
    func distances() throws {
        let decision = try world().decide("10.1.0.1")
        let distances = Dictionary(uniqueKeysWithValues: decision.candidates.map { ($0.edge.name, $0.distance) })
        #expect(distances == ["ams": .site, "lon": .region, "nyc": .fallback(1), "tok": .fallback(2)])
        #expect(decision.entry?.network.description == "10.1.0.0/16")
        #expect(decision.outcome("lon") == .far)
        #expect(try world().decide("192.0.2.9").entry == nil)
        #expect(try world().decide("192.0.2.9").candidates.allSatisfy { $0.distance == .elsewhere && $0.tier == 0 })
    }

    @Test("depends on as much of the address as tells where the client is")
    func scopes() throws {
        #expect(try world().decide("10.1.0.1").scope == 16)
        // 10.6/15 and what is beyond have no entry.
        #expect(try world().decide("10.6.0.1").scope == 15)
        #expect(try world().decide("192.0.2.1").scope == 1)
        #expect(try world().decide("2001:db8::1", wantsIPv6: true).scope == 0)
        // Where all edges are equally near nothing depends on the client, nor where there is one region.
        #expect(try world { $0.prefersNear = false }.decide("10.1.0.1").scope == 0)
        #expect(try world { $0.edges = ["ams"] }.decide("10.1.0.1").scope == 0)
        // For these two the moon, 10.5/16, is like Asia, and Europe like America.
        #expect(try world { $0.edges = ["nyc", "tok"] }.decide("10.4.0.1").scope == 15)
        #expect(try world { $0.edges = ["nyc", "tok"] }.decide("10.3.0.1").scope == 15)
        #expect(try world { $0.edges = ["nyc", "tok"] }.decide("10.1.0.1").scope == 16)
        // Within Europe nothing tells 10.1 and 10.2 apart for these two; 10.0/15 has no entry.
        #expect(try world { $0.edges = ["lon", "nyc"] }.decide("10.2.0.1").scope == 16)
        // The client's network counts by itself.
        #expect(try world { $0.stickiness = 60 }.decide("10.1.0.1").scope == 24)
        #expect(try world { $0.affinity = .client }.decide("2001:db8::1").scope == 56)
        #expect(
            try world {
                $0.affinity = .client; $0.network4 = 12
            }.decide("10.1.0.1").scope == 16)
    }

    @Test("takes the entry for all of a subnet that is wider than the map is fine, and asks for more")
    func wideSubnets() throws {
        let table = try makeTable(
            edges, regions: regions,
            clients: ["10.0.0.0/8": "america", "10.0.0.0/16": "asia", "10.1.0.0/16": "europe/ams"])
        let decision = table.decide("10.0.0.0", bits: 8)
        #expect(decision.names == ["nyc"] && decision.scope == 16 && decision.entry?.network.prefix == 8)
        #expect(table.decide("10.0.0.0", bits: 16).names == ["tok"])
        #expect(table.decide("10.0.0.0", bits: 4).candidates.allSatisfy { $0.distance == .elsewhere })
    }

    @Test("answers all that there are when none is well, but never one that is switched off")
    func lastResort() throws {
        let edges = [
            edge("a", "x"), edge("b", "y"), edge("c", "x") { $0.state = .drain }, edge("d", "x") { $0.state = .off },
            edge("e", "x", ["2001:db8::1"]),
        ]
        let table = try makeTable(edges, clients: ["10.0.0.0/8": "x"])
        let decision = table.decide("10.0.0.1", ["a": .ill("timed out"), "b": .ill()])
        #expect(decision.verdict == .lastResort && decision.names == ["a", "b", "c"] && decision.scope == 0)
        let reasons = RoutingExplanation(decision, isLive: true).edges.prefix(3).map(\.reason)
        #expect(reasons == ["last resort, though ill: timed out", "last resort, though ill: refused", "last resort"])
        #expect(decision.outcome("d") == .off && decision.outcome("e") == .noAddress)
        let six = table.decide("10.0.0.1", wantsIPv6: true)
        #expect(six.names == ["e"] && six.outcome("a") == .noAddress && six.verdict == .chosen)
        let nobody = try makeTable([edge("d", "x") { $0.state = .off }]).decide("10.0.0.1")
        #expect(nobody.verdict == .nobody && nobody.names.isEmpty && nobody.scope == 0)
    }

    @Test("leaves out what is overloaded, goes further for that, and takes the least loaded when all are")
    func overload() throws {
        let table = try world()
        let near = table.decide("10.1.0.1", ["ams": .loaded(0.95)])
        #expect(near.names == ["lon"] && near.outcome("ams") == .overloaded(share: 0.95))
        let far = table.decide("10.1.0.1", ["ams": .loaded(0.95), "lon": .loaded(1.5)])
        #expect(far.names == ["nyc"])
        let all = ["ams": EdgeStatus.loaded(0.99), "lon": .loaded(1.5), "nyc": .loaded(0.91), "tok": .ill()]
        let decision = table.decide("10.1.0.1", all)
        #expect(decision.verdict == .overloaded && decision.names == ["nyc"] && decision.scope == 0)
        #expect(decision.outcome("tok") == .ill("refused"))
    }

    @Test("prefers others to an edge that is much busier than they are, once it is not calm any more")
    func balance() throws {
        let table = try makeTable([edge("a", "x"), edge("b", "x"), edge("c", "x")])
        let first = try #require(table.decide("10.0.0.1").names.first)
        let others = Set(["a", "b", "c"]).subtracting([first])
        func decide(_ busy: Double, _ rest: Double) -> RoutingDecision {
            var statuses = [first: EdgeStatus.loaded(busy)]
            for other in others { statuses[other] = .loaded(rest) }
            return table.decide("10.0.0.1", statuses)
        }
        #expect(decide(0.4, 0.0).names == [first])
        #expect(decide(0.8, 0.75).names == [first])
        let moved = decide(0.8, 0.5)
        #expect(moved.names != [first] && moved.scope == 0)
        #expect(moved.outcome(first) == .busy(share: 0.8, limit: 0.5 + (1.8 / 3 * 1.25 - 0.5)))
        // Without a report nobody knows how busy an edge is.
        #expect(table.decide("10.0.0.1", ["b": .loaded(0.8), "c": .loaded(0.8)]).names == [first])
    }

    @Test("keeps a network at its edge while that is one of the nearest and not overloaded")
    func stickiness() throws {
        let table = try makeTable(
            [edge("a", "x"), edge("b", "x"), edge("far", "y"), edge("six", "x", ["2001:db8::1"])],
            clients: ["10.0.0.0/8": "x"]
        ) { $0.stickiness = 300 }
        let first = try #require(table.decide("10.0.0.1").names.first)
        let other = first == "a" ? "b" : "a"
        #expect(table.decide("10.0.0.1").keep == first)
        let kept = table.decide("10.0.0.1", kept: other)
        #expect(kept.names == [other] && kept.keep == other && kept.outcome(first) == .spare(2))
        // Busy is no reason to move, overloaded and ill are.
        #expect(table.decide("10.0.0.1", [other: .loaded(0.85), first: .loaded(0.1)], kept: other).names == [other])
        for status in [EdgeStatus.loaded(0.95), .ill()] {
            let moved = table.decide("10.0.0.1", [other: status], kept: other)
            #expect(moved.names == [first] && moved.keep == first)
        }
        // Whoever was sent far away comes back; and an edge of the other family is kept for that.
        #expect(table.decide("10.0.0.1", kept: "far").names == [first])
        let six = table.decide("10.0.0.1", kept: "six")
        #expect(six.names == [first] && six.keep == "six")
        #expect(table.decide("10.0.0.1", kept: "gone").names == [first])
    }

    @Test("answers as many edges as the policy says, of those that are equally near")
    func answers() throws {
        let decision = try world { $0.answers = 3 }.decide("10.2.0.1")
        #expect(Set(decision.names) == ["ams", "lon"])
        // All of these have the same one.
        #expect(decision.addresses(areIPv6: false).count == 1 && decision.addresses(areIPv6: true).isEmpty)
        let places = decision.candidates.prefix(2).map(\.outcome)
        #expect(places == [.taken(1), .taken(2)])
    }

    @Test("knows no other policy, and refuses tables that contradict themselves")
    func mistakes() throws {
        let request = RoutingTable.Request(
            name: try DomainName("a."), policy: "q", client: RoutedClient(address: IPAddress("10.0.0.1")!))
        #expect(try world().decide(request, now: 0) == nil)
        #expect(throws: RoutingError.self) { try makeTable([edge("a", "x"), edge("a", "y")]) }
        #expect(throws: RoutingError.self) { try makeTable([]) }
        #expect(throws: RoutingError.self) { try world { $0.edges = ["ams", "nowhere"] } }
        let warnings = try makeTable(
            [edge("a", "x") { $0.check = "http://a" }], regions: ["x": ["nowhere"]], clients: ["10.0.0.0/8": "moon"]
        ) { $0.ttl = 2 }.warnings
        #expect(warnings.count == 3, "\(warnings)")
    }
}
