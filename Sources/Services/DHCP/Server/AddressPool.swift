/// The addresses of a subnet that any client can get, without exclusions: they are counted, not listed, so that a pool may
/// be as large as it likes.
struct AddressPool: Sendable {
    private let ranges: [ClosedRange<UInt32>]
    /// Addresses.
    let count: Int
    /// Addresses that were looked at since the start; beyond are those that nobody has had.
    private var cursor = 0
    /// Addresses that somebody has had, the longest free first, each once. Not all of them need still be free.
    private var returned: [IPv4Address] = []
    private var returnedStart = 0
    private var isReturned: Set<IPv4Address> = []

    init(_ pools: [ClosedRange<IPv4Address>], without exclusions: [ClosedRange<IPv4Address>]) {
        var ranges = pools.map { $0.lowerBound.rawValue...$0.upperBound.rawValue }.sorted {
            $0.lowerBound < $1.lowerBound
        }
        for exclusion in exclusions {
            let (low, high) = (exclusion.lowerBound.rawValue, exclusion.upperBound.rawValue)
            ranges = ranges.flatMap { range -> [ClosedRange<UInt32>] in
                guard range.overlaps(low...high) else { return [range] }
                var rest: [ClosedRange<UInt32>] = []
                if range.lowerBound < low { rest.append(range.lowerBound...low - 1) }
                if high < range.upperBound { rest.append(high + 1...range.upperBound) }
                return rest
            }
        }
        self.ranges = ranges
        count = ranges.reduce(0) { $0 + $1.count }
    }

    func contains(_ address: IPv4Address) -> Bool {
        // Mostly one range.
        ranges.contains { $0.contains(address.rawValue) }
    }

    /// Notes that an address is free again.
    mutating func give(back address: IPv4Address) {
        if contains(address), isReturned.insert(address).inserted { returned.append(address) }
    }

    /// The next address: one that nobody has had, else the one that is free for the longest time.
    ///
    /// - Parameters:
    ///   - isNew: whether nothing is known of an address.
    ///   - isFree: whether an address that was given back has not been taken since.
    mutating func next(isNew: (IPv4Address) -> Bool, isFree: (IPv4Address) -> Bool) -> IPv4Address? {
        while let address = address(at: cursor) {
            cursor += 1
            if isNew(address) { return address }
        }
        while returnedStart < returned.count {
            let address = returned[returnedStart]
            returnedStart += 1
            isReturned.remove(address)
            if returnedStart > 1_024, returnedStart > returned.count / 2 {
                returned.removeFirst(returnedStart)
                returnedStart = 0
            }
            if isFree(address) { return address }
        }
        return nil
    }

    private func address(at index: Int) -> IPv4Address? {
        var index = index
        for range in ranges {
            if index < range.count { return IPv4Address(rawValue: range.lowerBound + UInt32(index)) }
            index -= range.count
        }
        return nil
    }
}
