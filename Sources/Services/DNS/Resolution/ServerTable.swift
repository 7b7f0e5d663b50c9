/// A server to ask.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, port: UInt16 = 53) {
        self.address = address
        self.port = port
    }

    package var description: String { address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

/// How servers have behaved: how fast they are, whether they answer, what they understand.
struct ServerTable: Sendable {
    /// What is known of a server.
    struct Record: Sendable {
        /// Round trip times smoothed as TCP does it (RFC 6298 §2); nil before the first.
        var smoothed: Duration?
        var variation = Duration.zero
        /// One after the other.
        var timeouts = 0
        /// Until when it is only asked if there is no other.
        var avoidedUntil: ContinuousClock.Instant?
        /// Whether it has answered with EDNS; false when it did not understand it.
        var speaksEDNS: Bool?
        /// When it forgot that: nil while it speaks it.
        var learned: ContinuousClock.Instant
        /// Zones that it does not serve although it should, until when.
        var lame: [DomainName: ContinuousClock.Instant] = [:]
    }

    /// Before anything is known.
    static let firstTimeout = Duration.milliseconds(400)
    static let leastTimeout = Duration.milliseconds(250)
    static let mostTimeout = Duration.milliseconds(1_500)
    /// Servers that are remembered at most.
    static let capacity = 10_000
    static let avoidance = Duration.seconds(30)
    static let lameness = Duration.seconds(300)
    /// After which servers may have learned EDNS.
    static let memory = Duration.seconds(3_600)
    private static let zones = 20

    private var records: [ServerAddress: Record] = [:]
    var count: Int { records.count }

    subscript(server: ServerAddress) -> Record? { records[server] }

    private mutating func update(
        _ server: ServerAddress, _ now: ContinuousClock.Instant, _ change: (inout Record) -> Void
    ) {
        if records[server] == nil, records.count >= Self.capacity {
            // Those that nothing is held against are learned again soon.
            records = records.filter { $0.value.avoidedUntil.map { $0 > now } ?? false || !$0.value.lame.isEmpty }
            if records.count >= Self.capacity { records.removeAll(keepingCapacity: true) }
        }
        change(&records[server, default: Record(learned: now)])
    }

    mutating func answered(
        _ server: ServerAddress, after time: Duration, withEDNS: Bool, now: ContinuousClock.Instant
    ) {
        update(server, now) { record in
            if let smoothed = record.smoothed {
                let difference = time > smoothed ? time - smoothed : smoothed - time
                record.variation = record.variation * 3 / 4 + difference / 4
                record.smoothed = smoothed * 7 / 8 + time / 8
            } else {
                (record.smoothed, record.variation) = (time, time / 2)
            }
            (record.timeouts, record.avoidedUntil) = (0, nil)
            if withEDNS { record.speaksEDNS = true }
        }
    }

    mutating func timedOut(_ server: ServerAddress, now: ContinuousClock.Instant) {
        update(server, now) { record in
            record.timeouts += 1
            if record.timeouts >= 3 { record.avoidedUntil = now + Self.avoidance }
        }
    }

    /// It cannot be reached, or gives errors.
    mutating func avoid(_ server: ServerAddress, now: ContinuousClock.Instant) {
        update(server, now) { $0.avoidedUntil = now + Self.avoidance }
    }

    mutating func lacksEDNS(_ server: ServerAddress, now: ContinuousClock.Instant) {
        update(server, now) { ($0.speaksEDNS, $0.learned) = (false, now) }
    }

    mutating func isLame(_ server: ServerAddress, for zone: DomainName, now: ContinuousClock.Instant) {
        update(server, now) { record in
            if record.lame.count >= Self.zones { record.lame.removeAll() }
            record.lame[zone] = now + Self.lameness
        }
    }

    func isLame(_ server: ServerAddress, _ zone: DomainName, _ now: ContinuousClock.Instant) -> Bool {
        records[server]?.lame[zone].map { $0 > now } ?? false
    }

    func usesEDNS(_ server: ServerAddress, _ now: ContinuousClock.Instant) -> Bool {
        guard let record = records[server], record.speaksEDNS == false else { return true }
        return now - record.learned > Self.memory
    }

    /// How long to wait for an answer: longer after each silence.
    func timeout(_ server: ServerAddress) -> Duration {
        guard let record = records[server] else { return Self.firstTimeout }
        let base =
            record.smoothed.map { min(Self.mostTimeout, max(Self.leastTimeout, $0 + record.variation * 4)) }
            ?? Self.firstTimeout
        return min(Self.mostTimeout, base * (1 << min(record.timeouts, 4)))
    }

    /// Picks one: mostly the fastest, now and then any, so that others can show that they have become faster. One that is
    /// not known yet counts as rather fast, so that each is tried.
    ///
    /// - Parameter servers: not empty.
    func choose(
        among servers: [ServerAddress], zone: DomainName, now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> ServerAddress? {
        let good = servers.filter { server in
            !isLame(server, zone, now) && records[server]?.avoidedUntil.map { $0 <= now } ?? true
        }
        // All others only when there is no good one: first those that are not lame.
        let sound = good.isEmpty ? servers.filter { !isLame($0, zone, now) } : good
        let candidates = sound.isEmpty ? servers : sound
        if Int.random(in: 0..<20, using: &generator) == 0 { return candidates.randomElement(using: &generator) }
        return candidates.map { server in
            let known = records[server].flatMap { record in
                record.smoothed.map { $0 + Self.firstTimeout * record.timeouts }
            }
            let guess = Duration.milliseconds(Int64.random(in: 0...40, using: &generator))
            return (server, known ?? guess + Self.firstTimeout * (records[server]?.timeouts ?? 0))
        }.min { $0.1 < $1.1 }?.0
    }
}
