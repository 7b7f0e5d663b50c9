/// A server of DHCP (RFC 2131 §4.3) without sockets, disk or clock: messages and what became of earlier commands in,
/// commands out.
///
/// No acknowledgement leaves before its lease is on disk: the command is ``Command/commit(_:ticket:)``, and the message comes
/// out of ``committed(_:isDurable:now:)``.
package struct DHCPServerEngine: Sendable {
    /// A link that the server is on.
    package struct Link: Sendable, Hashable {
        package var name: String
        /// The server's addresses on it, with their networks; the first is the one it is known by.
        package var addresses: [Address]

        /// An address of this host on the link, and the network that it is in.
        package struct Address: Sendable, Hashable {
            package var address: IPv4Address
            package var network: IPv4Network

            package init(_ address: IPv4Address, in network: IPv4Network) {
                self.address = address
                self.network = network
            }
        }

        package init(name: String, addresses: [Address]) {
            self.name = name
            self.addresses = addresses
        }
    }

    /// How a message came.
    package struct Arrival: Sendable, Hashable {
        package var link: String
        /// What it was sent to: one of the server's addresses, or all hosts.
        package var destination: IPv4Address

        package init(link: String, destination: IPv4Address) {
            self.link = link
            self.destination = destination
        }
    }

    /// What the caller is to do, in the order of the commands.
    package enum Command: Sendable, Hashable {
        case send(Reply)
        /// Ask on a link whether somebody has the address, and tell ``probed(_:answeredBy:now:)``.
        case probe(IPv4Address, link: String)
        /// Put the lease on disk in place of what is there of its address, and tell ``committed(_:isDurable:now:)``. Leases
        /// of one address must reach the disk in the order of the commands.
        case commit(Lease, ticket: UInt64)
        case tell(LeaseEvent)
        case note(Note)
    }

    /// What becomes of leases, for whoever publishes names.
    package enum LeaseEvent: Sendable, Hashable {
        case bound(Lease)
        case ended(Lease)
    }

    /// Why a message was not answered, or what an administrator may want to know.
    package struct Note: Sendable, Hashable {
        /// What was wrong with a message, or what happened.
        package enum Reason: String, Sendable, Hashable, CaseIterable {
            /// No message of DHCP, or one that breaks its rules.
            case malformed
            /// A relay agent that no subnet names.
            case foreignRelay = "foreign relay"
            /// No subnet for the client's link.
            case unknownLink = "unknown link"
            /// For another server.
            case otherServer = "other server"
            /// The server knows nothing of the client and leaves the answer to others.
            case unknownClient = "unknown client"
            case exhausted
            /// Too much from one port or link.
            case limited
            /// Somebody else uses an address.
            case conflict
            /// A lease could not be written.
            case unwritten
            /// The same is being done already.
            case repeated
        }

        package var reason: Reason
        /// One line.
        package var text: String
    }

    let configuration: DHCPServerConfiguration
    let links: [String: Link]
    /// All addresses of the server.
    let ownAddresses: Set<IPv4Address>
    /// Of each subnet.
    let reservations: [[DHCPServerConfiguration.Reservation.Key: DHCPServerConfiguration.Reservation]]
    var table: LeaseTable
    var probes: [IPv4Address: PendingProbe] = [:]
    var commits: [UInt64: PendingCommit] = [:]
    /// Addresses whose lease is on its way to the disk, with the ticket of the last.
    var committing: [IPv4Address: UInt64] = [:]
    var lastTicket: UInt64 = 0
    var portLimiter: RateLimiter<PortKey>
    var linkLimiter: RateLimiter<PortKey>
    var declineLimiter: RateLimiter<PortKey>
    var answerLimiter: RateLimiter<PortKey>

    /// A message that waits for a probe.
    struct PendingProbe: Sendable {
        var message: DHCPMessage
        var scope: Scope
        var client: ClientKey
        var subnet: Int
        var attempts: Int
    }

    /// An answer that waits for the disk.
    struct PendingCommit: Sendable {
        var lease: Lease
        /// What was known of the address before; nil for nothing.
        var previous: Binding?
        /// Nil where nothing is to be sent.
        var reply: Reply?
        var event: LeaseEvent?
    }

    /// - Parameters:
    ///   - configuration: checked.
    ///   - links: where the server listens.
    ///   - leases: what is on disk; those outside of the subnets are passed over.
    ///   - now: seconds since 1970.
    package init(
        configuration: DHCPServerConfiguration, links: [Link], leases: some Sequence<Lease>, now: Double
    ) {
        self.configuration = configuration
        self.links = Dictionary(links.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        ownAddresses = Set(links.flatMap { $0.addresses.map(\.address) })
        reservations = configuration.subnets.map { subnet in
            Dictionary(subnet.reservations.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let own = ownAddresses
        table = LeaseTable(
            pools: configuration.subnets.map { subnet in
                // Nobody gets what the server itself, a router or a relay agent has.
                let taken =
                    own.union(subnet.options.addresses(.routers))
                    .union(subnet.relays.filter { $0.prefix == 32 }.map(\.address))
                return AddressPool(subnet.pools, without: subnet.exclusions + taken.map { $0...$0 })
            },
            reserved: Set(configuration.subnets.flatMap { $0.reservations.map(\.address) }))
        let limits = configuration.limits
        portLimiter = RateLimiter(limits.portRate)
        linkLimiter = RateLimiter(limits.linkRate)
        declineLimiter = RateLimiter(limits.declineRate)
        answerLimiter = RateLimiter(limits.answerRate)
        for lease in leases.sorted(by: { $0.expiry < $1.expiry }) {
            guard let subnet = configuration.subnets.firstIndex(where: { $0.network.contains(lease.address) }) else {
                continue
            }
            let hasEnded = Double(lease.expiry) <= now || lease.state == .released
            // A quarantine that is over left nothing to remember.
            if lease.state == .declined, hasEnded { continue }
            table.put(
                Binding(
                    subnet: subnet, lease: lease,
                    phase: hasEnded ? .ended : lease.state == .declined ? .declined : .bound,
                    deadline: hasEnded || lease.expiry == Lease.never ? nil : Double(lease.expiry)))
        }
    }

    // MARK: What happens

    /// - Parameters:
    ///   - octets: a datagram to port 67.
    ///   - arrival: how it came.
    ///   - now: seconds since 1970.
    package mutating func receive(_ octets: [UInt8], from arrival: Arrival, now: Double) -> [Command] {
        do throws(DHCPError) {
            let message = try DHCPMessage(octets)
            guard message.operation == .request else { return [] }
            try message.checkOptions()
            return advance(to: now) + (try receive(message, from: arrival, now: now))
        } catch {
            return [.note(Note(reason: .malformed, text: "\(error)"))]
        }
    }

    private mutating func receive(
        _ message: DHCPMessage, from arrival: Arrival, now: Double
    ) throws(DHCPError) -> [Command] {
        guard let kind = message.kind else {
            throw DHCPError(.malformedMessage, "the message has no kind, or an unknown one")
        }
        guard let client = ClientKey(message) else {
            throw DHCPError(.malformedMessage, "the message says nothing of its client")
        }
        guard message.hops <= 16 else {
            throw DHCPError(.malformedMessage, "the message went through \(message.hops) relay agents")
        }
        let scope: Scope
        switch self.scope(of: message, from: arrival) {
        case .success(let found): scope = found
        case .failure(let drop): return [.note(drop.note)]
        }
        switch kind {
        case .discover: return discover(message, client, scope, now)
        case .request: return try request(message, client, scope, now)
        case .decline: return decline(message, client, scope, now)
        case .release: return release(message, client, scope, now)
        case .inform: return inform(message, scope, now)
        case .offer, .ack, .nak, .forceRenew:
            throw DHCPError(.malformedMessage, "a client sent \(kind.name), which only servers do")
        }
    }

    /// What a probe has shown.
    ///
    /// - Parameters:
    ///   - address: what was asked for.
    ///   - hardware: who has the address; nil for nobody. The client itself may have it still.
    ///   - now: seconds since 1970.
    package mutating func probed(
        _ address: IPv4Address, answeredBy hardware: HardwareAddress?, now: Double
    ) -> [Command] {
        var commands = advance(to: now)
        guard let pending = probes.removeValue(forKey: address) else { return commands }
        guard let hardware, hardware != pending.message.hardware else {
            // The offer may have lapsed while the link was asked.
            guard let binding = table[address], binding.phase == .offered, binding.lease.client == pending.client else {
                return commands
            }
            return commands + offer(address, pending.subnet, pending.message, pending.client, pending.scope, now)
        }
        commands.append(
            .note(Note(reason: .conflict, text: "\(hardware) uses \(address), which is nobody's: in quarantine")))
        commands += quarantine(address, pending.subnet, pending.client, pending.message, now)
        guard pending.attempts > 1 else { return commands }
        return commands
            + attempt(pending.message, pending.client, pending.scope, now, attempts: pending.attempts - 1, isNew: true)
    }

    /// What became of a lease that was to be written.
    ///
    /// - Parameters:
    ///   - ticket: of the command.
    ///   - isDurable: whether it is on disk and will be there after a fall.
    ///   - now: seconds since 1970.
    package mutating func committed(_ ticket: UInt64, isDurable: Bool, now: Double) -> [Command] {
        guard let pending = commits.removeValue(forKey: ticket) else { return [] }
        let address = pending.lease.address
        let isLast = committing[address] == ticket
        if isLast { committing[address] = nil }
        guard isDurable else {
            // What the disk does not know has not happened.
            if isLast {
                if let previous = pending.previous { table.put(previous) } else { table.remove(address) }
            }
            return [.note(Note(reason: .unwritten, text: "the lease of \(address) could not be written: no answer"))]
        }
        return (pending.event.map { [.tell($0)] } ?? []) + (pending.reply.map { [.send($0)] } ?? [])
    }

    /// Ends what is over. Called by every other event too.
    package mutating func advance(to now: Double) -> [Command] {
        table.advance(to: now).map { .tell(.ended($0)) }
    }

    /// When ``advance(to:)`` should be called; nil while there is nothing to wait for.
    package var deadline: Double? { table.deadline }

    /// Leases that are in force.
    package var leases: [Lease] { table.all.filter { $0.phase == .bound }.map(\.lease) }

    /// Addresses of all pools, addresses that are leased or offered, and addresses in quarantine.
    package var usage: (pools: Int, held: Int, quarantined: Int) {
        (
            configuration.subnets.indices.reduce(0) { $0 + table.poolSize($1) }, table.heldCount,
            table.quarantined.reduce(0, +)
        )
    }

    // MARK: Commits

    /// Takes what is to be known of an address, and has it written.
    mutating func commit(_ binding: Binding, reply: Reply?, event: LeaseEvent?) -> [Command] {
        let address = binding.lease.address
        lastTicket += 1
        commits[lastTicket] = PendingCommit(
            lease: binding.lease, previous: table[address], reply: reply, event: event)
        committing[address] = lastTicket
        table.put(binding)
        return [.commit(binding.lease, ticket: lastTicket)]
    }

    /// Has nobody get an address for a while.
    mutating func quarantine(
        _ address: IPv4Address, _ subnet: Int, _ client: ClientKey, _ message: DHCPMessage, _ now: Double
    ) -> [Command] {
        let limits = configuration.limits
        let size = table.poolSize(subnet)
        guard Double(table.quarantined[subnet]) < max(1, Double(size) * limits.quarantineShare) else {
            // Free again, on the disk too.
            guard var binding = table[address], binding.phase == .bound else {
                table.remove(address)
                return []
            }
            (binding.lease.state, binding.lease.expiry) = (.released, Int64(now))
            (binding.phase, binding.deadline) = (.ended, nil)
            return commit(binding, reply: nil, event: nil)
        }
        let end = now + limits.quarantineTime
        let lease = Lease(
            address: address, client: client, hardware: message.hardware, state: .declined, start: Int64(now),
            expiry: Int64(end.rounded(.up)))
        return commit(
            Binding(subnet: subnet, lease: lease, phase: .declined, deadline: Double(lease.expiry)), reply: nil,
            event: nil)
    }
}
