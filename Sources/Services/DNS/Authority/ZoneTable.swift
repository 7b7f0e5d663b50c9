/// The zones that a server answers for, by name.
package struct ZoneTable: Sendable {
    private var zones: [DomainName: Zone] = [:]
    /// Labels of the longest and the shortest name.
    private var depths = 0...0

    package init(_ zones: some Sequence<Zone> = []) {
        for zone in zones { self.zones[zone.origin] = zone }
        let counts = self.zones.keys.map(\.labelCount)
        if let least = counts.min(), let most = counts.max() { depths = least...most }
    }

    package var all: [Zone] { zones.values.sorted { $0.origin < $1.origin } }

    /// The zone of exactly this name.
    package func zone(named name: DomainName) -> Zone? { zones[name] }

    /// The zone that answers for a name: the nearest one at or above it, above it if the type is one that the parent has
    /// (RFC 4035 §3.1.4.1).
    package func zone(for name: DomainName, _ type: RecordType) -> Zone? {
        var count = min(name.labelCount, depths.upperBound)
        var fallback: Zone?
        while count >= depths.lowerBound {
            if let zone = zones[name.suffix(count)] {
                guard type == .ds, zone.origin == name, !name.isRoot else { return zone }
                fallback = zone
            }
            count -= 1
        }
        return fallback
    }
}
