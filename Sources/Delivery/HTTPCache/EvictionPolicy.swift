/// Chooses what a full cache gives up. It knows keys and weights, not values.
///
/// Whoever inserts gets a slot, a small number that stands for the key until it is removed or evicted, so that a use
/// costs no hashing.
package protocol EvictionPolicy<Key>: Sendable {
    associatedtype Key: Hashable & Sendable

    /// Takes up a key that it does not hold.
    mutating func insert(_ key: Key, weight: Int) -> Int
    /// The key in `slot` was used.
    mutating func use(_ slot: Int)
    /// Forgets the key in `slot`.
    mutating func remove(_ slot: Int)
    /// Gives up one key; nil when it holds none.
    mutating func evict() -> Key?
}

/// S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): a small queue for newcomers, a
/// main queue for what was asked for again, and the hashes of what left the small one. Objects asked for once, such as
/// one viewer's segments, pass through a tenth of the cache and leave the rest alone.
package struct S3FIFO<Key: Hashable & Sendable>: EvictionPolicy {
    private static var small: Int { 0 }
    private static var main: Int { 1 }
    /// The part of the weight that newcomers may hold before they are the ones to go.
    private static var smallFraction: Int { 10 }

    private var queues = LinkedQueues<Key>(count: 2)
    private var ghosts = GhostQueue()

    package init() {}

    package mutating func insert(_ key: Key, weight: Int) -> Int {
        queues.append(key, weight: weight, to: ghosts.remove(key.hashValue) ? Self.main : Self.small)
    }

    package mutating func use(_ slot: Int) { queues.raiseFrequency(slot, upTo: 3) }

    package mutating func remove(_ slot: Int) { queues.remove(slot) }

    package mutating func evict() -> Key? {
        while true {
            let total = queues.weight(of: Self.small) + queues.weight(of: Self.main)
            let smallIsFull = queues.weight(of: Self.small) * Self.smallFraction >= total
            if smallIsFull || queues.first(of: Self.main) == nil, let slot = queues.first(of: Self.small) {
                if queues.frequency(slot) > 0 {
                    queues.setFrequency(slot, 0)
                    queues.move(slot, to: Self.main)
                    continue
                }
                let key = queues.key(slot)
                queues.remove(slot)
                // As many as the cache holds: before the main queue has filled, nothing else would bring it members.
                let limit = max(queues.count(of: Self.small) + queues.count(of: Self.main), 64)
                if let key { ghosts.append(key.hashValue, limit: limit) }
                return key
            }
            guard let slot = queues.first(of: Self.main) else { return nil }
            if queues.frequency(slot) > 0 {
                queues.setFrequency(slot, queues.frequency(slot) - 1)
                queues.move(slot, to: Self.main)
                continue
            }
            let key = queues.key(slot)
            queues.remove(slot)
            return key
        }
    }
}
