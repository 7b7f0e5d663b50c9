/// A relay agent: takes what clients say to their link to servers that are elsewhere, and answers back (RFC 1542 §4.1,
/// RFC 2131 §4.1, RFC 3046).
package struct RelayEngine: Sendable {
    package let configuration: Configuration
    /// By number. May be replaced while the agent works, as addresses change.
    package var ports: [Int: Port]
    /// Messages that went without option 82, as there was no room for it.
    package private(set) var withoutInformation = 0
    private var interfaceRates: RateLimiter<Int>
    private var clientRates: RateLimiter<HardwareAddress>
    /// What time is counted from.
    private var start: ContinuousClock.Instant?

    /// - Parameters:
    ///   - configuration: servers, and what is believed.
    ///   - ports: interfaces with clients.
    package init(_ configuration: Configuration, ports: [Port]) {
        self.configuration = configuration
        self.ports = Dictionary(ports.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        interfaceRates = RateLimiter(configuration.rate)
        clientRates = RateLimiter(configuration.clientRate)
    }

    /// What to do with a message.
    ///
    /// - Parameters:
    ///   - octets: as it came to port 67.
    ///   - arrival: whence.
    ///   - now: when.
    package mutating func react(
        to octets: [UInt8], _ arrival: Arrival, now: ContinuousClock.Instant
    ) -> [Action] {
        let message: RelayedMessage
        do throws(DHCPError) {
            message = try RelayedMessage(octets)
        } catch {
            return [.refuse(.malformed)]
        }
        return message.isReply ? answer(message, arrival) : ask(message, arrival, now)
    }

    // MARK: To servers

    private mutating func ask(
        _ request: RelayedMessage, _ arrival: Arrival, _ now: ContinuousClock.Instant
    ) -> [Action] {
        guard let port = ports[arrival.interface] else { return [.refuse(.notFromClient)] }
        guard request.hops <= configuration.hopLimit else { return [.refuse(.tooManyHops)] }
        guard request.seconds >= configuration.minimumSeconds else { return [.refuse(.tooEarly)] }
        // Who sends too much is told apart before the rest of the link pays for it.
        let time = (now - (start ?? now)) / .seconds(1)
        start = start ?? now
        guard clientRates.take(request.hardware, now: time), interfaceRates.take(port.index, now: time) else {
            return [.refuse(.overRate)]
        }
        var message = request
        message.hops += 1
        if request.relayAddress != .unspecified {
            guard !ports.values.contains(where: { $0.address == request.relayAddress }) else {
                return [.refuse(.ownRelayAddress)]
            }
            guard configuration.trustedRelays.contains(where: { $0.contains(arrival.source) }) else {
                return [.refuse(.untrustedRelay)]
            }
            // The first agent's address and option stay: servers answer to it (RFC 1542 §4.1.1, RFC 3046 §2.1.1).
        } else {
            message.relayAddress = port.address
            guard let value = information(for: message, at: port, isUnicast: arrival.destination == port.address)
            else { return [.refuse(.untrustedInformation)] }
            switch value {
            case .asItIs: break
            case .option(let value): message.setInformation(value)
            }
            if message.octets.count > max(configuration.maximumLength, request.octets.count) {
                withoutInformation += 1
                message = request
                message.hops += 1
                message.relayAddress = port.address
            }
        }
        return configuration.servers.map { .toServer($0, source: port.address, octets: message.octets) }
    }

    private enum Information {
        case asItIs
        case option([UInt8])
    }

    /// The option that a client's message gets; nil when it must not be relayed.
    private func information(for message: RelayedMessage, at port: Port, isUnicast: Bool) -> Information? {
        guard message.hasOptions else { return .asItIs }
        let theirs = message.information
        guard let policy = configuration.policy else { return theirs == nil ? .asItIs : nil }
        var ours = information(at: port)
        // RFC 5010, for servers that want to know.
        if configuration.overridesServerIdentifier { ours.wasUnicast = isUnicast }
        guard let theirs else { return .option(ours.value) }
        switch policy {
        case .drop: return nil
        case .keep: return .asItIs
        case .replace: return .option(ours.value)
        case .insert:
            guard var both = try? RelayAgentInformation(theirs) else { return nil }
            for element in ours.elements where both[element.code] == nil { both[element.code] = element.value }
            return both.value.count <= 255 ? .option(both.value) : .asItIs
        }
    }

    /// What this agent tells of a port.
    private func information(at port: Port) -> RelayAgentInformation {
        var information = RelayAgentInformation()
        information[.circuitID] = Array(port.name.utf8)
        information[.remoteID] = configuration.remoteID ?? port.hardware.octets
        information.linkSelection = configuration.linkSelection
        if configuration.overridesServerIdentifier { information.serverIdentifierOverride = port.address }
        return information
    }

    // MARK: To clients

    private func answer(_ reply: RelayedMessage, _ arrival: Arrival) -> [Action] {
        guard let port = port(for: reply) else { return [.refuse(.notOurReply)] }
        guard isPlausible(arrival) else { return [.refuse(.untrustedServer)] }
        var message = reply
        if let value = reply.information, configuration.policy != nil {
            message.setInformation(remainder(of: value, at: port))
        }
        return [
            .toClient(destination(of: reply), interface: port.index, source: port.address, octets: message.octets)
        ]
    }

    /// The interface that a reply is for: the one whose address it came to; the echoed circuit decides where several have
    /// the same.
    private func port(for reply: RelayedMessage) -> Port? {
        let candidates = ports.values.filter { $0.address == reply.relayAddress }
        guard candidates.count > 1 else { return candidates.first }
        let circuit = reply.information.flatMap { try? RelayAgentInformation($0) }?[.circuitID]
        return candidates.first { Array($0.name.utf8) == circuit }
    }

    /// Whether a server can be where a reply comes from.
    ///
    /// What comes through an interface with clients is one of them, unless it is a server that is on that link. On the other
    /// side a server may have several addresses, or be further away than the agent that was asked.
    private func isPlausible(_ arrival: Arrival) -> Bool {
        if let port = ports[arrival.interface] {
            return configuration.servers.contains(arrival.source)
                && port.networks.contains { $0.contains(arrival.source) }
        }
        return configuration.answerers.isEmpty || configuration.answerers.contains { $0.contains(arrival.source) }
    }

    /// What was in option 82 before this agent put its own in; nil for nothing (RFC 3046 §2.1: it takes away what it added).
    private func remainder(of value: [UInt8], at port: Port) -> [UInt8]? {
        guard configuration.policy == .insert || configuration.policy == .keep,
            var echoed = try? RelayAgentInformation(value)
        else { return nil }
        let ours = information(at: port)
        for element in ours.elements where echoed[element.code] == element.value { echoed[element.code] = nil }
        if configuration.overridesServerIdentifier { echoed.wasUnicast = nil }
        return echoed.elements.isEmpty ? nil : echoed.value
    }

    /// RFC 2131 §4.1: to the address that the client gets, or already has, unless it asks for a broadcast.
    private func destination(of reply: RelayedMessage) -> Destination {
        let address = reply.yourAddress == .unspecified ? reply.clientAddress : reply.yourAddress
        guard !reply.isBroadcast, address.isHost, reply.hardware.isEthernetHost else { return .broadcast }
        return .host(address, reply.hardware)
    }
}
