/// Counts who does something that takes memory, so that nobody keeps the others from it.
struct Seats<Key: Hashable & Sendable>: Sendable {
    private let total: Int
    private let perKey: Int
    private var taken: [Key: Int] = [:]
    private var count = 0

    /// - Parameters:
    ///   - total: of all at once.
    ///   - perKey: of one at once.
    init(total: Int, perKey: Int) {
        self.total = total
        self.perKey = perKey
    }

    /// Takes a seat; false when there is none.
    mutating func take(_ key: Key) -> Bool {
        guard count < total, taken[key, default: 0] < perKey else { return false }
        taken[key, default: 0] += 1
        count += 1
        return true
    }

    mutating func leave(_ key: Key) {
        guard let left = taken[key] else { return }
        taken[key] = left > 1 ? left - 1 : nil
        count -= 1
    }
}
