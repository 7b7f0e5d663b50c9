extension DHCPServerEngine {
    /// A message, and where it goes (RFC 2131 §4.1).
    package struct Reply: Sendable, Hashable {
        /// Whom a reply is for, and how it reaches them.
        package enum Destination: Sendable, Hashable {
            /// A relay agent, port 67.
            case relay(IPv4Address)
            /// A client that has the address, port 68.
            case client(IPv4Address)
            /// A client that does not have the address yet: a frame to its hardware address, port 68.
            case hardware(HardwareAddress, IPv4Address)
            /// All hosts of the link, port 68.
            case broadcast
        }

        package var message: DHCPMessage
        package var destination: Destination
        package var link: String
        /// The server's address that it comes from.
        package var source: IPv4Address
        /// Octets that the receiver takes.
        package var limit: Int
    }

    // MARK: Messages (RFC 2131 table 3)

    /// An OFFER or ACK.
    func answer(
        _ kind: DHCPMessage.Kind, _ address: IPv4Address, _ subnet: Int, _ message: DHCPMessage, _ client: ClientKey,
        _ scope: Scope, _ time: UInt32, isRapid: Bool = false
    ) -> Reply {
        let facts = configuration.subnets[subnet]
        let reservation = reservation(client, message, scope, subnet)
        var reply = start(kind, message, scope)
        reply.yourAddress = address
        if kind == .ack { reply.clientAddress = message.clientAddress }
        reply.options.set(.leaseTime, long: time)
        if time != .max {
            let (renewal, rebinding) = Self.times(time, facts)
            reply.options.set(.renewalTime, long: renewal)
            reply.options.set(.rebindingTime, long: rebinding)
        }
        if isRapid { reply.options[.rapidCommit] = [] }
        tell(&reply, facts, reservation, message)
        return finish(reply, message, scope)
    }

    /// The ACK of an INFORM: no address and no times.
    func information(_ subnet: Int, _ message: DHCPMessage, _ scope: Scope) -> Reply {
        var reply = start(.ack, message, scope)
        reply.clientAddress = message.clientAddress
        tell(&reply, configuration.subnets[subnet], nil, message)
        return finish(reply, message, scope)
    }

    /// A NAK, with the reason for whoever looks at the wire.
    func refusal(_ reason: String, _ message: DHCPMessage, _ scope: Scope) -> Reply {
        var reply = start(.nak, message, scope)
        reply.options.set(.message, text: reason)
        // The client's address may be wrong for its link: the relay agent must not send it there.
        if scope.isRelayed { reply.isBroadcast = true }
        return finish(reply, message, scope)
    }

    private func start(_ kind: DHCPMessage.Kind, _ message: DHCPMessage, _ scope: Scope) -> DHCPMessage {
        var reply = DHCPMessage(
            .reply, kind: kind, hardware: message.hardware, transactionID: message.transactionID)
        reply.flags = message.flags
        reply.relayAddress = message.relayAddress
        reply.options.set(.serverIdentifier, scope.serverIdentifier)
        return reply
    }

    private func finish(_ message: DHCPMessage, _ request: DHCPMessage, _ scope: Scope) -> Reply {
        var reply = message
        // RFC 6842, RFC 3046 §2.2.
        if let identifier = request.options[.clientIdentifier] { reply.options[.clientIdentifier] = identifier }
        if let information = request.options[.relayAgentInformation] {
            reply.options[.relayAgentInformation] = information
        }
        return Reply(
            message: reply, destination: destination(of: reply, scope), link: scope.link, source: scope.source,
            limit: Self.room(request))
    }

    /// What the client takes, without the headers of IP and UDP; no more than one frame of an Ethernet.
    private static func room(_ request: DHCPMessage) -> Int {
        let size = Int(request.options.short(.maximumMessageSize) ?? 576)
        return min(max(size, 576), 1_500) - 28
    }

    private func destination(of reply: DHCPMessage, _ scope: Scope) -> Reply.Destination {
        if scope.isRelayed { return .relay(reply.relayAddress) }
        if reply.kind == .nak { return .broadcast }
        if reply.clientAddress != .unspecified { return .client(reply.clientAddress) }
        if reply.isBroadcast || !reply.hardware.isEthernetHost { return .broadcast }
        return .hardware(reply.hardware, reply.yourAddress)
    }

    // MARK: Options

    /// Adds what the client wants to know, in the order of its wishes; everything where it has none.
    private func tell(
        _ reply: inout DHCPMessage, _ subnet: DHCPServerConfiguration.Subnet,
        _ reservation: DHCPServerConfiguration.Reservation?, _ request: DHCPMessage
    ) {
        reply.nextServer = subnet.nextServer
        reply.bootFile = Array(subnet.bootFile.utf8)
        var options = DHCPOptions()
        options.set(.subnetMask, subnet.network.mask)
        for option in subnet.options { options[option.code] = option.value }
        if !subnet.domain.isEmpty, options[.domainName] == nil { options.set(.domainName, text: subnet.domain) }
        if let reservation {
            if !reservation.hostName.isEmpty { options.set(.hostName, text: reservation.hostName) }
            for option in reservation.options { options[option.code] = option.value }
        }
        // The mask goes before the routers (RFC 2132 §3.3), and out in any case.
        reply.options[.subnetMask] = options[.subnetMask]
        let wishes = request.options.requestedCodes
        if wishes.contains(.broadcastAddress), options[.broadcastAddress] == nil {
            options.set(.broadcastAddress, subnet.network.last)
        }
        for code in wishes.isEmpty ? options.map(\.code) : wishes {
            guard !Self.isOfServer(code), let value = options[code] else { continue }
            reply.options[code] = value
        }
        if let name = publishedName(subnet, reservation, request) { reply.options[.clientFQDN] = name.value }
    }

    /// What a configuration cannot set: it is made for each message.
    package static func isOfServer(_ code: OptionCode) -> Bool {
        switch code {
        case .requestedAddress, .leaseTime, .overload, .messageType, .serverIdentifier, .parameterRequestList, .message,
            .maximumMessageSize, .renewalTime, .rebindingTime, .clientIdentifier, .rapidCommit, .clientFQDN,
            .relayAgentInformation:
            true
        default: false
        }
    }

    /// The answer to option 81 (RFC 4702 §4): the server publishes the name, in both directions, or nobody does.
    private func publishedName(
        _ subnet: DHCPServerConfiguration.Subnet, _ reservation: DHCPServerConfiguration.Reservation?,
        _ request: DHCPMessage
    ) -> ClientFQDN? {
        guard let wish = request.options.clientFQDN else { return nil }
        var label = HostName.label(in: request)
        if let name = reservation?.hostName, !name.isEmpty { label = name }
        let publishes = !wish.flags.contains(.noUpdates) && !subnet.domain.isEmpty && !label.isEmpty
        var flags = wish.flags.intersection(.canonicalEncoding)
        if publishes {
            flags.insert(.serverUpdates)
            if !wish.flags.contains(.serverUpdates) { flags.insert(.overridden) }
        } else {
            flags.insert(.noUpdates)
            if wish.flags.contains(.serverUpdates) { flags.insert(.overridden) }
        }
        let name = publishes ? "\(label).\(subnet.domain)" : wish.name
        return ClientFQDN(flags: flags, name: name, isComplete: publishes || wish.isComplete)
    }

    // MARK: Times

    /// What the client asks for, within limits; the default where it does not ask.
    func leaseTime(_ message: DHCPMessage, _ subnet: Int) -> UInt32 {
        let facts = configuration.subnets[subnet]
        guard let wish = message.options.long(.leaseTime) else { return facts.leaseTime }
        return min(max(wish, facts.minimumLeaseTime), facts.maximumLeaseTime)
    }

    /// T1 and T2, which keep their order whatever the lease.
    private static func times(_ time: UInt32, _ subnet: DHCPServerConfiguration.Subnet) -> (UInt32, UInt32) {
        let rebinding = subnet.rebindingTime.flatMap { $0 < time ? $0 : nil } ?? UInt32(UInt64(time) * 7 / 8)
        let renewal = subnet.renewalTime.flatMap { $0 < rebinding ? $0 : nil } ?? min(time / 2, rebinding)
        return (renewal, rebinding)
    }
}
