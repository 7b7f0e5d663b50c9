/// What a client makes of what it hears.
extension DHCPClientEngine {
    /// How long a client waits after an address that somebody else has (RFC 2131 §3.1.5).
    static let declineWait = Duration.seconds(10)

    /// How long a client uses an address before it asks again, whatever a server says: none can make it ask without a pause.
    static let leastWait = Duration.seconds(1)

    /// Takes a message from a server. What is not for this client, or not for now, is passed over.
    package mutating func receive(
        _ message: DHCPMessage, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard message.operation == .reply, message.transactionID == transactionID,
            message.hardware == configuration.hardware
        else { return [] }
        // RFC 6842: what is for another client of the same hardware says so.
        if let identifier = message.options[.clientIdentifier], identifier != clientIdentifier { return [] }
        switch (state, message.kind) {
        case (.selecting, .offer):
            guard message.yourAddress.isHost, let server = message.options.address(.serverIdentifier), server.isHost
            else { return [] }
            offer = message
            state = .requesting
            attempt = 0
            failures = 0
            return transmit(now, &generator)
        case (.selecting, .ack):
            guard configuration.wantsRapidCommit, message.options[.rapidCommit] != nil else { return [] }
            return accept(message, now, &generator)
        case (.requesting, .ack), (.requesting, .nak):
            // Of the server that was chosen only.
            let server = offer?.options.address(.serverIdentifier)
            guard server == message.options.address(.serverIdentifier) else { return [] }
            return message.kind == .ack ? accept(message, now, &generator) : refused(message, now, &generator)
        case (.rebooting, .ack), (.renewing, .ack), (.rebinding, .ack): return accept(message, now, &generator)
        case (.renewing, .nak):
            // Only the server that was asked.
            guard message.options.address(.serverIdentifier) == lease?.server else { return [] }
            return refused(message, now, &generator)
        case (.rebooting, .nak), (.rebinding, .nak):
            guard message.options.address(.serverIdentifier) != nil else { return [] }
            return refused(message, now, &generator)
        case (.informing, .ack):
            guard let wish else { return [] }
            let settings = ClientLease(informing: wish, message, start: now)
            stop()
            return [.inform(settings)]
        default: return []
        }
    }

    /// Says what the link said of the address that was to be checked.
    package mutating func checked(
        isFree: Bool, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard state == .checking, let lease else { return [] }
        if isFree { return bind(lease, now, &generator) }
        transactionID = generator.next()
        let message = declineMessage(lease)
        self.lease = nil
        wish = nil
        restart(at: now + Self.declineWait)
        return [.send(message, .broadcast), .lose(lease, .conflict)]
    }

    private mutating func accept(
        _ message: DHCPMessage, _ now: ContinuousClock.Instant, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let new = ClientLease(message, start: asked ?? now) else { return [] }
        let old = isUsingAddress ? lease : nil
        lease = new
        offer = nil
        if let old, old.address == new.address {
            settle(new, &generator)
            return [.extend(new)]
        }
        // A server may give another address to a client that wants more time for the one that it has.
        var actions: [Action] = old.map { [.lose($0, .refused)] } ?? []
        if configuration.checksAddress {
            (state, deadline) = (.checking, nil)
            actions.append(.check(new.address))
            return actions
        }
        actions += bind(new, now, &generator)
        return actions
    }

    private mutating func bind(
        _ lease: ClientLease, _ now: ContinuousClock.Instant, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        (refusals, failures) = (0, 0)
        settle(lease, &generator)
        return [.bind(lease)]
    }

    /// Waits for T1, a little less, so that hosts that started together do not come together (RFC 2131 §4.4.5).
    private mutating func settle(_ lease: ClientLease, _ generator: inout some RandomNumberGenerator) {
        state = .bound
        wish = lease.address
        if lease.isInfinite {
            deadline = nil
        } else {
            let wait = Duration.seconds(Int64(lease.renewal))
            deadline = lease.start + max(Self.leastWait, Self.random(wait * 0.95...wait, &generator))
        }
    }

    /// Begins anew: at once the first time, and later and later where servers go on refusing.
    private mutating func refused(
        _ message: DHCPMessage, _ now: ContinuousClock.Instant, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        var actions: [Action] = [.refused(message.options.text(.message) ?? "")]
        if isUsingAddress, let lease { actions.append(.lose(lease, .refused)) }
        (lease, offer, wish) = (nil, nil, nil)
        let wait = refusals == 0 ? 0 : min(64, 1 << min(refusals, 6))
        refusals += 1
        restart(at: now + .seconds(wait))
        return actions + advance(to: now, using: &generator)
    }
}
