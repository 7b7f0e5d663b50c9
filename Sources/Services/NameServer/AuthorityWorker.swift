internal import DNS
internal import Foundation
internal import Synchronization

/// Answers from a cache of its own what an ``AuthorityResponder`` has answered before, until that has other zones.
final class AuthorityWorker: DNSWorker {
    private let responder: AuthorityResponder
    private var generation: Int
    private var cache: AnswerCache
    private var time: UInt32 = 0
    private var now = ContinuousClock.now

    init(_ responder: AuthorityResponder) {
        self.responder = responder
        let (engine, generation) = responder.current()
        self.generation = generation
        cache = AnswerCache(engine)
    }

    func begin() { begin(time: UInt32(truncatingIfNeeded: Int(Date().timeIntervalSince1970)), now: .now) }

    /// - Parameters:
    ///   - time: seconds since 1970.
    ///   - now: the same moment.
    func begin(time: UInt32, now: ContinuousClock.Instant) {
        (self.time, self.now) = (time, now)
        guard responder.generation != generation else { return }
        let (engine, generation) = responder.current()
        self.generation = generation
        cache = AnswerCache(engine)
    }

    func reply(
        to query: UnsafeRawBufferPointer, from address: UnsafeRawBufferPointer, isTCP: Bool,
        into room: UnsafeMutableRawBufferPointer
    ) -> DNSWorkerReply {
        let outcome = cache.answer(
            query, from: address, isTCP: isTCP, time: time,
            decide: { responder.limits?.decide(address, $0, now: now) ?? .send }, into: room)
        switch outcome {
        case .written(let count): return .written(count)
        case .dropped: return .nothing
        case .unknown: return .unknown
        }
    }
}

/// A ``ResponseRateLimit`` for all threads: in parts, so that they seldom wait for each other. What is alike is in one part.
final class SharedRateLimit: Sendable {
    private final class Part: Sendable {
        let limit: Mutex<ResponseRateLimit>

        init(_ configuration: ResponseRateLimit.Configuration) { limit = Mutex(ResponseRateLimit(configuration)) }
    }

    private let parts: [Part]

    init(_ configuration: ResponseRateLimit.Configuration) {
        var share = configuration
        share.capacity = configuration.capacity / 16
        parts = (0..<16).map { [share] _ in Part(share) }
    }

    func decide(
        _ address: UnsafeRawBufferPointer, _ kind: ResponseRateLimit.KindHash, now: ContinuousClock.Instant
    ) -> ResponseRateLimit.Verdict {
        parts[kind.part(of: parts.count)].limit.withLock { $0.decide(address, kind, now: now) }
    }
}
