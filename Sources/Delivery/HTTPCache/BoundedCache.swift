/// Values under keys, within a number of bytes; an ``EvictionPolicy`` says what goes.
package struct BoundedCache<Policy: EvictionPolicy, Value: Sendable>: Sendable {
    package typealias Key = Policy.Key

    private struct Entry: Sendable {
        var value: Value
        var weight: Int
        var slot: Int
    }

    private var entries: [Key: Entry] = [:]
    private var policy: Policy
    /// The most that all values may weigh together, reservations included, in bytes.
    package let capacity: Int
    /// What the values weigh.
    package private(set) var weight = 0
    /// What is set aside for values that are still arriving.
    package private(set) var reserved = 0
    /// How many values were given up for others.
    package private(set) var evictions = 0

    package init(capacity: Int, policy: Policy) {
        self.capacity = capacity
        self.policy = policy
    }

    package var count: Int { entries.count }

    /// A value, and a use of it.
    package mutating func value(_ key: Key) -> Value? {
        guard let entry = entries[key] else { return nil }
        policy.use(entry.slot)
        return entry.value
    }

    /// A value, without a use.
    package func peek(_ key: Key) -> Value? { entries[key]?.value }

    /// Sets bytes aside, giving up values for them; false when even an empty cache has no room.
    package mutating func reserve(_ bytes: Int) -> Bool {
        guard bytes >= 0, bytes <= capacity - reserved else { return false }
        reserved += bytes
        makeRoom()
        return true
    }

    /// Gives back what ``reserve(_:)`` set aside.
    package mutating func release(_ bytes: Int) { reserved -= bytes }

    /// Stores a value in place of the key's old one; false, and no value stored, when it has no room.
    package mutating func insert(_ key: Key, _ value: Value, weight: Int) -> Bool {
        if let old = entries[key], old.weight == weight {
            // A response that was validated: the same weight, and its history stays.
            entries[key]?.value = value
            return true
        }
        remove(key)
        guard weight <= capacity - reserved else { return false }
        self.weight += weight
        makeRoom()
        entries[key] = Entry(value: value, weight: weight, slot: policy.insert(key, weight: weight))
        return true
    }

    @discardableResult
    /// Takes a value out; nil when there is none. It does not count as given up.
    package mutating func remove(_ key: Key) -> Value? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        policy.remove(entry.slot)
        weight -= entry.weight
        return entry.value
    }

    private mutating func makeRoom() {
        while weight + reserved > capacity, let key = policy.evict() {
            guard let entry = entries.removeValue(forKey: key) else { continue }
            weight -= entry.weight
            evictions += 1
        }
    }
}
