/// Puts results that come in any order back into that of the matrix.
struct OrderedResults<Value> {
    private var next: Int
    private var waiting: [Int: Value] = [:]

    /// - Parameter first: the place of the first result.
    init(from first: Int) { next = first }

    /// How many results were given out, and how many were skipped before them.
    var given: Int { next }

    /// Takes the result at `index` and gives those out whose turn it is.
    mutating func add(_ value: Value, at index: Int) -> [Value] {
        waiting[index] = value
        var ready: [Value] = []
        while let value = waiting.removeValue(forKey: next) {
            ready.append(value)
            next += 1
        }
        return ready
    }
}
