package import DNS

/// Where clients are: prefixes of addresses, of which the longest that matches counts.
package struct ClientMap: Sendable {
    /// A prefix and where its addresses are.
    package struct Entry: Sendable, Hashable {
        package var network: IPNetwork
        package var location: Location

        package init(network: IPNetwork, location: Location) {
            self.network = network
            self.location = location
        }
    }

    /// Prefixes of one family.
    private struct Family: Sendable {
        var tables: [Int: [UInt128: Location]] = [:]
        /// Lengths that there are, the longest first.
        var lengths: [Int] = []
    }

    /// Prefixes at most: the map is kept in memory, several times.
    package static let maximumCount = 500_000

    private var families = (v4: Family(), v6: Family())
    /// How many prefixes there are.
    package let count: Int

    /// - Parameter locations: by prefix.
    package init(_ locations: [IPNetwork: Location] = [:]) {
        count = locations.count
        for (network, location) in locations {
            let number = network.address.number
            if network.address.isIPv6 {
                families.v6.tables[network.prefix, default: [:]][number] = location
            } else {
                families.v4.tables[network.prefix, default: [:]][number] = location
            }
        }
        families.v4.lengths = families.v4.tables.keys.sorted(by: >)
        families.v6.lengths = families.v6.tables.keys.sorted(by: >)
    }

    /// The longest prefix of an address that the map has.
    ///
    /// - Parameters:
    ///   - address: of a client.
    ///   - bits: of the address that are known: no longer prefix counts.
    package func entry(for address: IPAddress, bits: Int) -> Entry? {
        let family = address.isIPv6 ? families.v6 : families.v4
        let number = address.number
        for length in family.lengths where length <= bits {
            let first = AddressNumber.first(number, length, width: address.bitWidth)
            if let location = family.tables[length]?[first], let network = IPNetwork(address, prefix: length) {
                return Entry(network: network, location: location)
            }
        }
        return nil
    }

    /// Every location that the map names.
    var locations: Set<Location> {
        [families.v4, families.v6].reduce(into: []) { all, family in
            for table in family.tables.values { all.formUnion(table.values) }
        }
    }

    /// The map as values of locations, for one family.
    ///
    /// - Parameter value: of a location; that of nil holds for clients that no prefix matches.
    func cells(isIPv6: Bool, _ value: (Location?) -> Int) -> AddressCells {
        let family = isIPv6 ? families.v6 : families.v4
        let entries = family.tables.flatMap { length, table in
            table.map { (first: $0.key, length: length, value: value($0.value)) }
        }
        return AddressCells(entries, width: isIPv6 ? 128 : 32, rest: value(nil))
    }
}
