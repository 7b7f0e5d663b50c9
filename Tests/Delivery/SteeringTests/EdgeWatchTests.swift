import CoreMetrics
import DNS
import Logging
import Metrics
import Routing
import Synchronization
import Testing

@testable import Steering

private let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// A clock that a test moves.
private final class TestClock: Sendable {
    private let time = Mutex(0.0)

    var now: Double {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}

@Suite("A watch over edges")
struct EdgeWatchTests {
    private let clock = TestClock()

    private func edge(_ name: String, _ location: String, _ addresses: [String]) throws -> RoutedEdge {
        RoutedEdge(
            name: name, addresses: addresses.compactMap { IPAddress($0) }, location: try #require(Location(location)))
    }

    private func table(
        _ edges: [RoutedEdge], _ change: (inout RoutingPolicy) -> Void = { _ in }
    ) throws -> RoutingTable {
        var policy = RoutingPolicy(name: "nearest")
        policy.ttl = 5
        change(&policy)
        let clients = ClientMap([
            try #require(IPNetwork("10.1.0.0/16")): try #require(Location("eu")),
            try #require(IPNetwork("10.2.0.0/16")): try #require(Location("us")),
        ])
        return try RoutingTable(edges: edges, clients: clients, policies: [policy])
    }

    private func watch(_ table: RoutingTable) -> EdgeWatch {
        EdgeWatch(table: table, metrics: SteeringMetrics(factory: NOOPMetricsHandler.instance), logger: silent) {
            [clock] in clock.now
        }
    }

    private func ask(
        _ watch: EdgeWatch, _ client: String, type: RecordType = .a, policy: String = "nearest"
    ) throws -> TailoredAnswer? {
        let network = try #require(IPNetwork(client))
        return watch.answer(
            to: TailoredQuestion(
                name: try DomainName("video.cdn.test."), type: type, policy: policy, client: network.address,
                bits: network.prefix, isResolver: false))
    }

    @Test("answers with the nearest edge that is well")
    func answers() throws {
        let (eu, us) = (try edge("eu1", "eu", ["192.0.2.1", "2001:db8::1"]), try edge("us1", "us", ["192.0.2.2"]))
        let watch = watch(try table([eu, us]))
        #expect(
            try ask(watch, "10.1.2.0/24") == .init(addresses: [#require(IPAddress("192.0.2.1"))], ttl: 5, scope: 16))
        #expect(try ask(watch, "10.2.2.0/24")?.addresses.first?.description == "192.0.2.2")
        #expect(try ask(watch, "10.2.2.0/24", type: .aaaa)?.addresses.first?.description == "2001:db8::1")
        #expect(try ask(watch, "10.2.2.0/24", policy: "other") == nil)
        watch.checked(eu, "refused")
        #expect(try ask(watch, "10.1.2.0/24")?.addresses.first?.description == "192.0.2.2")
        #expect(watch.fault() == nil)
        watch.checked(us, "refused")
        #expect(try ask(watch, "10.1.2.0/24")?.addresses.count == 2)
        #expect(watch.fault() == "no edge is well: eu1, us1")
        watch.checked(eu, nil)
        watch.checked(eu, nil)
        #expect(try ask(watch, "10.2.2.0/24")?.addresses.first?.description == "192.0.2.1")
        // What nobody has looked at for long may be used.
        clock.now = 60
        #expect(try ask(watch, "10.2.2.0/24")?.addresses.first?.description == "192.0.2.2")
    }

    @Test("forgets what it knew of an edge that has become another, and keeps it of others")
    func replacement() throws {
        let (eu, us) = (try edge("eu1", "eu", ["192.0.2.1"]), try edge("us1", "us", ["192.0.2.2"]))
        let watch = watch(try table([eu, us]))
        watch.checked(eu, "refused")
        watch.checked(us, "refused")
        let moved = try edge("eu1", "eu", ["192.0.2.9"])
        watch.replace(try table([moved, us]) { $0.ttl = 9 })
        #expect(watch.report().map(\.health) == ["unknown", "ill"])
        #expect(try ask(watch, "10.2.0.0/16") == .init(addresses: moved.addresses, ttl: 9, scope: 16))
        // A check of the old one that ends only now says nothing of the new one.
        watch.checked(eu, "refused")
        #expect(watch.report().map(\.health) == ["unknown", "ill"])
    }

    @Test("keeps a network at its edge, for as long as the policy says")
    func stickiness() throws {
        let edges = try ["a", "b"].map { try edge($0, "eu", ["192.0.2.\($0 == "a" ? 1 : 2)"]) }
        let watch = watch(try table(edges) { $0.stickiness = 100 })
        let first = try #require(try ask(watch, "10.1.2.0/24")).addresses
        let preferred = try #require(edges.first { $0.addresses == first })
        watch.checked(preferred, "refused")
        let second = try #require(try ask(watch, "10.1.2.0/24")).addresses
        #expect(first != second)
        watch.checked(preferred, nil)
        watch.checked(preferred, nil)
        // Who was moved stays; who comes now gets what hashing says.
        #expect(try ask(watch, "10.1.2.0/24") == .init(addresses: second, ttl: 5, scope: 24))
        #expect(try ask(watch, "10.1.3.0/24")?.addresses == first)
        clock.now = 99
        #expect(try ask(watch, "10.1.2.0/24")?.addresses == second)
        clock.now = 198
        #expect(try ask(watch, "10.1.2.0/24")?.addresses == second)
        clock.now = 298
        #expect(try ask(watch, "10.1.2.0/24")?.addresses == first)
    }

    @Test("explains without remembering")
    func explanation() throws {
        let edges = try ["a", "b"].map { try edge($0, "eu", ["192.0.2.1"]) }
        let watch = watch(try table(edges) { $0.stickiness = 100 })
        let client = RoutedClient(address: try #require(IPAddress("10.1.2.3")))
        let name = try DomainName("video.cdn.test.")
        let decision = try #require(watch.decide(name, policy: "nearest", client: client, wantsIPv6: false))
        let taken = try #require(decision.edges.first)
        watch.checked(taken, "status 503")
        let other = try #require(watch.decide(name, policy: "nearest", client: client, wantsIPv6: false))
        #expect(!other.candidates.contains { $0.isKept })
        let explanation = RoutingExplanation(other, isLive: true)
        #expect(explanation.edges.last?.reason == "ill: status 503" && explanation.edges.first?.isTaken == true)
        #expect(explanation.client.network == "10.1.0.0/16" && explanation.verdict == "chosen")
    }
}
