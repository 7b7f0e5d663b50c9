internal import DNS
internal import SettingsFile

/// Prefixes and locations out of files, each prefix once.
struct ClientList {
    private(set) var locations: [IPNetwork: Location] = [:]

    /// Adds a prefix.
    ///
    /// - Parameter error: makes an error of the place where it stands.
    mutating func add(
        _ network: String, _ location: String, _ error: (String) -> RoutingError
    ) throws(RoutingError) {
        guard let key = IPNetwork(network) else {
            throw error("\(PrintableName(network)) is no prefix, as 192.0.2.0/24 or 2001:db8::/32")
        }
        // One that says more than its length may be a mistake in either.
        guard IPAddress(network.prefix { $0 != "/" }) == key.address else {
            throw error("\(PrintableName(network)) has bits behind its prefix: \(key) would be without them")
        }
        guard let value = Location(location) else {
            throw error("\(PrintableName(location)) is no location, as europe or europe/ams")
        }
        guard locations.updateValue(value, forKey: key) == nil else { throw error("\(key) is there twice") }
        guard locations.count <= ClientMap.maximumCount else {
            throw error("more than \(ClientMap.maximumCount) prefixes")
        }
    }

    /// Adds the lines of a CSV file: a prefix, a region, and perhaps a site. Empty lines, those that begin with `#`, and a
    /// first line `network,…` are passed over.
    mutating func add(csv text: String, path: String) throws(RoutingError) {
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(Self.field)
            guard let first = fields.first, !first.isEmpty || fields.count > 1, !first.hasPrefix("#") else { continue }
            if number == 1, first == "network" { continue }
            let place = number
            func error(_ text: String) -> RoutingError { RoutingError(.malformed, "\(path):\(place): \(text)") }
            guard fields.count == 2 || fields.count == 3 else {
                throw error("a line has a prefix, a region and perhaps a site, with commas between them")
            }
            let site = fields.count == 3 && !fields[2].isEmpty ? "/" + fields[2] : ""
            try add(first, fields[1] + site, error)
        }
    }

    /// Adds the keys and values of a mapping.
    mutating func add(_ node: RoutingSetting) throws(RoutingError) {
        for (key, value) in try node.entries() {
            try add(try key.text(), try value.text(), key.error)
        }
    }

    /// Without white space around it, and without the quotation marks that some programs write.
    private static func field(_ text: Substring) -> String {
        var field = text.drop { $0 == " " || $0 == "\t" }
        while let last = field.last, last == " " || last == "\t" { field.removeLast() }
        if field.count >= 2, field.first == "\"", field.last == "\"" { field = field.dropFirst().dropLast() }
        return String(field)
    }
}
