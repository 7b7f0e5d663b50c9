internal import Glibc

/// Responses as they go out, by question: what was answered once is copied, with the id, the letters of the question and
/// the cookie put in. Of one thread, and for one state of the zones.
///
/// ``AuthorityEngine/mayBeRepeated(_:)`` says which responses are kept.
package final class AnswerCache {
    /// Octets of a key at most: a name, type, class, limit and facts.
    private static let keyCapacity = DomainName.maximumLength + 7
    /// A response's cookie: the client's and ours.
    private static let cookieLength = 24

    /// What is known of a response, with its key and octets in one piece of memory.
    private struct Slot {
        var hash: UInt64 = 0
        var memory: UnsafeMutableRawPointer?
        var keyLength: UInt16 = 0
        var length: UInt16 = 0
        /// Of ``ResponseRateLimit``.
        var kind = ResponseRateLimit.KindHash(value: 0, isError: false)
    }

    /// What became of a query.
    package enum Outcome: Sendable, Hashable {
        /// So many octets were written.
        case written(Int)
        /// The sender's network gets no more of these.
        case dropped
        /// The engine has to answer.
        case unknown
    }

    private let slots: UnsafeMutableBufferPointer<Slot>
    private let octetLimit: Int
    private var octets = 0
    private let key: UnsafeMutableRawBufferPointer
    private var engine: AuthorityEngine

    /// - Parameters:
    ///   - engine: answers, and has the zones, which stay the same.
    ///   - count: of responses at most, a power of two.
    ///   - octetLimit: of all responses together.
    package init(_ engine: AuthorityEngine, count: Int = 1 << 15, octetLimit: Int = 1 << 25) {
        precondition(count > 0 && count & (count - 1) == 0)
        self.engine = engine
        // Whoever is nobody in particular is not to be sent anywhere.
        self.engine.source = engine.source.map { _ in Unasked() }
        self.octetLimit = octetLimit
        slots = .allocate(capacity: count)
        slots.initialize(repeating: Slot())
        key = .allocate(byteCount: Self.keyCapacity, alignment: 8)
    }

    deinit {
        removeAll()
        slots.deallocate()
        key.deallocate()
    }

    private func removeAll() {
        for index in slots.indices { slots[index].memory?.deallocate() }
        slots.update(repeating: Slot())
        octets = 0
    }

    /// Octets that responses take at the moment.
    package var memory: Int { octets }

    /// Answers a query.
    ///
    /// - Parameters:
    ///   - query: as it came.
    ///   - origin: where it comes from: the octets of the address.
    ///   - isTCP: how it came.
    ///   - time: seconds since 1970, for cookies.
    ///   - decide: what ``ResponseRateLimit`` says; not asked where the sender has proven its address.
    ///   - room: where the response goes, at least as large as the engine's payload size, over TCP 65,535 octets.
    package func answer(
        _ query: UnsafeRawBufferPointer, from origin: UnsafeRawBufferPointer, isTCP: Bool, time: UInt32,
        decide: (ResponseRateLimit.KindHash) -> ResponseRateLimit.Verdict, into room: UnsafeMutableRawBufferPointer
    ) -> Outcome {
        guard let plain = PlainQuery(query, isTCP: isTCP, payloadSize: engine.configuration.payloadSize) else {
            return .unknown
        }
        let hasCookie = plain.cookie != nil && engine.configuration.cookies != nil
        let keyLength = makeKey(query, plain, hasCookie)
        let hash = Self.hash(UnsafeRawBufferPointer(rebasing: key[..<keyLength]))
        let index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        if !isKnown(index, hash, keyLength), !insert(at: index, hash, keyLength, query, plain, hasCookie, isTCP) {
            return .unknown
        }
        let slot = slots[index]
        guard let memory = slot.memory, Int(slot.length) <= room.count, let base = room.baseAddress else {
            return .unknown
        }
        var length = Int(slot.length)
        base.copyMemory(from: memory + Int(slot.keyLength), byteCount: length)
        var isProven = isTCP
        if hasCookie, let place = plain.cookie, let cookies = engine.configuration.cookies {
            let option = UnsafeRawBufferPointer(rebasing: query[place])
            isProven =
                cookies.answer(option, from: origin, now: time, into: base + length - Self.cookieLength) || isProven
        }
        if !isProven {
            switch decide(slot.kind) {
            case .send: break
            case .drop: return .dropped
            case .truncate: length = truncate(room, length, plain, hasCookie)
            }
        }
        room[0] = query[0]
        room[1] = query[1]
        // The wish for recursion and CD come back (RFC 1035 §4.1.1, RFC 4035 §3.1.6).
        room[2] |= query[2] & 1
        room[3] |= query[3] & 0x10
        let names = DNSMessage.headerLength
        if let from = query.baseAddress {
            (base + names).copyMemory(from: from + names, byteCount: plain.questionEnd - names)
        }
        return .written(length)
    }

    /// Leaves the header, the question and EDNS.
    private func truncate(
        _ room: UnsafeMutableRawBufferPointer, _ length: Int, _ plain: PlainQuery, _ hasCookie: Bool
    ) -> Int {
        guard let base = room.baseAddress else { return 0 }
        room[2] |= 2
        for place in 6..<12 { room[place] = 0 }
        guard plain.hasEDNS else { return plain.questionEnd }
        room[11] = 1
        let count = 11 + (hasCookie ? 4 + Self.cookieLength : 0)
        memmove(base + plain.questionEnd, base + length - count, count)
        return plain.questionEnd + count
    }

    // MARK: Keys

    /// Puts the question in lower case and what else the response depends on into ``key``.
    private func makeKey(_ query: UnsafeRawBufferPointer, _ plain: PlainQuery, _ hasCookie: Bool) -> Int {
        let start = DNSMessage.headerLength
        var place = plain.nameLength
        for index in 0..<place { key[index] = DomainName.folded(query[start + index]) }
        for index in 0..<4 { key[place + index] = query[start + place + index] }
        place += 4
        key[place] = UInt8(plain.limit >> 8)
        key[place + 1] = UInt8(plain.limit & 255)
        key[place + 2] = (plain.hasEDNS ? 1 : 0) | (plain.wantsDNSSEC ? 2 : 0) | (hasCookie ? 4 : 0)
        return place + 3
    }

    /// Who finds names that collide makes one of them slower, no more.
    private static func hash(_ octets: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(octets.count) &* 0x9E37_79B9_7F4A_7C15
        func mix(_ word: UInt64) {
            let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            hash = product.high ^ product.low
        }
        var place = 0
        while place + 8 <= octets.count {
            mix(octets.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var last: UInt64 = 0
        while place < octets.count {
            last = last << 8 | UInt64(octets[place])
            place += 1
        }
        mix(last)
        mix(0)
        return hash
    }

    private func isKnown(_ index: Int, _ hash: UInt64, _ keyLength: Int) -> Bool {
        let slot = slots[index]
        guard slot.hash == hash, Int(slot.keyLength) == keyLength, let memory = slot.memory,
            let key = key.baseAddress
        else { return false }
        return memcmp(memory, key, keyLength) == 0
    }

    // MARK: Responses

    /// Asks the engine, and keeps what it says.
    ///
    /// - Returns: whether it may be kept.
    private func insert(
        at index: Int, _ hash: UInt64, _ keyLength: Int, _ query: UnsafeRawBufferPointer, _ plain: PlainQuery,
        _ hasCookie: Bool, _ isTCP: Bool
    ) -> Bool {
        // The same question from nobody in particular: without an id, wishes, capital letters, and the server's cookie.
        var octets = [UInt8](repeating: 0, count: DNSMessage.headerLength) + key[..<(plain.nameLength + 4)]
        octets[5] = 1
        if plain.hasEDNS {
            octets[11] = 1
            var end = plain.questionEnd + 9
            octets += query[plain.questionEnd..<end]
            octets += hasCookie ? [0, 12, 0, 10, 0, 8] : [0, 0]
            end += 6
            if hasCookie { octets += query[end..<end + 8] }
        }
        let reaction = engine.react(
            to: octets, from: .init(address: .unspecified, isTCP: isTCP, time: 0))
        guard case .respond(let response, let limit, let kind, isTailored: false) = reaction,
            engine.mayBeRepeated(response)
        else {
            return false
        }
        let message = response.encoded(limit: limit)
        guard let size = UInt16(exactly: message.count), let key = key.baseAddress else { return false }
        if self.octets + keyLength + message.count > octetLimit { removeAll() }
        remove(at: index)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: keyLength + message.count, alignment: 8)
        memory.copyMemory(from: key, byteCount: keyLength)
        message.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { (memory + keyLength).copyMemory(from: base, byteCount: bytes.count) }
        }
        self.octets += keyLength + message.count
        slots[index] = Slot(
            hash: hash, memory: memory, keyLength: UInt16(keyLength), length: size,
            kind: ResponseRateLimit.KindHash(kind ?? .error))
        return true
    }

    private func remove(at index: Int) {
        guard let memory = slots[index].memory else { return }
        octets -= Int(slots[index].keyLength) + Int(slots[index].length)
        memory.deallocate()
        slots[index].memory = nil
    }
}

extension AuthorityEngine {
    /// Whether everybody who asks the same gets the same response at any time, while the zones stay as they are.
    ///
    /// What depends on who asks, or on the time, says so itself ("tailored"). What a DNAME record makes has the letters of the
    /// question in its data.
    package func mayBeRepeated(_ response: DNSMessage) -> Bool {
        !response.answers.contains { $0.type == .dname }
    }
}

/// Stands for a source of answers where that must not be asked: what would come from it is never kept.
private struct Unasked: AnswerSource {
    func answer(to question: TailoredQuestion) -> TailoredAnswer? { TailoredAnswer(addresses: [], ttl: 0, scope: 0) }
}
