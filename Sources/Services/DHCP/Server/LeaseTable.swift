/// Where a client is: a port of a relay agent (its circuit and remote id), or a whole link where there are no ports.
struct PortKey: Sendable, Hashable {
    var link: String
    var relay: IPv4Address
    var circuit: [UInt8] = []
    var remote: [UInt8] = []

    var isPort: Bool { !circuit.isEmpty || !remote.isEmpty }
    /// The link or relay agent that the port is part of.
    var whole: PortKey { PortKey(link: link, relay: relay) }
}

/// What is known of an address.
struct Binding: Sendable {
    enum Phase: Sendable, Hashable {
        /// Promised in memory.
        case offered
        case bound
        /// Expired or released: anybody can have it, best the one who had it.
        case ended
        /// In quarantine.
        case declined
    }

    var subnet: Int
    var lease: Lease
    var phase: Phase
    /// When the phase ends; nil for never.
    var deadline: Double?
    var port: PortKey?
    /// The entry of the queue that counts.
    fileprivate(set) var scheduled: Double?

    init(subnet: Int, lease: Lease, phase: Phase, deadline: Double?, port: PortKey? = nil) {
        self.subnet = subnet
        self.lease = lease
        self.phase = phase
        self.deadline = deadline
        self.port = port
    }

    var isHeld: Bool { phase == .offered || phase == .bound }
}

/// The addresses of all subnets: who has them, which are free.
struct LeaseTable: Sendable {
    private struct Place: Hashable {
        var subnet: Int
        var client: ClientKey
    }

    private var bindings: [IPv4Address: Binding] = [:]
    private var clients: [Place: IPv4Address] = [:]
    private var queue = DeadlineQueue()
    private var pools: [AddressPool]
    private var held: [PortKey: Int] = [:]
    /// Addresses that are offered or leased.
    private(set) var heldCount = 0
    /// Addresses in quarantine, of each subnet.
    private(set) var quarantined: [Int]
    private let reserved: Set<IPv4Address>

    init(pools: [AddressPool], reserved: Set<IPv4Address>) {
        self.pools = pools
        self.reserved = reserved
        quarantined = pools.map { _ in 0 }
    }

    subscript(address: IPv4Address) -> Binding? { bindings[address] }

    /// The address that a client has, had or was offered last.
    func address(of client: ClientKey, in subnet: Int) -> IPv4Address? {
        clients[Place(subnet: subnet, client: client)]
    }

    /// Addresses that are offered or leased at a port.
    func held(at port: PortKey) -> Int { held[port] ?? 0 }

    func isInPool(_ address: IPv4Address, _ subnet: Int) -> Bool {
        pools[subnet].contains(address) && !reserved.contains(address)
    }

    func isReserved(_ address: IPv4Address) -> Bool { reserved.contains(address) }

    func poolSize(_ subnet: Int) -> Int { pools[subnet].count }

    /// Whether nobody has the address, is offered it, or complained of it.
    func isFree(_ address: IPv4Address) -> Bool { bindings[address].map { $0.phase == .ended } ?? true }

    var all: some Collection<Binding> { bindings.values }

    /// A free address of a subnet's pools; nil when there is none.
    mutating func next(in subnet: Int) -> IPv4Address? {
        let (bindings, reserved) = (bindings, reserved)
        return pools[subnet].next(
            isNew: { bindings[$0] == nil && !reserved.contains($0) },
            isFree: { address in
                !reserved.contains(address) && (bindings[address].map { $0.phase == .ended } ?? true)
            })
    }

    // MARK: Changes

    /// Sets what is known of an address; whatever was known of it is forgotten.
    mutating func put(_ binding: Binding) {
        let address = binding.lease.address
        var binding = binding
        binding.scheduled = bindings[address]?.scheduled
        leave(address)
        if binding.isHeld {
            heldCount += 1
            if let port = binding.port { held[port, default: 0] += 1 }
        }
        if binding.phase == .declined {
            quarantined[binding.subnet] += 1
        } else {
            clients[Place(subnet: binding.subnet, client: binding.lease.client)] = address
        }
        if binding.phase == .ended { pools[binding.subnet].give(back: address) }
        schedule(&binding)
        bindings[address] = binding
    }

    /// Forgets an address, which is free then.
    mutating func remove(_ address: IPv4Address) {
        guard let binding = bindings[address] else { return }
        leave(address)
        bindings[address] = nil
        pools[binding.subnet].give(back: address)
    }

    /// Undoes what a binding counts for.
    private mutating func leave(_ address: IPv4Address) {
        guard let old = bindings[address] else { return }
        if old.isHeld {
            heldCount -= 1
            if let port = old.port, let count = held[port] { held[port] = count > 1 ? count - 1 : nil }
        }
        if old.phase == .declined { quarantined[old.subnet] -= 1 }
        let place = Place(subnet: old.subnet, client: old.lease.client)
        if clients[place] == address { clients[place] = nil }
    }

    // MARK: Time

    var deadline: Double? { queue.first?.time }
    var scheduledCount: Int { queue.count }

    private mutating func schedule(_ binding: inout Binding) {
        // One entry an address is enough, as long as it comes no later than the deadline.
        guard let deadline = binding.deadline, deadline < binding.scheduled ?? .infinity else { return }
        binding.scheduled = deadline
        queue.insert(.init(time: deadline, address: binding.lease.address))
        // Entries that no longer count would pile up.
        if queue.count > 2 * bindings.count + 1_024 {
            queue = DeadlineQueue(
                bindings.values.compactMap { other in
                    other.lease.address == binding.lease.address
                        ? nil : other.scheduled.map { .init(time: $0, address: other.lease.address) }
                })
            queue.insert(.init(time: deadline, address: binding.lease.address))
        }
    }

    /// Ends everything whose time is over: offers are forgotten, leases end, quarantines are lifted.
    ///
    /// - Returns: the leases that ended.
    mutating func advance(to now: Double) -> [Lease] {
        var ended: [Lease] = []
        while let first = queue.first, first.time <= now {
            _ = queue.popFirst()
            guard var binding = bindings[first.address], binding.scheduled == first.time else { continue }
            binding.scheduled = nil
            bindings[first.address]?.scheduled = nil
            guard let deadline = binding.deadline else { continue }
            if deadline > now {
                schedule(&binding)
                bindings[first.address] = binding
                continue
            }
            switch binding.phase {
            case .offered, .declined: remove(first.address)
            case .bound:
                ended.append(binding.lease)
                binding.phase = .ended
                binding.deadline = nil
                put(binding)
            case .ended: break
            }
        }
        return ended
    }
}
