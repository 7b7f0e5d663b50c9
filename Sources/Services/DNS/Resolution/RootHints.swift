/// Where iteration begins: names and addresses of the root's servers (RFC 8109).
package struct RootHints: Sendable, Hashable {
    /// A server of the root.
    package struct Server: Sendable, Hashable {
        package var name: DomainName
        package var addresses: [IPAddress]
    }

    package var servers: [Server]

    /// - Throws: ``DNSError/Code/malformedZone`` when there is no address of a server of the root.
    package init(_ records: [ResourceRecord], path: String) throws(DNSError) {
        let names = records.filter { $0.type == .ns && $0.name.isRoot }.map(\.data.target)
        servers = names.map { name in
            let addresses = records.filter { [.a, .aaaa].contains($0.type) && $0.name == name }
            return Server(name: name, addresses: addresses.compactMap(\.data.address))
        }.filter { !$0.addresses.isEmpty }
        guard !servers.isEmpty else {
            throw DNSError(
                .malformedZone, "root hints need an NS record of \".\" and an A or AAAA record of its server", at: path)
        }
    }

    /// Reads a master file as `named.root` is one.
    ///
    /// - Throws: ``DNSError/Code/malformedZone`` with file and line.
    package init(content: [UInt8], path: String) throws(DNSError) {
        try self.init(try MasterFile.records(in: content, path: path, origin: .root), path: path)
    }

    private init(_ letters: [(String, String, String)]) {
        servers = letters.compactMap { letter, address4, address6 in
            (try? DomainName("\(letter).root-servers.net.")).map { name in
                Server(name: name, addresses: [IPAddress(address4), IPAddress(address6)].compactMap(\.self))
            }
        }
    }

    /// The Internet's, as IANA publishes them in `named.root`.
    package static let internet = RootHints([
        ("a", "198.41.0.4", "2001:503:ba3e::2:30"), ("b", "170.247.170.2", "2801:1b8:10::b"),
        ("c", "192.33.4.12", "2001:500:2::c"), ("d", "199.7.91.13", "2001:500:2d::d"),
        ("e", "192.203.230.10", "2001:500:a8::e"), ("f", "192.5.5.241", "2001:500:2f::f"),
        ("g", "192.112.36.4", "2001:500:12::d0d"), ("h", "198.97.190.53", "2001:500:1::53"),
        ("i", "192.36.148.17", "2001:7fe::53"), ("j", "192.58.128.30", "2001:503:c27::2:30"),
        ("k", "193.0.14.129", "2001:7fd::1"), ("l", "199.7.83.42", "2001:500:9f::42"),
        ("m", "202.12.27.33", "2001:dc3::35"),
    ])
}
