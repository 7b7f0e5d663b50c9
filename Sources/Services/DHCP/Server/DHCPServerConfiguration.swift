/// What a server gives, to whom, and how much of it.
package struct DHCPServerConfiguration: Sendable, Hashable {
    package var subnets: [Subnet] = []
    package var limits = Limits()

    package init() {}

    /// A network, and what its hosts are told.
    package struct Subnet: Sendable, Hashable {
        package var network: IPv4Network
        /// Links whose hosts are in it, beside those on which the server itself has an address of it.
        package var links: Set<String> = []
        /// Relay agents that may ask for it (`giaddr`); nobody else's word counts.
        package var relays: [IPv4Network] = []
        /// Addresses for any client.
        package var pools: [ClosedRange<IPv4Address>] = []
        /// Addresses of pools that nobody gets.
        package var exclusions: [ClosedRange<IPv4Address>] = []
        package var reservations: [Reservation] = []
        /// What clients are told, by weight: what does not fit is left out from the end.
        package var options = DHCPOptions()
        /// Seconds.
        package var leaseTime: UInt32 = 3_600
        /// What clients may ask for at least and at most, in seconds.
        package var minimumLeaseTime: UInt32 = 60
        package var maximumLeaseTime: UInt32 = 86_400
        /// Seconds after which a client renews (T1); nil for half of the lease.
        package var renewalTime: UInt32?
        /// Seconds after which it asks any server (T2); nil for seven eighths of the lease.
        package var rebindingTime: UInt32?
        /// Whom to boot from (`siaddr`), and what (`file`).
        package var nextServer = IPv4Address.unspecified
        package var bootFile = ""
        /// Whether two messages do where the client wants it (RFC 4039).
        package var allowsRapidCommit = false
        /// Whether a new address is asked for on its link before it is offered.
        package var probes = true
        /// Whether relayed messages without option 82 are dropped.
        package var requiresAgentInformation = false
        /// Where clients' names are published; empty for nowhere.
        package var domain = ""

        package init(_ network: IPv4Network) { self.network = network }
    }

    /// An address that is kept for one client.
    package struct Reservation: Sendable, Hashable {
        /// What the client is known by.
        package enum Key: Sendable, Hashable {
            case hardware(HardwareAddress)
            /// Option 61.
            case client([UInt8])
            /// The port of a relay agent (option 82, sub-option 1), in the words of one of the subnet's relay agents.
            case circuit([UInt8])
        }

        package var key: Key
        package var address: IPv4Address
        /// What this client is told beside or instead of what its subnet says.
        package var options = DHCPOptions()
        /// The client's name, whatever it says itself; empty for what it says.
        package var hostName = ""

        package init(_ key: Key, _ address: IPv4Address) {
            self.key = key
            self.address = address
        }
    }

    /// What clients cannot use up, however many they claim to be.
    package struct Limits: Sendable, Hashable {
        /// Seconds for which an offer is kept.
        package var offerTime = 60.0
        /// Seconds for which an address that was declined, or answered a probe, is given to nobody.
        package var quarantineTime = 86_400.0
        /// Part of a subnet's pools that can be in quarantine.
        package var quarantineShare = 0.25
        /// Addresses that are held or offered at one port of a relay agent (its circuit and remote id).
        package var addressesPerPort = 32
        /// New addresses a second at one port, and how many may come at once.
        package var portRate = RateLimit(rate: 1, burst: 16)
        /// New addresses a second on one link or of one relay agent.
        package var linkRate = RateLimit(rate: 200, burst: 1_000)
        /// DECLINEs a second that are believed of one port, or of one link where there are no ports.
        package var declineRate = RateLimit(rate: 0.1, burst: 8)
        /// INFORMs and refusals a second on one link or of one relay agent.
        package var answerRate = RateLimit(rate: 200, burst: 1_000)
        /// Seconds in which a repeated REQUEST gets the same answer again, with nothing written.
        package var repetitionTime = 10.0
        /// Addresses that are asked for at once; a DISCOVER beyond gets no answer.
        package var probes = 256
        /// Addresses that are tried for one DISCOVER.
        package var attempts = 4

        package init() {}
    }

    /// A token bucket: `rate` a second for ever, and `burst` at once after a pause.
    package struct RateLimit: Sendable, Hashable {
        package var rate: Double
        package var burst: Double

        package init(rate: Double, burst: Double) {
            self.rate = rate
            self.burst = burst
        }
    }
}

extension DHCPServerConfiguration {
    /// Looks for what contradicts itself.
    ///
    /// - Throws: ``DHCPError`` with the path of the setting.
    package func check() throws(DHCPError) {
        guard !subnets.isEmpty else { throw DHCPError(.configuration, "there is no subnet", at: "subnets") }
        for (index, subnet) in subnets.enumerated() {
            let place = "subnets[\(index)]"
            if let other = subnets[..<index].firstIndex(where: { $0.network.overlaps(subnet.network) }) {
                throw DHCPError(
                    .configuration, "\(subnet.network) overlaps \(subnets[other].network)", at: place + ".subnet")
            }
            try subnet.check(at: place)
        }
    }
}

extension DHCPServerConfiguration.Subnet {
    fileprivate func check(at place: String) throws(DHCPError) {
        func complain(_ text: String, _ key: String) -> DHCPError {
            DHCPError(.configuration, text, at: "\(place).\(key)")
        }
        for (index, pool) in pools.enumerated() {
            guard network.isHost(pool.lowerBound), network.isHost(pool.upperBound) else {
                throw complain("the pool leaves the hosts of \(network)", "pools[\(index)]")
            }
            if pools[..<index].contains(where: { $0.overlaps(pool) }) {
                throw complain("the pool overlaps an earlier one", "pools[\(index)]")
            }
        }
        for (index, reservation) in reservations.enumerated() {
            let key = "reservations[\(index)]"
            guard network.isHost(reservation.address) else {
                throw complain("\(reservation.address) is no host of \(network)", key + ".address")
            }
            for other in reservations[..<index] {
                if other.address == reservation.address {
                    throw complain("\(reservation.address) is reserved already", key + ".address")
                }
                if other.key == reservation.key { throw complain("this client has a reservation already", key) }
            }
        }
        guard leaseTime >= 4, minimumLeaseTime >= 4 else {
            throw complain("a lease lasts 4 seconds or more", "lease-time")
        }
        guard minimumLeaseTime <= leaseTime, leaseTime <= maximumLeaseTime else {
            throw complain(
                "\(leaseTime) s are not between min-lease-time and max-lease-time (\(minimumLeaseTime) and "
                    + "\(maximumLeaseTime) s)", "lease-time")
        }
        let (first, second) = (renewalTime ?? 0, rebindingTime ?? .max)
        guard first < second, first < leaseTime, rebindingTime.map({ $0 < leaseTime }) ?? true else {
            throw complain("T1, T2 and the lease must follow each other", "renewal-time")
        }
        guard bootFile.utf8.count <= 127 else {
            throw complain("a boot file's name has at most 127 octets", "boot-file")
        }
    }
}
