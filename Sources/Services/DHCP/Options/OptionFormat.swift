/// The form of an option's value.
package enum OptionFormat: Sendable, Hashable {
    /// No octet: that the option is there is all.
    case nothing
    /// 0 or 1.
    case flag
    case octet
    case short
    /// One or more.
    case shorts
    case long
    /// Seconds, which text may write with units: `1h30m`.
    case duration
    case address
    /// One or more.
    case addresses
    /// One pair or more.
    case addressPairs
    /// Characters, to the end (RFC 2132 §2: without a zero at the end, which some add all the same).
    case text
    /// Domain names, compressed (RFC 3397).
    case names
    /// Destinations and routers (RFC 3442).
    case routes
    /// Codes of options.
    case codes
    /// What no table knows: hexadecimal in text.
    case octets
    /// Octets with a form of their own, which a type of this package reads.
    case structured
}

extension OptionCode {
    /// What its value looks like; ``OptionFormat/octets`` where no document says.
    package var format: OptionFormat { Self.table[self]?.format ?? .octets }

    var name: String? { Self.table[self]?.name }

    static let byName = Dictionary(uniqueKeysWithValues: table.map { ($1.name, $0) })

    /// RFC 2132 with what came later, and the names that configurations use.
    private static let table: [OptionCode: (name: String, format: OptionFormat)] = Dictionary(
        uniqueKeysWithValues: rows.map { (OptionCode(rawValue: $0), (name: $1, format: $2)) })

    private static let rows: [(UInt8, String, OptionFormat)] = [
        (1, "subnet-mask", .address), (2, "time-offset", .long), (3, "routers", .addresses),
        (4, "time-servers-rfc868", .addresses), (5, "name-servers-ien116", .addresses), (6, "name-servers", .addresses),
        (7, "log-servers", .addresses), (8, "cookie-servers", .addresses), (9, "lpr-servers", .addresses),
        (10, "impress-servers", .addresses), (11, "resource-location-servers", .addresses), (12, "host-name", .text),
        (13, "boot-file-size", .short), (14, "merit-dump-file", .text), (15, "domain-name", .text),
        (16, "swap-server", .address), (17, "root-path", .text), (18, "extensions-path", .text),
        (19, "ip-forwarding", .flag), (20, "non-local-source-routing", .flag), (21, "policy-filter", .addressPairs),
        (22, "maximum-datagram-size", .short), (23, "default-ttl", .octet), (24, "path-mtu-aging-time", .duration),
        (25, "path-mtu-plateaus", .shorts), (26, "interface-mtu", .short), (27, "all-subnets-local", .flag),
        (28, "broadcast-address", .address), (29, "perform-mask-discovery", .flag), (30, "mask-supplier", .flag),
        (31, "perform-router-discovery", .flag), (32, "router-solicitation-address", .address),
        (33, "static-routes", .addressPairs), (34, "trailer-encapsulation", .flag), (35, "arp-cache-time", .duration),
        (36, "ethernet-encapsulation", .flag), (37, "tcp-default-ttl", .octet),
        (38, "tcp-keepalive-interval", .duration), (39, "tcp-keepalive-garbage", .flag), (40, "nis-domain", .text),
        (41, "nis-servers", .addresses), (42, "ntp-servers", .addresses), (43, "vendor-specific", .octets),
        (44, "netbios-name-servers", .addresses), (45, "netbios-datagram-servers", .addresses),
        (46, "netbios-node-type", .octet), (47, "netbios-scope", .text), (48, "font-servers", .addresses),
        (49, "x-display-managers", .addresses), (50, "requested-address", .address), (51, "lease-time", .duration),
        (52, "overload", .octet), (53, "message-type", .octet), (54, "server-identifier", .address),
        (55, "parameter-request-list", .codes), (56, "message", .text), (57, "maximum-message-size", .short),
        (58, "renewal-time", .duration), (59, "rebinding-time", .duration), (60, "vendor-class", .text),
        (61, "client-identifier", .octets), (64, "nisplus-domain", .text), (65, "nisplus-servers", .addresses),
        (66, "boot-server-name", .text), (67, "boot-file-name", .text), (68, "mobile-ip-home-agents", .addresses),
        (69, "smtp-servers", .addresses), (70, "pop3-servers", .addresses), (71, "nntp-servers", .addresses),
        (72, "www-servers", .addresses), (73, "finger-servers", .addresses), (74, "irc-servers", .addresses),
        (77, "user-class", .octets), (80, "rapid-commit", .nothing), (81, "client-fqdn", .structured),
        (82, "relay-agent-information", .structured), (93, "client-architecture", .shorts),
        (94, "client-network-interface", .octets), (97, "client-machine-identifier", .octets),
        (100, "posix-time-zone", .text), (101, "time-zone-name", .text), (108, "ipv6-only-preferred", .duration),
        (114, "captive-portal", .text), (116, "auto-configure", .octet), (118, "subnet-selection", .address),
        (119, "domain-search", .names), (121, "classless-routes", .routes), (124, "vendor-identifying-class", .octets),
        (125, "vendor-identifying-information", .octets), (150, "tftp-servers", .addresses),
        (252, "proxy-autodiscovery", .text),
    ]
}

extension OptionFormat {
    /// Whether `value` has this form. Text may be empty or end with zeros, as some hosts send it.
    package func fits(_ value: [UInt8]) -> Bool {
        switch self {
        case .nothing: value.isEmpty
        case .flag: value.count == 1 && value[0] < 2
        case .octet: value.count == 1
        case .short: value.count == 2
        case .shorts: !value.isEmpty && value.count.isMultiple(of: 2)
        case .long, .duration, .address: value.count == 4
        case .addresses: !value.isEmpty && value.count.isMultiple(of: 4)
        case .addressPairs: !value.isEmpty && value.count.isMultiple(of: 8)
        case .names: (try? DomainSearch.names(in: value)) != nil
        case .routes: (try? ClasslessRoute.routes(in: value)) != nil
        case .text, .codes, .octets, .structured: true
        }
    }
}

extension DHCPMessage {
    /// Looks at the value of each option that has a form of its own.
    ///
    /// - Throws: ``DHCPError`` that names the option which does not have it.
    package func checkOptions() throws(DHCPError) {
        for option in options where !option.code.format.fits(option.value) {
            throw DHCPError(
                .malformedOption,
                "option \(option.code.rawValue) (\(option.code)) has \(option.value.count) octets that make no sense")
        }
    }
}
