/// All addresses of one family, cut where the longest matching prefix gives another value: neighbours with the same value
/// are one cell.
///
/// That tells at once how much of an address an answer depends on (RFC 7871 §7.2.1): the largest block around it that lies
/// within its cell. Prefixes that overlap need no further thought.
struct AddressCells: Sendable {
    private let width: Int
    /// First addresses of cells, the least first; the first one is 0.
    private let starts: [UInt128]
    private let values: [Int]

    /// - Parameters:
    ///   - entries: prefixes and their values, in any order, each prefix once.
    ///   - width: bits of an address.
    ///   - rest: the value of addresses without a prefix.
    init(_ entries: [(first: UInt128, length: Int, value: Int)], width: Int, rest: Int) {
        var (starts, values): ([UInt128], [Int]) = ([], [])
        func begin(_ start: UInt128, _ value: Int) {
            if starts.last == start {
                starts.removeLast()
                values.removeLast()
            }
            guard values.last != value else { return }
            starts.append(start)
            values.append(value)
        }
        // Prefixes that are open where the sweep is, the longest last.
        var open: [(last: UInt128, value: Int)] = []
        func close(_ last: UInt128) {
            open.removeLast()
            if last < AddressNumber.hostMask(0, width: width) { begin(last + 1, open.last?.value ?? rest) }
        }
        begin(0, rest)
        for entry in entries.sorted(by: { ($0.first, $0.length) < ($1.first, $1.length) }) {
            while let last = open.last?.last, last < entry.first { close(last) }
            begin(entry.first, entry.value)
            open.append((entry.first | AddressNumber.hostMask(entry.length, width: width), entry.value))
        }
        while let last = open.last?.last { close(last) }
        self.width = width
        self.starts = starts
        self.values = values
    }

    var count: Int { starts.count }

    /// An address's value, and the bits of it that this depends on: 0 when all addresses have the same.
    func find(_ number: UInt128) -> (value: Int, scope: Int) {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= number { low = middle } else { high = middle }
        }
        // Both neighbours have to be out of the block.
        var scope = 0
        if low > 0 {
            scope = AddressNumber.commonPrefix(number, starts[low] - 1, width: width) + 1
        }
        if low + 1 < starts.count {
            scope = max(scope, AddressNumber.commonPrefix(number, starts[low + 1], width: width) + 1)
        }
        return (values[low], scope)
    }
}
