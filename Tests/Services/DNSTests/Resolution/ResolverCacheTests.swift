import TestSupport
import Testing

@testable import DNS

extension ResolverCache {
    /// Looks without a trace.
    fileprivate func peek(
        _ name: DomainName, _ type: RecordType, for address: IPAddress? = nil, trust: Trust = .answer,
        isStaleAllowed: Bool = false, now: ContinuousClock.Instant
    ) -> Hit? {
        var copy = self
        return copy.lookUp(name, type, for: address, trust: trust, isStaleAllowed: isStaleAllowed, now: now)
    }
}

@Suite("A resolver's cache")
struct ResolverCacheTests {
    private let start = ContinuousClock.now
    private let address = RecordData(IPAddress(octets: [192, 0, 2, 1])!)
    private let other = RecordData(IPAddress(octets: [192, 0, 2, 2])!)

    private func name(_ text: String) throws -> DomainName { try DomainName(text) }

    @Test("counts the time to live down to its end")
    func life() throws {
        var cache = ResolverCache()
        let www = try name("www.test.")
        cache.insert(www, .a, .records([address]), ttl: 100, trust: .answer, now: start)
        #expect(cache.peek(try name("WWW.Test."), .a, now: start)?.ttl == 100)
        let later = try #require(cache.peek(www, .a, now: start + .seconds(89)))
        #expect(later.ttl == 11 && !later.isEnding && !later.isStale)
        #expect(cache.peek(www, .a, now: start + .seconds(90))?.isEnding == true)
        #expect(cache.peek(www, .a, now: start + .seconds(100)) == nil)
        let stale = try #require(cache.peek(www, .a, isStaleAllowed: true, now: start + .seconds(100)))
        #expect(stale.isStale && stale.ttl == 30)
        #expect(cache.peek(www, .a, isStaleAllowed: true, now: start + .seconds(86_500)) == nil)
        cache.insert(www, .txt, .records([address]), ttl: 0, trust: .answer, now: start)
        #expect(cache.peek(www, .txt, now: start) == nil)
    }

    @Test("bounds times to live, those of denials closer")
    func bounds() throws {
        var cache = ResolverCache()
        let www = try name("www.test.")
        cache.insert(www, .a, .records([address]), ttl: 1 << 30, trust: .answer, now: start)
        #expect(cache.peek(www, .a, now: start)?.ttl == 86_400)
        cache.insert(www, .aaaa, .noData(nil), ttl: 1 << 30, trust: .answer, now: start)
        #expect(cache.peek(www, .aaaa, now: start)?.ttl == 10_800)
    }

