/// Several first-in-first-out queues whose members can move between them and leave from anywhere, all in constant time.
/// Members live in one array, linked by index.
struct LinkedQueues<Key: Hashable & Sendable>: Sendable {
    private struct Node: Sendable {
        var key: Key?
        var weight = 0
        var frequency: UInt8 = 0
        var queue = 0
        var previous = -1
        var next = -1
    }

    private struct Queue: Sendable {
        var first = -1
        var last = -1
        var weight = 0
        var count = 0
    }

    private var nodes: [Node] = []
    private var free: [Int] = []
    private var queues: [Queue]

    init(count: Int) { queues = Array(repeating: Queue(), count: count) }

    func weight(of queue: Int) -> Int { queues[queue].weight }
    func count(of queue: Int) -> Int { queues[queue].count }
    func first(of queue: Int) -> Int? { queues[queue].first >= 0 ? queues[queue].first : nil }
    func key(_ slot: Int) -> Key? { nodes[slot].key }
    func frequency(_ slot: Int) -> UInt8 { nodes[slot].frequency }

    mutating func setFrequency(_ slot: Int, _ frequency: UInt8) { nodes[slot].frequency = frequency }

    mutating func raiseFrequency(_ slot: Int, upTo maximum: UInt8) {
        if nodes[slot].frequency < maximum { nodes[slot].frequency += 1 }
    }

    /// Adds a member at a queue's end.
    mutating func append(_ key: Key, weight: Int, to queue: Int) -> Int {
        let node = Node(key: key, weight: weight)
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            nodes[slot] = node
        } else {
            slot = nodes.count
            nodes.append(node)
        }
        link(slot, to: queue)
        return slot
    }

    /// Moves a member to a queue's end.
    mutating func move(_ slot: Int, to queue: Int) {
        unlink(slot)
        link(slot, to: queue)
    }

    mutating func remove(_ slot: Int) {
        unlink(slot)
        nodes[slot] = Node(key: nil)
        free.append(slot)
    }

    private mutating func link(_ slot: Int, to queue: Int) {
        nodes[slot].queue = queue
        nodes[slot].previous = queues[queue].last
        nodes[slot].next = -1
        if queues[queue].last >= 0 { nodes[queues[queue].last].next = slot } else { queues[queue].first = slot }
        queues[queue].last = slot
        queues[queue].weight += nodes[slot].weight
        queues[queue].count += 1
    }

    private mutating func unlink(_ slot: Int) {
        let node = nodes[slot]
        precondition(node.key != nil, "a slot is used after it was given up")
        if node.previous >= 0 { nodes[node.previous].next = node.next } else { queues[node.queue].first = node.next }
        if node.next >= 0 { nodes[node.next].previous = node.previous } else { queues[node.queue].last = node.previous }
        queues[node.queue].weight -= node.weight
        queues[node.queue].count -= 1
    }
}

/// Hashes of keys that were given up lately.
struct GhostQueue: Sendable {
    private var order: [Int] = []
    private var head = 0
    private var members: [Int: Int] = [:]

    /// Adds a hash and forgets the oldest ones beyond `limit`.
    mutating func append(_ hash: Int, limit: Int) {
        order.append(hash)
        members[hash, default: 0] += 1
        while order.count - head > limit {
            forget(order[head])
            head += 1
        }
        // Removed hashes stay in the order until their turn; the front is cut off when it is most of the array.
        if head > 1024, head > order.count / 2 {
            order.removeFirst(head)
            head = 0
        }
    }

    /// Whether the hash was there; it is not afterwards.
    mutating func remove(_ hash: Int) -> Bool { members.removeValue(forKey: hash) != nil }

    private mutating func forget(_ hash: Int) {
        guard let count = members[hash] else { return }
        members[hash] = count > 1 ? count - 1 : nil
    }
}
