package import DNS

/// Which edges clients' networks keep, as many as there is room for.
///
/// Two generations: what is asked for moves into the present one; when that is full it becomes the old one, and what was in
/// that and nobody asked for is forgotten. Each operation takes the same short time.
package struct StickyEdges: Sendable {
    /// A name, and who asks for it.
    package struct Key: Sendable, Hashable {
        package var name: DomainName
        package var network: IPNetwork

        package init(name: DomainName, network: IPNetwork) {
            self.name = name
            self.network = network
        }
    }

    private struct Entry: Sendable {
        var edge: String
        var end: Double
    }

    private let capacity: Int
    private var present: [Key: Entry] = [:]
    private var old: [Key: Entry] = [:]

    /// - Parameter capacity: entries of one generation; at least 1.
    package init(capacity: Int = 100_000) { self.capacity = max(1, capacity) }

    package var count: Int { present.count + old.count }

    /// The edge that a network keeps; nil for none.
    ///
    /// - Parameters:
    ///   - key: the network, and what it asks for.
    ///   - now: seconds of any clock that does not go back.
    package func edge(for key: Key, now: Double) -> String? {
        guard let entry = present[key] ?? old[key], entry.end > now else { return nil }
        return entry.edge
    }

    /// A network keeps an edge until `end`.
    package mutating func keep(_ edge: String, for key: Key, until end: Double) {
        old[key] = nil
        present[key] = Entry(edge: edge, end: end)
        guard present.count > capacity else { return }
        old = present
        present = [:]
    }
}
