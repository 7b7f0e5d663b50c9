import HTTPCache
import Testing

/// What S3-FIFO is compared with: whatever was not used for longest goes first.
private struct LeastRecentlyUsed: EvictionPolicy {
    private var keys: [Int: Int] = [:]
    /// Slots, in the order of their last use.
    private var order: [Int] = []
    private var last = 0

    mutating func insert(_ key: Int, weight: Int) -> Int {
        last += 1
        keys[last] = key
        order.append(last)
        return last
    }

    mutating func use(_ slot: Int) {
        order.removeAll { $0 == slot }
        order.append(slot)
    }

    mutating func remove(_ slot: Int) {
        order.removeAll { $0 == slot }
        keys[slot] = nil
    }

    mutating func evict() -> Int? { order.isEmpty ? nil : keys.removeValue(forKey: order.removeFirst()) }
}

@Suite("Eviction")
struct EvictionTests {
    /// The share of hits on a hundred popular keys, with as many others asked for once between two rounds.
    private func hitRatio(_ policy: some EvictionPolicy<Int>) -> Double {
        var cache = BoundedCache<_, Int>(capacity: 150, policy: policy)
        var hits = 0
        for round in 0..<50 {
            for key in 0..<100 {
                if cache.value(key) != nil { hits += 1 } else { _ = cache.insert(key, key, weight: 1) }
                let scanned = 1000 + round * 100 + key
                if cache.value(scanned) == nil { _ = cache.insert(scanned, scanned, weight: 1) }
            }
        }
        return Double(hits) / 5000
    }

    @Test("A scan flushes LRU and leaves S3-FIFO's popular objects alone")
    func scanResistance() {
        #expect(hitRatio(LeastRecentlyUsed()) < 0.05)
        #expect(hitRatio(S3FIFO<Int>()) > 0.9)
    }

    /// Any order of changes keeps the bound, and the cache has exactly what it says it has.
    private func checkBounds(_ policy: some EvictionPolicy<Int>, seed: UInt64) {
        var cache = BoundedCache<_, Int>(capacity: 1000, policy: policy)
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var reserved = 0
        var weights: [Int: Int] = [:]
        for _ in 0..<20_000 {
            let key = random(200)
            switch random(6) {
            case 0, 1:
                let weight = random(120)
                if cache.insert(key, weight, weight: weight) { weights[key] = weight } else { weights[key] = nil }
            case 2: cache.remove(key)
            case 3:
                let bytes = random(400)
                if cache.reserve(bytes) { reserved += bytes }
            case 4:
                cache.release(reserved)
                reserved = 0
            default: if let value = cache.value(key) { #expect(value == weights[key]) }
            }
            #expect(cache.weight + cache.reserved <= 1000)
            #expect(cache.reserved == reserved)
        }
        let held = (0..<200).compactMap { cache.peek($0) }
        #expect(held.count == cache.count)
        #expect(held.reduce(0, +) == cache.weight)
    }

    @Test("The bound holds under random changes", arguments: 1...3 as ClosedRange<UInt64>)
    func bounds(seed: UInt64) {
        checkBounds(LeastRecentlyUsed(), seed: seed)
        checkBounds(S3FIFO<Int>(), seed: seed)
    }

    @Test("What has no room is not stored")
    func tooLarge() {
        var cache = BoundedCache<_, String>(capacity: 10, policy: S3FIFO<String>())
        let inserted = [10, 11].map { cache.insert("\($0)", "\($0)", weight: $0) }
        #expect(inserted == [true, false])
        #expect(cache.peek("10") == "10")
        let reserved = [11, 10].map { cache.reserve($0) }
        #expect(reserved == [false, true])
        #expect(cache.peek("10") == nil)
        let insertedLater = cache.insert("c", "c", weight: 1)
        #expect(!insertedLater)
        #expect(cache.evictions == 1)
    }
}
