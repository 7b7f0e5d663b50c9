/// The zones that a server answers for, by name.
package struct ZoneTable: Sendable {
    /// A zone; nil where the server should have one but has none that it may answer from: a copy that never came, or is
    /// too old.
    private var zones: [DomainName: Zone?] = [:]
    /// Labels of the longest and the shortest name.
    private var depths = 0...0

    /// - Parameters:
    ///   - zones: to answer from.
    ///   - unavailable: names of zones for which all questions fail.
    package init(_ zones: some Sequence<Zone> = [], unavailable: some Sequence<DomainName> = []) {
        for name in unavailable { self.zones[name] = .some(nil) }
        for zone in zones { self.zones[zone.origin] = zone }
        let counts = self.zones.keys.map(\.labelCount)
        if let least = counts.min(), let most = counts.max() { depths = least...most }
    }

    package var all: [Zone] { zones.values.compactMap(\.self).sorted { $0.origin < $1.origin } }

    /// The zone of exactly this name.
    package func zone(named name: DomainName) -> Zone? { zones[name] ?? nil }

    /// Whether the server answers for a zone of exactly this name, were it only with failures.
    package func contains(_ name: DomainName) -> Bool { zones[name] != nil }

    /// What there is for a name.
    enum Authority {
        case zone(Zone)
        case unavailable
        /// Other servers' business.
        case none
    }

    /// The zone that answers for a name: the nearest one at or above it, above it if the type is one that the parent has
    /// (RFC 4035 §3.1.4.1).
    func authority(for name: DomainName, _ type: RecordType) -> Authority {
        var count = min(name.labelCount, depths.upperBound)
        var fallback = Authority.none
        while count >= depths.lowerBound {
            if let entry = zones[name.suffix(count)] {
                let authority = entry.map(Authority.zone) ?? .unavailable
                guard type == .ds, count == name.labelCount, count > 0 else { return authority }
                fallback = authority
            }
            count -= 1
        }
        return fallback
    }

    /// The zone that answers for a name, if it can be answered from.
    package func zone(for name: DomainName, _ type: RecordType) -> Zone? {
        if case .zone(let zone) = authority(for: name, type) { zone } else { nil }
    }
}
