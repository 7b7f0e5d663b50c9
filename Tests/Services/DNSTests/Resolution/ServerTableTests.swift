import TestSupport
import Testing

@testable import DNS

@Suite("What a resolver knows of servers")
struct ServerTableTests {
    private let now = ContinuousClock.now
    private let fast = ServerAddress(IPAddress(octets: [10, 0, 0, 1])!)
    private let slow = ServerAddress(IPAddress(octets: [10, 0, 0, 2])!)
    private let silent = ServerAddress(IPAddress(octets: [10, 0, 0, 3])!)
    private let unknown = ServerAddress(IPAddress(octets: [10, 0, 0, 4])!)

    private func choices(_ table: ServerTable, _ servers: [ServerAddress], zone: DomainName = .root) -> [ServerAddress:
        Int]
    {
        var generator = SeededGenerator(seed: 3)
        var counts: [ServerAddress: Int] = [:]
        for _ in 0..<2_000 {
            if let server = table.choose(among: servers, zone: zone, now: now, using: &generator) {
                counts[server, default: 0] += 1
            }
        }
        return counts
    }

    @Test("sends most questions to the fastest, a few to each other, none to those that are silent")
    func selection() {
        var table = ServerTable()
        table.answered(fast, after: .milliseconds(5), withEDNS: true, now: now)
        table.answered(slow, after: .milliseconds(80), withEDNS: true, now: now)
        for _ in 1...3 { table.timedOut(silent, now: now) }
        let counts = choices(table, [fast, slow, silent])
        #expect(counts[fast, default: 0] > 1_900 && (20...100).contains(counts[slow, default: 0]))
        #expect(counts[silent] == nil)
        // Whoever is not known yet is tried soon.
        #expect(choices(table, [slow, unknown])[unknown, default: 0] > 1_800)
        // Better than none.
        #expect(choices(table, [silent]) == [silent: 2_000])
    }

    @Test("passes over those that do not serve a zone, for that zone")
    func lameness() throws {
        var table = ServerTable()
        let zone = try DomainName("test.")
        table.isLame(fast, for: zone, now: now)
        #expect(choices(table, [fast, slow], zone: zone)[fast] == nil)
        #expect(choices(table, [fast, slow])[fast] != nil)
        #expect(!table.isLame(fast, zone, now + .seconds(301)))
    }

    @Test("waits longer after each silence, and as long as answers take")
    func timeouts() {
        var table = ServerTable()
        #expect(table.timeout(fast) == .milliseconds(400))
        table.timedOut(fast, now: now)
        #expect(table.timeout(fast) == .milliseconds(800))
        for _ in 1...10 { table.timedOut(fast, now: now) }
        #expect(table.timeout(fast) == .milliseconds(1_500))
        for _ in 1...20 { table.answered(fast, after: .milliseconds(2), withEDNS: true, now: now) }
        #expect(table.timeout(fast) == .milliseconds(250))
        for _ in 1...50 { table.answered(slow, after: .milliseconds(500), withEDNS: true, now: now) }
        #expect((.milliseconds(500)...(.milliseconds(700))).contains(table.timeout(slow)))
    }

    @Test("forgets that a server does not know EDNS, and remembers no more servers than it may")
    func memory() {
        var table = ServerTable()
        table.lacksEDNS(fast, now: now)
        #expect(!table.usesEDNS(fast, now) && table.usesEDNS(fast, now + .seconds(3_601)))
        for number in 0..<50_000 as Range<UInt32> {
            let octets = [10, UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)]
            table.avoid(ServerAddress(IPAddress(octets: octets)!), now: now)
        }
        #expect(table.count <= ServerTable.capacity)
    }
}
