/// Addresses by the time when something happens to them, the earliest first: a binary heap.
struct DeadlineQueue: Sendable {
    struct Entry: Sendable {
        var time: Double
        var address: IPv4Address
    }

    private var entries: [Entry] = []

    var first: Entry? { entries.first }
    var count: Int { entries.count }

    init(_ entries: some Sequence<Entry> = []) {
        // A sorted row is a heap.
        self.entries = entries.sorted { $0.time < $1.time }
    }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var place = entries.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard entries[place].time < entries[parent].time else { return }
            entries.swapAt(place, parent)
            place = parent
        }
    }

    mutating func popFirst() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var place = 0
        while true {
            var smallest = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < entries.count && entries[child].time < entries[smallest].time {
                smallest = child
            }
            guard smallest != place else { return first }
            entries.swapAt(place, smallest)
            place = smallest
        }
    }
}
