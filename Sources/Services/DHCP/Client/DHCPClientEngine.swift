/// A client: the state machine of RFC 2131 §4.4, without sockets and clocks.
package struct DHCPClientEngine: Sendable {
    /// RFC 2131's names, figure 5.
    package enum State: String, Sendable, Hashable {
        /// INIT: waits before the first message, so that hosts that start together do not ask together.
        case initial = "INIT"
        case selecting = "SELECTING"
        case requesting = "REQUESTING"
        /// INIT-REBOOT: waits before it asks for the address that it had.
        case initialReboot = "INIT-REBOOT"
        case rebooting = "REBOOTING"
        /// Has an address, and asks the link whether somebody else has it (§4.4.1).
        case checking = "CHECKING"
        case bound = "BOUND"
        case renewing = "RENEWING"
        case rebinding = "REBINDING"
        /// Asks for settings only (§4.4.3).
        case informing = "INFORMING"
        /// Does nothing any more.
        case stopped = "STOPPED"
    }

    /// Who a client is, and what it asks servers for.
    package struct Configuration: Sendable, Hashable {
        package var hardware: HardwareAddress
        /// Option 61; nil for the hardware address behind its type.
        package var clientIdentifier: [UInt8]?
        /// Option 12, or option 81 with `wantsFQDN`.
        package var hostName: String?
        /// Whether the server is asked to publish the name (RFC 4702).
        package var wantsFQDN = false
        /// Option 60.
        package var vendorClass: String? = "headwater"
        /// Whether two messages are enough where the server thinks so (RFC 4039).
        package var wantsRapidCommit = true
        /// Whether replies are to go to all, for hosts that cannot take what is sent to an address that they do not have.
        package var wantsBroadcast = false
        /// Whether the link is asked who has the address, before it is used.
        package var checksAddress = true
        /// How long to wait before the first message (RFC 2131 §4.4.1).
        package var startDelay = Duration.seconds(1)...Duration.seconds(10)
        /// Messages without an answer after which it is said that there is none, at least 1. DISCOVER goes on all the same.
        package var attempts = 4
        /// Octets of a message that can be taken: option 57.
        package var maximumLength: UInt16 = 1_472
        /// Option 55.
        package var requestedCodes: [OptionCode] = [
            .subnetMask, .classlessRoutes, .routers, .nameServers, .hostName, .domainName, .domainSearch, .interfaceMTU,
            .broadcastAddress, .timeServers,
        ]

        package init(hardware: HardwareAddress) { self.hardware = hardware }
    }

    /// Between which addresses a message travels (RFC 2131 §4.1, §4.4.4).
    package enum Destination: Sendable, Hashable {
        /// From no address to all.
        case broadcast
        /// From an address to all: it is that of the client.
        case broadcastFrom(IPv4Address)
        /// From the first to the second.
        case unicast(IPv4Address, IPv4Address)
    }

    /// Why an address may not be used any more.
    package enum Loss: String, Sendable, Hashable {
        case expired, refused, conflict, released
    }

    /// What the caller is to do, in the order of the actions.
    package enum Action: Sendable, Hashable {
        case send(DHCPMessage, Destination)
        /// Ask the link, and call ``DHCPClientEngine/checked(isFree:now:using:)``.
        case check(IPv4Address)
        /// Use the address and its settings.
        case bind(ClientLease)
        /// The same for longer, perhaps with other settings.
        case extend(ClientLease)
        /// Settings for an address from elsewhere.
        case inform(ClientLease)
        /// Do not use the address any more.
        case lose(ClientLease, Loss)
        /// A server has said that a request is void, and perhaps why.
        case refused(String)
        /// Nobody has answered; the client goes on asking.
        case fail
    }

    package let configuration: Configuration
    package internal(set) var state = State.stopped
    /// When ``advance(to:using:)`` has something to do.
    package internal(set) var deadline: ContinuousClock.Instant?
    /// The lease that is in use, or being checked or asked for again.
    package internal(set) var lease: ClientLease?

    /// `xid` of what is being done.
    var transactionID: UInt32 = 0
    /// What `secs` counts from.
    var start: ContinuousClock.Instant?
    var seconds: UInt16 = 0
    /// When the last request went out: leases count from there.
    var asked: ContinuousClock.Instant?
    /// Messages of this kind that went out.
    var attempt = 0
    /// Attempts since the last that succeeded.
    var failures = 0
    /// Refusals since an address was last used.
    var refusals = 0
    /// An address that the client would like: the one that it had.
    var wish: IPv4Address?
    var offer: DHCPMessage?

    package init(_ configuration: Configuration) { self.configuration = configuration }

    // MARK: Beginnings and ends

    /// Asks for an address.
    ///
    /// - Parameters:
    ///   - remembered: the lease that the client had; asked for again if it has not ended (INIT-REBOOT).
    ///   - now: the present time.
    ///   - generator: of waits and transaction numbers.
    package mutating func begin(
        remembered: ClientLease? = nil, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) {
        let isGood = remembered.map { $0.duration > 0 && ($0.end.map { now < $0 } ?? true) } ?? false
        lease = isGood ? remembered : nil
        wish = remembered?.address
        state = isGood ? .initialReboot : .initial
        deadline = now + Self.random(configuration.startDelay, &generator)
    }

    /// Asks for settings only.
    package mutating func inform(
        for address: IPv4Address, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) {
        wish = address
        beginTransaction(now, &generator)
        state = .informing
        deadline = now
    }

    /// Gives the address back, and stops.
    package mutating func release(using generator: inout some RandomNumberGenerator) -> [Action] {
        let held = isUsingAddress ? lease : nil
        transactionID = generator.next()
        let message = held.map { releaseMessage($0) }
        stop()
        guard let held, let message else { return [] }
        return [.send(message, .unicast(held.address, held.server)), .lose(held, .released)]
    }

    /// Stops without a word; the address may be used until its end.
    package mutating func stop() { (state, deadline, lease) = (.stopped, nil, nil) }

    /// Lets what is due later be due now.
    package mutating func hasten(to now: ContinuousClock.Instant) { if deadline != nil { deadline = now } }

    /// Whether the address may be used now.
    package var isUsingAddress: Bool { [.bound, .renewing, .rebinding].contains(state) }

    // MARK: Time

    /// Does what is due.
    package mutating func advance(
        to now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let deadline, deadline <= now else { return [] }
        switch state {
        case .initial, .initialReboot:
            beginTransaction(now, &generator)
            state = state == .initial ? .selecting : .rebooting
            return transmit(now, &generator)
        case .selecting, .informing:
            var actions: [Action] = []
            if attempt > 0 {
                failures += 1
                if failures.isMultiple(of: configuration.attempts) { actions = [.fail] }
            }
            return actions + transmit(now, &generator)
        case .requesting, .rebooting:
            // RFC 2131 §3.1.5 and §3.2.5: whoever does not answer any more is given up.
            let limit = state == .requesting ? configuration.attempts : 2
            guard attempt >= limit else { return transmit(now, &generator) }
            let hasFailed = state == .requesting
            (lease, offer) = (nil, nil)
            restart(at: now)
            return (hasFailed ? [.fail] : []) + advance(to: now, using: &generator)
        case .bound:
            beginTransaction(now, &generator)
            state = .renewing
            return transmit(now, &generator)
        case .renewing, .rebinding: return prolong(now, &generator)
        case .checking, .stopped:
            self.deadline = nil
            return []
        }
    }

    /// The next step of a client that wants more time: half of what is left until T2, then until the end, but no less than a
    /// minute (RFC 2131 §4.4.5).
    private mutating func prolong(
        _ now: ContinuousClock.Instant, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let lease, let end = lease.end else { return [] }
        if now >= end {
            self.lease = nil
            restart(at: now)
            return [.lose(lease, .expired)] + advance(to: now, using: &generator)
        }
        if now >= lease.start + .seconds(Int64(lease.rebinding)) { state = .rebinding }
        return transmit(now, &generator)
    }

    // MARK: Steps that others share

    mutating func beginTransaction(
        _ now: ContinuousClock.Instant, _ generator: inout some RandomNumberGenerator
    ) {
        transactionID = generator.next()
        (start, seconds, attempt, offer) = (now, 0, 0, nil)
    }

    /// Begins again with DISCOVER.
    mutating func restart(at instant: ContinuousClock.Instant) {
        state = .initial
        deadline = instant
    }

    /// Sends what the state sends, and waits for longer from time to time: 4, 8, 16 … 64 seconds, each a second more or less
    /// (RFC 2131 §4.1).
    mutating func transmit(
        _ now: ContinuousClock.Instant, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        attempt += 1
        if let start, state != .requesting { seconds = UInt16(clamping: Int((now - start) / .seconds(1))) }
        asked = now
        switch state {
        case .renewing, .rebinding:
            guard let lease, let end = lease.end else { return [] }
            let next = state == .renewing ? lease.start + .seconds(Int64(lease.rebinding)) : end
            deadline = min(next, now + max(.seconds(60), (next - now) / 2))
        default:
            let wait = Duration.seconds(4 << min(attempt - 1, 4))
            deadline = now + Self.random(wait - .seconds(1)...wait + .seconds(1), &generator)
        }
        return message().map { [.send($0.0, $0.1)] } ?? []
    }

    static func random(
        _ range: ClosedRange<Duration>, _ generator: inout some RandomNumberGenerator
    ) -> Duration {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double.random(in: 0...1, using: &generator)
    }
}
