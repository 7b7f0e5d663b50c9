/// Values under keys, within a total weight and a number; the least recently used go first.
///
/// Recency is a counter at each entry; the oldest eighth is found by sorting when a bound is passed, so that a use
/// costs one increment and an eviction little on average.
struct RecencyTable<Value> {
    private struct Entry {
        var value: Value
        var weight: Int
        var counts: Bool
        var lastUse: UInt64
    }

    private var entries: [ObjectKey: Entry] = [:]
    private let maximumWeight: Int
    private let maximumCount: Int
    private var weight = 0
    private var count = 0
    private var clock: UInt64 = 0

    /// - Parameters:
    ///   - weight: the sum of weights that is kept.
    ///   - count: how many entries that count are kept; the others are held to sixteen times as many.
    init(weight: Int, count: Int) {
        maximumWeight = weight
        maximumCount = count
    }

    /// The value of `key`, when `condition` holds; else it is dropped.
    mutating func value(_ key: ObjectKey, if condition: (Value) -> Bool) -> Value? {
        guard let index = entries.index(forKey: key) else { return nil }
        guard condition(entries.values[index].value) else {
            remove(key)
            return nil
        }
        clock += 1
        entries.values[index].lastUse = clock
        return entries.values[index].value
    }

    /// Keeps a value, unless it alone outweighs the table.
    mutating func insert(_ key: ObjectKey, _ value: Value, weight: Int, counts: Bool) {
        remove(key)
        guard weight <= maximumWeight, maximumCount > 0 else { return }
        clock += 1
        entries[key] = Entry(value: value, weight: weight, counts: counts, lastUse: clock)
        self.weight += weight
        count += counts ? 1 : 0
        if isOverfull { evict() }
    }

    private var isOverfull: Bool {
        weight > maximumWeight || count > maximumCount || entries.count > maximumCount * 16
    }

    private mutating func remove(_ key: ObjectKey) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        weight -= entry.weight
        count -= entry.counts ? 1 : 0
    }

    private mutating func evict() {
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.map(\.key)
        for (index, key) in oldest.dropLast().enumerated() where isOverfull || index < oldest.count / 8 {
            remove(key)
        }
    }
}