    @Test("never lets what is trusted less replace what is trusted more, while that lives")
    func trust() throws {
        var cache = ResolverCache()
        let www = try name("www.test.")
        cache.insert(www, .a, .records([address]), ttl: 60, trust: .authoritativeAnswer, now: start)
        cache.insert(www, .a, .records([other]), ttl: 60, trust: .additional, now: start)
        #expect(cache.peek(www, .a, now: start)?.content == .records([address]))
        cache.insert(www, .a, .records([other]), ttl: 60, trust: .additional, now: start + .seconds(60))
        #expect(cache.peek(www, .a, now: start + .seconds(61)) == nil, "glue is no answer")
        #expect(
            cache.peek(www, .a, trust: .additional, now: start + .seconds(61))?.content == .records([other]))
        cache.insert(www, .a, .records([address]), ttl: 60, trust: .answer, now: start + .seconds(62))
        #expect(cache.peek(www, .a, now: start + .seconds(62))?.content == .records([address]))
    }

    @Test("knows that a name does not exist for every type, until it does")
    func absence() throws {
        var cache = ResolverCache()
        let www = try name("www.test.")
        cache.insert(www, .a, .nameError(nil), ttl: 60, trust: .answer, now: start)
        #expect(cache.peek(www, .mx, now: start)?.content == .nameError(nil))
        cache.insert(www, .a, .records([address]), ttl: 60, trust: .answer, now: start)
        #expect(cache.peek(www, .a, now: start)?.content == .records([address]))
        #expect(cache.peek(www, .mx, now: start) == nil)
    }

    @Test("keeps a delegation no longer than its first word, whoever repeats it")
    func delegations() throws {
        var cache = ResolverCache()
        let zone = try name("ghost.test.")
        cache.insert(zone, .ns, .records([RecordData(zone)]), ttl: 100, trust: .referral, now: start)
        cache.insert(zone, .ns, .records([RecordData(zone)]), ttl: 9_999, trust: .authority, now: start + .seconds(40))
        cache.insert(
            zone, .ns, .records([RecordData(zone)]), ttl: 9_999, trust: .authoritativeAnswer, now: start + .seconds(90))
        #expect(cache.peek(zone, .ns, trust: .referral, now: start + .seconds(90))?.ttl == 10)
        #expect(cache.peek(zone, .ns, trust: .referral, now: start + .seconds(100)) == nil)
    }

    @Test("tells networks apart, the longest prefix first")
    func networks() throws {
        var configuration = ResolverCache.Configuration()
        configuration.networks = 3
        var cache = ResolverCache(configuration)
        let www = try name("www.test.")
        func insert(_ network: String?, _ data: RecordData) {
            cache.insert(
                www, .a, .records([data]), ttl: 60, trust: .answer, network: network.flatMap { IPNetwork($0) },
                now: start)
        }
        func content(_ client: String) -> ResolverCache.Content? {
            cache.peek(www, .a, for: IPAddress(client), now: start)?.content
        }
        insert("10.0.0.0/8", address)
        #expect(content("10.1.2.3") == .records([address]) && content("11.1.2.3") == nil)
        insert("10.1.0.0/16", other)
        #expect(content("10.1.2.3") == .records([other]) && content("10.2.2.3") == .records([address]))
        insert(nil, other)
        #expect(content("11.1.2.3") == .records([other]) && content("10.2.2.3") == .records([address]))
        #expect(cache.peek(www, .a, now: start)?.content == .records([other]))
        for number in 0..<50 { insert("10.\(number).7.0/24", address) }
        #expect(cache.octets < 2_000)
    }

    @Test("holds no more than it may, and what is asked for longest")
    func eviction() throws {
        var configuration = ResolverCache.Configuration()
        configuration.entries = 100
        var cache = ResolverCache(configuration)
        let hot = try name("hot.test.")
        cache.insert(hot, .a, .records([address]), ttl: 600, trust: .answer, now: start)
        for number in 0..<10_000 {
            cache.insert(
                try name("n\(number).test."), .a, .records([address]), ttl: 600, trust: .answer, now: start)
            let hit = cache.lookUp(hot, .a, now: start)
            #expect(cache.count <= 100 && hit != nil)
        }
        configuration.octets = 10_000
        cache = ResolverCache(configuration)
        for number in 0..<1_000 {
            let large = RecordData(texts: [String(repeating: "x", count: 200)])
            cache.insert(try name("n\(number).test."), .txt, .records([large]), ttl: 600, trust: .answer, now: start)
            #expect(cache.octets <= 10_000 && cache.count > 0)
        }
    }
}

@Suite("A resolver's cache, Randomised")
struct RandomisedResolverCacheTests {
    @Test("never says what was not said, nor longer, and counts its octets")
    func model() throws {
        var generator = SeededGenerator(seed: 7)
        let start = ContinuousClock.now
        var configuration = ResolverCache.Configuration()
        (configuration.entries, configuration.staleTime) = (12, 0)
        var cache = ResolverCache(configuration)
        let names = try (0..<20).map { try DomainName("n\($0).test.") }
        var said: [DomainName: [RecordData: ContinuousClock.Instant]] = [:]
        var now = start
        for _ in 0..<fuzzRounds(default: 5_000) {
            now += .milliseconds(Int64.random(in: 0...2_000, using: &generator))
            let name = names[Int.random(in: 0..<20, using: &generator)]
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let data = RecordData(
                    IPAddress(octets: (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) })!)
                let ttl = UInt32.random(in: 0...20, using: &generator)
                cache.insert(
                    name, .a, .records([data]), ttl: ttl,
                    trust: ResolverCache.Trust(rawValue: UInt8.random(in: 0...4, using: &generator)) ?? .answer,
                    network: Bool.random(using: &generator) ? IPNetwork("10.0.0.0/8") : nil, now: now)
                said[name, default: [:]][data] = now + .seconds(Int64(ttl))
            case 5: cache.remove(name, .a)
            default:
                let client = Bool.random(using: &generator) ? IPAddress("10.1.1.1") : nil
                guard let hit = cache.peek(name, .a, for: client, now: now) else { continue }
                guard case .records(let data) = hit.content, let end = said[name]?[data[0]] else {
                    Issue.record("nobody said that")
                    continue
                }
                #expect(now + .seconds(Int64(hit.ttl)) <= end + .seconds(1) && hit.ttl > 0)
                #expect(hit.trust >= .answer)
            }
            #expect(cache.count <= 12 && cache.octets >= 0)
        }
        for name in names { cache.remove(name, .a) }
        #expect(cache.count == 0 && cache.octets == 0)
    }
}
