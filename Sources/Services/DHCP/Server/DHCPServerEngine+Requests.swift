extension DHCPServerEngine {
    // MARK: DISCOVER (RFC 2131 §4.3.1)

    mutating func discover(_ message: DHCPMessage, _ client: ClientKey, _ scope: Scope, _ now: Double) -> [Command] {
        attempt(message, client, scope, now, attempts: configuration.limits.attempts, isNew: false)
    }

    /// Looks for an address and offers it, after a probe where that is needed.
    ///
    /// - Parameter isNew: whether the limits were asked already.
    mutating func attempt(
        _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope, _ now: Double, attempts: Int, isNew: Bool
    ) -> [Command] {
        if let (address, subnet) = known(client, message, scope) {
            if probes[address] != nil {
                // The latest message is the one that the client waits for an answer to.
                probes[address]?.message = message
                return [.note(Note(reason: .repeated, text: "\(address) is being probed for \(client)"))]
            }
            // Probed already, or in use by the client itself.
            if table[address]?.isHeld == true {
                return offer(address, subnet, message, client, scope, now)
            }
            if let refusal = limit(scope, now, isNew: isNew) { return refusal }
            return take(address, subnet, message, client, scope, now, attempts)
        }
        if let refusal = limit(scope, now, isNew: isNew) { return refusal }
        if let wish = message.options.address(.requestedAddress),
            let subnet = scope.subnets.first(where: { table.isInPool(wish, $0) }), table.isFree(wish),
            probes[wish] == nil
        {
            return take(wish, subnet, message, client, scope, now, attempts)
        }
        for subnet in scope.subnets {
            if let address = table.next(in: subnet) {
                return take(address, subnet, message, client, scope, now, attempts)
            }
        }
        let names = scope.subnets.map { "\(configuration.subnets[$0].network)" }.joined(separator: ", ")
        return [.note(Note(reason: .exhausted, text: "no address of \(names) is free for \(client)"))]
    }

    /// The address that a client has a right to: its reservation, or what it has or had.
    func known(_ client: ClientKey, _ message: DHCPMessage, _ scope: Scope) -> (IPv4Address, Int)? {
        for subnet in scope.subnets {
            if let reservation = reservation(client, message, scope, subnet),
                isAvailable(reservation.address, to: client)
            {
                return (reservation.address, subnet)
            }
        }
        for subnet in scope.subnets {
            if let address = table.address(of: client, in: subnet), isAvailable(address, to: client),
                table.isInPool(address, subnet)
            {
                return (address, subnet)
            }
        }
        return nil
    }

    func isAvailable(_ address: IPv4Address, to client: ClientKey) -> Bool {
        guard let binding = table[address], binding.phase != .ended else { return true }
        return binding.isHeld && binding.lease.client == client
    }

    func reservation(
        _ client: ClientKey, _ message: DHCPMessage, _ scope: Scope, _ subnet: Int
    ) -> DHCPServerConfiguration.Reservation? {
        let reservations = reservations[subnet]
        guard !reservations.isEmpty else { return nil }
        if case .identifier(let identifier) = client, let found = reservations[.client(identifier)] { return found }
        if let found = reservations[.hardware(message.hardware)] { return found }
        return scope.isRelayed && !scope.port.circuit.isEmpty ? reservations[.circuit(scope.port.circuit)] : nil
    }

    /// Nil where a client may get an address that it has not had.
    private mutating func limit(_ scope: Scope, _ now: Double, isNew: Bool) -> [Command]? {
        if isNew { return nil }
        let limits = configuration.limits
        let place = scope.isRelayed ? "of the relay agent \(scope.port.relay)" : "on \(scope.link)"
        if scope.port.isPort {
            guard table.held(at: scope.port) < limits.addressesPerPort else {
                return [
                    .note(
                        Note(reason: .limited, text: "a port \(place) has \(limits.addressesPerPort) addresses already")
                    )
                ]
            }
            guard portLimiter.take(scope.port, now: now) else {
                return [.note(Note(reason: .limited, text: "a port \(place) asks for addresses too fast"))]
            }
        }
        guard linkLimiter.take(scope.port.whole, now: now) else {
            return [.note(Note(reason: .limited, text: "clients \(place) ask for addresses too fast"))]
        }
        return nil
    }

    /// Reserves a free address for a client, and offers it or has it probed first.
    private mutating func take(
        _ address: IPv4Address, _ subnet: Int, _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope,
        _ now: Double,
        _ attempts: Int
    ) -> [Command] {
        let lease = Lease(
            address: address, client: client, hardware: message.hardware, state: .bound, start: Int64(now),
            expiry: Int64(now))
        let mustProbe = configuration.subnets[subnet].probes && !scope.isRelayed
        if mustProbe, probes.count >= configuration.limits.probes {
            return [.note(Note(reason: .limited, text: "too many addresses are being probed"))]
        }
        table.put(
            Binding(
                subnet: subnet, lease: lease, phase: .offered, deadline: now + configuration.limits.offerTime,
                port: scope.port.isPort ? scope.port : nil))
        guard mustProbe else { return offer(address, subnet, message, client, scope, now) }
        probes[address] = PendingProbe(
            message: message, scope: scope, client: client, subnet: subnet, attempts: attempts)
        return [.probe(address, link: scope.link)]
    }

    /// Answers a DISCOVER with an address that is held for its client.
    mutating func offer(
        _ address: IPv4Address, _ subnet: Int, _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope,
        _ now: Double
    ) -> [Command] {
        if configuration.subnets[subnet].allowsRapidCommit, message.options[.rapidCommit] != nil {
            return grant(address, subnet, message, client, scope, now, isRapid: true)
        }
        return [.send(answer(.offer, address, subnet, message, client, scope, leaseTime(message, subnet)))]
    }

    // MARK: REQUEST (RFC 2131 §4.3.2)

    mutating func request(
        _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope, _ now: Double
    ) throws(DHCPError) -> [Command] {
        let wish = message.options.address(.requestedAddress)
        if let server = message.options.address(.serverIdentifier) {
            guard let wish, message.clientAddress == .unspecified else {
                throw DHCPError(.malformedMessage, "a REQUEST to one server needs option 50 and no address in ciaddr")
            }
            return selecting(wish, server, message, client, scope, now)
        }
        if message.clientAddress == .unspecified {
            guard let wish else {
                throw DHCPError(.malformedMessage, "a REQUEST names no address")
            }
            return rebooting(wish, message, client, scope, now)
        }
        guard wish == nil || wish == message.clientAddress else {
            throw DHCPError(.malformedMessage, "a REQUEST names two addresses")
        }
        return renewing(message.clientAddress, message, client, scope, now)
    }

    private mutating func selecting(
        _ address: IPv4Address, _ server: IPv4Address, _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope,
        _ now: Double
    ) -> [Command] {
        guard isOwn(server, scope) else {
            // The client takes another server's offer: what was kept for it is free.
            for subnet in scope.subnets {
                if let offered = table.address(of: client, in: subnet), table[offered]?.phase == .offered {
                    table.remove(offered)
                    probes[offered] = nil
                }
            }
            return [.note(Note(reason: .otherServer, text: "\(client) takes the offer of \(server)"))]
        }
        guard let subnet = subnet(of: address, scope), probes[address] == nil,
            mayHave(address, subnet, client, message, scope)
        else { return refuse("\(address) is not free for you", message, scope, now) }
        // An offer that lapsed while nobody else got the address still counts, but not past the limits.
        if table[address]?.isHeld != true, let refusal = limit(scope, now, isNew: false) { return refusal }
        return grant(address, subnet, message, client, scope, now)
    }

    private mutating func rebooting(
        _ address: IPv4Address, _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope, _ now: Double
    ) -> [Command] {
        guard scope.subnets.contains(where: { configuration.subnets[$0].network.contains(address) }) else {
            return refuse("\(address) is of another network", message, scope, now)
        }
        if let subnet = subnet(of: address, scope), let binding = table[address], binding.lease.client == client,
            binding.phase == .bound || binding.phase == .ended, mayHave(address, subnet, client, message, scope)
        {
            return grant(address, subnet, message, client, scope, now)
        }
        if let (known, subnet) = known(client, message, scope) {
            guard known == address else { return refuse("\(address) is not yours", message, scope, now) }
            return grant(address, subnet, message, client, scope, now)
        }
        // Another server may know the client.
        return [
            .note(Note(reason: .unknownClient, text: "\(client) asks for \(address), of which nothing is known here"))
        ]
    }

    private mutating func renewing(
        _ address: IPv4Address, _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope, _ now: Double
    ) -> [Command] {
        guard let subnet = subnet(of: address, scope) else {
            let isForeign = !scope.subnets.contains { configuration.subnets[$0].network.contains(address) }
            // Within the network another server may have given it, unless the client says that this one did.
            if isForeign || !scope.wasBroadcast { return refuse("\(address) is not given here", message, scope, now) }
            return [.note(Note(reason: .unknownClient, text: "\(address) of \(client) is not given here"))]
        }
        if let binding = table[address], binding.isHeld || binding.phase == .declined {
            guard binding.lease.client == client, binding.phase != .declined,
                mayHave(address, subnet, client, message, scope)
            else { return refuse("\(address) is not yours", message, scope, now) }
            return grant(address, subnet, message, client, scope, now)
        }
        let isRemembered = table[address]?.lease.client == client
        // Who asks this server alone has the address from it.
        guard isRemembered || !scope.wasBroadcast else {
            return [.note(Note(reason: .unknownClient, text: "nothing is known here of \(address) of \(client)"))]
        }
        guard mayHave(address, subnet, client, message, scope) else {
            return refuse("\(address) is not free for you", message, scope, now)
        }
        if !isRemembered, let refusal = limit(scope, now, isNew: false) { return refusal }
        return grant(address, subnet, message, client, scope, now)
    }

    /// The subnet of the client's whose address it is to give.
    private func subnet(of address: IPv4Address, _ scope: Scope) -> Int? {
        scope.subnets.first { index in
            table.isInPool(address, index)
                || (table.isReserved(address) && configuration.subnets[index].network.contains(address))
        }
    }

    /// Whether the client may have the address: not reserved for others, not held by others.
    private func mayHave(
        _ address: IPv4Address, _ subnet: Int, _ client: ClientKey, _ message: DHCPMessage, _ scope: Scope
    ) -> Bool {
        guard isAvailable(address, to: client) else { return false }
        return table.isInPool(address, subnet) || reservation(client, message, scope, subnet)?.address == address
    }

    /// Has the lease written; the ACK waits for that.
    mutating func grant(
        _ address: IPv4Address, _ subnet: Int, _ message: DHCPMessage, _ client: ClientKey, _ scope: Scope,
        _ now: Double,
        isRapid: Bool = false
    ) -> [Command] {
        if let ticket = committing[address] {
            // The client repeats itself while the disk works.
            if commits[ticket]?.lease.client == client {
                commits[ticket]?.reply?.message.transactionID = message.transactionID
            }
            return [.note(Note(reason: .repeated, text: "the lease of \(address) is being written"))]
        }
        let current = table[address]
        if let current, current.phase == .bound, current.lease.client == client, current.lease.expiry != Lease.never {
            let age = now - Double(current.lease.start)
            let left = Double(current.lease.expiry) - now
            // Nothing new: the same answer again costs no write.
            if age >= 0, age < min(configuration.limits.repetitionTime, left / 4) {
                return [
                    .send(
                        answer(.ack, address, subnet, message, client, scope, UInt32(left), isRapid: isRapid))
                ]
            }
        }
        let time = leaseTime(message, subnet)
        var lease = Lease(
            address: address, client: client, hardware: message.hardware, state: .bound, start: Int64(now),
            expiry: time == .max ? Lease.never : Int64(now.rounded(.up)) + Int64(time))
        let name = reservation(client, message, scope, subnet)?.hostName ?? ""
        lease.hostName = name.isEmpty ? HostName.label(in: message) : name
        // A renewal that goes past the relay agent does not take away what that said.
        lease.agentInformation =
            scope.agentInformation?.value ?? (current?.lease.client == client ? current?.lease.agentInformation : nil)
            ?? []
        let port = scope.port.isPort ? scope.port : current?.lease.client == client ? current?.port : nil
        let reply = answer(.ack, address, subnet, message, client, scope, time, isRapid: isRapid)
        return commit(
            Binding(
                subnet: subnet, lease: lease, phase: .bound,
                deadline: lease.expiry == Lease.never ? nil : Double(lease.expiry), port: port),
            reply: reply, event: .bound(lease))
    }

    private mutating func refuse(
        _ reason: String, _ message: DHCPMessage, _ scope: Scope, _ now: Double
    ) -> [Command] {
        guard answerLimiter.take(scope.port.whole, now: now) else {
            return [.note(Note(reason: .limited, text: "too many refusals on \(scope.link)"))]
        }
        return [.send(refusal(reason, message, scope))]
    }

    // MARK: DECLINE, RELEASE, INFORM (RFC 2131 §4.3.3 to §4.3.5)

    mutating func decline(_ message: DHCPMessage, _ client: ClientKey, _ scope: Scope, _ now: Double) -> [Command] {
        guard let server = message.options.address(.serverIdentifier), isOwn(server, scope) else {
            return [.note(Note(reason: .otherServer, text: "a DECLINE is not for this server"))]
        }
        guard let address = message.options.address(.requestedAddress), let binding = table[address], binding.isHeld,
            binding.lease.client == client, scope.subnets.contains(binding.subnet), probes[address] == nil,
            committing[address] == nil
        else { return [.note(Note(reason: .unknownClient, text: "\(client) declines what it does not have"))] }
        guard declineLimiter.take(scope.port, now: now) else {
            return [.note(Note(reason: .limited, text: "too many DECLINEs on \(scope.link): \(address) is kept"))]
        }
        let note = Command.note(
            Note(reason: .conflict, text: "\(client) finds that somebody uses \(address): in quarantine"))
        let ended: [Command] = binding.phase == .bound ? [.tell(.ended(binding.lease))] : []
        return [note] + quarantine(address, binding.subnet, client, message, now) + ended
    }

    mutating func release(_ message: DHCPMessage, _ client: ClientKey, _ scope: Scope, _ now: Double) -> [Command] {
        guard let server = message.options.address(.serverIdentifier), isOwn(server, scope) else {
            return [.note(Note(reason: .otherServer, text: "a RELEASE is not for this server"))]
        }
        let address = message.clientAddress
        guard var binding = table[address], binding.phase == .bound, binding.lease.client == client,
            scope.subnets.contains(binding.subnet), committing[address] == nil
        else { return [.note(Note(reason: .unknownClient, text: "\(client) releases what it does not have"))] }
        let old = binding.lease
        binding.lease.state = .released
        binding.lease.expiry = Int64(now)
        (binding.phase, binding.deadline) = (.ended, nil)
        return commit(binding, reply: nil, event: .ended(old))
    }

    mutating func inform(_ message: DHCPMessage, _ scope: Scope, _ now: Double) -> [Command] {
        let address = message.clientAddress
        // An answer goes to the address that the message tells: only to one of ours.
        guard let subnet = scope.subnets.first(where: { configuration.subnets[$0].network.isHost(address) }) else {
            return [
                .note(Note(reason: .unknownClient, text: "an INFORM comes from \(address), which is not given here"))
            ]
        }
        guard answerLimiter.take(scope.port.whole, now: now) else {
            return [.note(Note(reason: .limited, text: "too many INFORMs on \(scope.link)"))]
        }
        return [.send(information(subnet, message, scope))]
    }
}
