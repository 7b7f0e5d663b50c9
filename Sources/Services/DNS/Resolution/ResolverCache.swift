/// What a resolver was told, for as long as that counts: sets of records, and that there are none (RFC 2308).
///
/// Each set has a trust (RFC 2181 §5.4.1): what is trusted less never replaces what is trusted more while that lives. Answers
/// that depend on the client's network are kept by network (RFC 7871 §7.3). Memory is bounded: what nobody has asked for
/// since the last round goes first.
package struct ResolverCache: Sendable {
    /// How much is kept, and for how long.
    package struct Configuration: Sendable, Hashable {
        /// Names and types at most.
        package var entries = 500_000
        /// Octets at most, all but exactly.
        package var octets = 128 << 20
        /// Seconds that records live at most, whatever their zone says.
        package var maximumTTL: UInt32 = 86_400
        /// Seconds that "there is none" lives at most (RFC 2308 §5).
        package var maximumNegativeTTL: UInt32 = 10_800
        /// Seconds that records are kept beyond their end, for when nobody can be asked (RFC 8767 §5); 0 for never.
        package var staleTime: UInt32 = 86_400
        /// Client networks of one name and type.
        package var networks = 1_024

        package init() {}
    }

    /// How much something can be relied on (RFC 2181 §5.4.1), least first.
    package enum Trust: UInt8, Sendable, Comparable {
        /// An additional record: glue. Good for asking a server, never for an answer.
        case additional
        /// NS records of a parent.
        case referral
        /// An answer of a server that does not claim authority, or what follows an alias.
        case answer
        /// NS records that come with an authoritative answer.
        case authority
        case authoritativeAnswer

        package static func < (left: Trust, right: Trust) -> Bool { left.rawValue < right.rawValue }
    }

    /// What is known of a name and a type: records, or that there are none (RFC 2308).
    package enum Content: Sendable, Hashable {
        case records([RecordData])
        /// The name has no such records; the SOA record that says so, if one came.
        case noData(ResourceRecord?)
        /// There is no such name.
        case nameError(ResourceRecord?)
    }

    /// What is known.
    package struct Hit: Sendable {
        package var content: Content
        /// Seconds it still lives; 30 when stale (RFC 8767 §4).
        package var ttl: UInt32
        /// How much it can be relied on: glue is no answer.
        package var trust: Trust
        /// Whether it is past its end, and good only when nobody can be asked (RFC 8767).
        package var isStale: Bool
        /// Whether nine tenths of its life are over: time to ask again, before somebody has to wait.
        package var isEnding: Bool
        /// Clients that it is for; nil for all.
        package var network: IPNetwork?
    }

    private struct Key: Hashable {
        var name: DomainName
        /// 0 for "there is no such name", whatever the type.
        var type: RecordType
    }

    private struct Entry {
        var content: Content
        var trust: Trust
        var stored: ContinuousClock.Instant
        var ttl: UInt32
        var octets: Int

        func age(_ now: ContinuousClock.Instant) -> Int64 { max(0, (now - stored).components.seconds) }
    }

    private struct Slot {
        var key: Key
        var all: Entry?
        var networks: [IPNetwork: Entry] = [:]
        /// Lengths of their prefixes, longest first.
        var prefixes: [Int] = []
        var isUsed = false
    }

    static let noName = RecordType(rawValue: 0)
    static let staleTTL: UInt32 = 30

    package let configuration: Configuration
    private var index: [Key: Int] = [:]
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var hand = 0
    /// Octets in use, all but exactly.
    package private(set) var octets = 0
    package var count: Int { index.count }

    package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    // MARK: Looking

    /// - Parameters:
    ///   - name: in any case.
    ///   - type: of records; what is known of the name as a whole counts as well.
    ///   - address: of the client, for answers that depend on it; nil for none of these.
    ///   - trust: at least.
    ///   - isStaleAllowed: whether what is over may be returned too.
    ///   - now: the time.
    package mutating func lookUp(
        _ name: DomainName, _ type: RecordType, for address: IPAddress? = nil, trust: Trust = .answer,
        isStaleAllowed: Bool = false, now: ContinuousClock.Instant
    ) -> Hit? {
        for key in [Key(name: name, type: type), Key(name: name, type: Self.noName)] {
            guard let place = index[key] else { continue }
            slots[place]?.isUsed = true
            if let hit = hit(place, address, trust, isStaleAllowed, now) { return hit }
        }
        return nil
    }

    private func hit(
        _ place: Int, _ address: IPAddress?, _ trust: Trust, _ isStaleAllowed: Bool, _ now: ContinuousClock.Instant
    ) -> Hit? {
        guard let slot = slots[place] else { return nil }
        if let address, !slot.prefixes.isEmpty {
            for prefix in slot.prefixes {
                guard let network = IPNetwork(address, prefix: prefix), let entry = slot.networks[network],
                    let hit = hit(entry, trust, isStaleAllowed, network, now)
                else { continue }
                return hit
            }
        }
        return slot.all.flatMap { hit($0, trust, isStaleAllowed, nil, now) }
    }

    private func hit(
        _ entry: Entry, _ trust: Trust, _ isStaleAllowed: Bool, _ network: IPNetwork?, _ now: ContinuousClock.Instant
    ) -> Hit? {
        guard entry.trust >= trust else { return nil }
        let (age, life) = (entry.age(now), Int64(entry.ttl))
        if age < life {
            return Hit(
                content: entry.content, ttl: UInt32(life - age), trust: entry.trust, isStale: false,
                isEnding: age * 10 >= life * 9, network: network)
        }
        guard isStaleAllowed, age < life + Int64(configuration.staleTime) else { return nil }
        return Hit(
            content: entry.content, ttl: Self.staleTTL, trust: entry.trust, isStale: true, isEnding: true,
            network: network)
    }

    // MARK: Keeping

    /// Keeps a set of records, or that there is none. What lives for no time is not kept.
    ///
    /// - Parameters:
    ///   - name: of the set.
    ///   - type: of the set; of no matter for a name that does not exist.
    ///   - content: what is known.
    ///   - ttl: seconds.
    ///   - trust: what it can be relied on.
    ///   - network: clients that it is for; nil for all.
    ///   - now: the time.
    package mutating func insert(
        _ name: DomainName, _ type: RecordType, _ content: Content, ttl: UInt32, trust: Trust,
        network: IPNetwork? = nil, now: ContinuousClock.Instant
    ) {
        var (type, ttl, octets) = (type, min(ttl, configuration.maximumTTL), 200 + name.wire.count)
        switch content {
        case .records(let data): octets += data.reduce(0) { $0 + $1.octets.count + 40 }
        case .noData(let start), .nameError(let start):
            ttl = min(ttl, configuration.maximumNegativeTTL)
            octets += start.map { $0.name.wire.count + $0.data.octets.count + 100 } ?? 0
        }
        if case .nameError = content { type = Self.noName }
        guard ttl > 0 else { return }
        let key = Key(name: name, type: type)
        let place = index[key] ?? newSlot(key)
        var entry = Entry(content: content, trust: trust, stored: now, ttl: ttl, octets: octets)
        let old = network.map { slots[place]?.networks[$0] } ?? slots[place]?.all
        if let old, old.age(now) < Int64(old.ttl) {
            guard trust >= old.trust else { return }
            // A delegation ends when its parent said: a child cannot live on by telling of itself ("ghost domains").
            if type == .ns { entry.ttl = min(entry.ttl, old.ttl - UInt32(old.age(now))) }
        }
        self.octets += octets - (old?.octets ?? 0)
        if let network {
            keep(entry, for: network, place)
        } else {
            slots[place]?.all = entry
        }
        if type != Self.noName, case .records = content { remove(name, Self.noName) }
        while self.octets > configuration.octets || index.count > configuration.entries, evict(sparing: key) {}
    }

    private mutating func keep(_ entry: Entry, for network: IPNetwork, _ place: Int) {
        guard var slot = slots[place] else { return }
        slots[place] = nil
        if slot.networks[network] == nil, slot.networks.count >= configuration.networks,
            let victim = slot.networks.min(by: { $0.value.stored < $1.value.stored })
        {
            octets -= victim.value.octets
            slot.networks[victim.key] = nil
        }
        slot.networks[network] = entry
        if !slot.prefixes.contains(network.prefix) {
            slot.prefixes = (slot.prefixes + [network.prefix]).sorted(by: >)
        }
        slots[place] = slot
    }

    /// Forgets a set.
    package mutating func remove(_ name: DomainName, _ type: RecordType) {
        if let place = index[Key(name: name, type: type)] { clear(place) }
    }

    private mutating func newSlot(_ key: Key) -> Int {
        let slot = Slot(key: key)
        if let place = free.popLast() {
            slots[place] = slot
            index[key] = place
            return place
        }
        slots.append(slot)
        index[key] = slots.count - 1
        return slots.count - 1
    }

    private mutating func clear(_ place: Int) {
        guard let slot = slots[place] else { return }
        octets -= (slot.all?.octets ?? 0) + slot.networks.values.reduce(0) { $0 + $1.octets }
        index[slot.key] = nil
        slots[place] = nil
        free.append(place)
    }

    /// Forgets one that nobody has asked for since the hand came by last.
    private mutating func evict(sparing key: Key) -> Bool {
        guard index.count > 1 else { return false }
        while true {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            guard let slot = slots[hand], slot.key != key else { continue }
            if !slot.isUsed {
                clear(hand)
                return true
            }
            slots[hand]?.isUsed = false
        }
    }
}
