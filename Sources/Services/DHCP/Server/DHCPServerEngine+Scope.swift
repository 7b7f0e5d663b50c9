extension DHCPServerEngine {
    /// Where a client is, and so what it can get.
    struct Scope: Sendable {
        /// Indexes of subnets, the likeliest first; not empty.
        var subnets: [Int]
        var link: String
        var isRelayed: Bool
        /// Whether the client sent to all hosts.
        var wasBroadcast: Bool
        var port: PortKey
        /// What answers come from.
        var source: IPv4Address
        /// What clients know the server by: its address, or that of a relay agent that stands for it (RFC 5107).
        var serverIdentifier: IPv4Address
        var agentInformation: RelayAgentInformation?
    }

    /// That a message is not for this server.
    struct Drop: Error {
        var note: Note

        init(_ reason: Note.Reason, _ text: String) { note = Note(reason: reason, text: text) }
    }

    /// Finds the client's subnets: by the link that the relay agent selects (RFC 3527), the relay agent's address, the
    /// address that the client has already, or the link that the message came from.
    func scope(of message: DHCPMessage, from arrival: Arrival) -> Result<Scope, Drop> {
        guard let link = links[arrival.link], let first = link.addresses.first else {
            return .failure(Drop(.unknownLink, "the server has no address on \(arrival.link)"))
        }
        var scope = Scope(
            subnets: [], link: arrival.link, isRelayed: message.relayAddress != .unspecified,
            wasBroadcast: !ownAddresses.contains(arrival.destination),
            port: PortKey(link: arrival.link, relay: message.relayAddress), source: first.address,
            serverIdentifier: first.address)
        if !scope.wasBroadcast { scope.source = arrival.destination }
        if scope.isRelayed { return relayed(message, scope) }

        let isLocal = { (index: Int) in
            let subnet = configuration.subnets[index]
            return subnet.links.contains(arrival.link)
                || link.addresses.contains { subnet.network.contains($0.address) }
        }
        let local = configuration.subnets.indices.filter(isLocal)
        // A client with an address may be behind a router, which forwards what it sends to the server alone.
        if !scope.wasBroadcast, let home = subnet(with: message.clientAddress) {
            scope.subnets = [home] + local.filter { $0 != home && local.contains(home) }
        } else {
            scope.subnets = local
        }
        guard let subnet = scope.subnets.first else {
            return .failure(Drop(.unknownLink, "no subnet is on \(arrival.link)"))
        }
        if scope.wasBroadcast,
            let near = link.addresses.first(where: { configuration.subnets[subnet].network.contains($0.address) })
        {
            scope.source = near.address
        }
        scope.serverIdentifier = scope.source
        return .success(scope)
    }

    private func subnet(with address: IPv4Address) -> Int? {
        configuration.subnets.firstIndex { $0.network.contains(address) }
    }

    private func relayed(_ message: DHCPMessage, _ start: Scope) -> Result<Scope, Drop> {
        var scope = start
        let relay = message.relayAddress
        // The message came back.
        guard !ownAddresses.contains(relay) else {
            return .failure(Drop(.foreignRelay, "a relayed message names this server as relay agent"))
        }
        let permitted = configuration.subnets.indices.filter { index in
            configuration.subnets[index].relays.contains { $0.contains(relay) }
        }
        guard !permitted.isEmpty else {
            return .failure(Drop(.foreignRelay, "no subnet has \(relay) among its relay agents"))
        }
        if let value = message.options[.relayAgentInformation] {
            guard let information = try? RelayAgentInformation(value) else {
                return .failure(Drop(.malformed, "option 82 of the relay agent \(relay) cannot be read"))
            }
            scope.agentInformation = information
            scope.port.circuit = information[.circuitID] ?? []
            scope.port.remote = information[.remoteID] ?? []
            if let isUnicast = information.wasUnicast {
                scope.wasBroadcast = !isUnicast
            } else {
                scope.wasBroadcast = true
            }
        } else {
            scope.wasBroadcast = true
        }
        scope.serverIdentifier = scope.agentInformation?.serverIdentifierOverride ?? scope.source
        if let selection = scope.agentInformation?.linkSelection {
            scope.subnets = permitted.filter { configuration.subnets[$0].network.contains(selection) }
        } else if let near = permitted.first(where: { configuration.subnets[$0].network.contains(relay) }) {
            scope.subnets = [near] + permitted.filter { $0 != near && !hasOwnRelay($0, beside: relay) }
        } else {
            scope.subnets = permitted
        }
        guard let subnet = scope.subnets.first else {
            return .failure(Drop(.unknownLink, "the relay agent \(relay) may not ask for the link it selects"))
        }
        if configuration.subnets[subnet].requiresAgentInformation, scope.agentInformation == nil {
            return .failure(
                Drop(.foreignRelay, "the relay agent \(relay) gives no option 82, which its subnet requires"))
        }
        return .success(scope)
    }

    /// Whether the subnet is another link of the relay agent, which asks for it by link selection, and not a further
    /// subnet of the link in question: then the relay agent has an address of its own in it.
    private func hasOwnRelay(_ subnet: Int, beside relay: IPv4Address) -> Bool {
        configuration.subnets[subnet].relays.contains { network in
            network.prefix == 32 && network.address != relay
                && configuration.subnets[subnet].network.contains(network.address)
        }
    }

    /// Whether the client means this server.
    func isOwn(_ identifier: IPv4Address, _ scope: Scope) -> Bool {
        ownAddresses.contains(identifier)
            || (scope.isRelayed && identifier == scope.agentInformation?.serverIdentifierOverride)
    }
}
