package import DNS
internal import Foundation
package import Logging
internal import Synchronization

/// Answers for zones, which may be replaced while it does.
package final class AuthorityResponder: DNSResponder {
    /// What is answered, to whom, and how often.
    package struct Configuration: Sendable {
        package var engine = AuthorityEngine.Configuration()
        /// Where addresses come from for which zones name a policy; nil for their records.
        package var source: (any AnswerSource)?
        /// Nil for no limit.
        package var rateLimit: ResponseRateLimit.Configuration? = ResponseRateLimit.Configuration()
        /// Who may have whole zones; nobody by default.
        package var transfers: [IPNetwork] = []
        package var logger: Logger

        package init(logger: Logger) { self.logger = logger }
    }

    private let configuration: Configuration
    private let engine: Mutex<AuthorityEngine>
    private let changes = Atomic<Int>(0)
    /// Nil for no limit.
    let limits: SharedRateLimit?
    private let notified: @Sendable (DomainName, IPAddress) -> Bool

    /// - Parameters:
    ///   - configuration: limits and permissions.
    ///   - zones: to answer for.
    ///   - notified: told when somebody says that a zone has changed; says whether that was its primary, which is answered.
    package init(
        configuration: Configuration, zones: ZoneTable,
        notified: @escaping @Sendable (DomainName, IPAddress) -> Bool = { _, _ in false }
    ) {
        self.configuration = configuration
        self.notified = notified
        engine = Mutex(
            AuthorityEngine(zones: zones, configuration: configuration.engine, source: configuration.source))
        limits = configuration.rateLimit.map { SharedRateLimit($0) }
    }

    /// Answers from other zones from now on.
    package func replace(_ zones: ZoneTable) {
        engine.withLock { engine in
            engine.zones = zones
            changes.add(1, ordering: .releasing)
        }
    }

    /// What is answered from now.
    package var zones: ZoneTable { engine.withLock { $0.zones } }

    /// How often the zones have been replaced.
    var generation: Int { changes.load(ordering: .acquiring) }

    /// The engine, and the generation of its zones.
    func current() -> (AuthorityEngine, generation: Int) { engine.withLock { ($0, generation) } }

    package func makeWorker() -> (any DNSWorker)? { AuthorityWorker(self) }

    package func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply {
        reply(to: octets, from: peer, at: UInt32(truncatingIfNeeded: Int(Date().timeIntervalSince1970)))
    }

    /// - Parameter time: seconds since 1970.
    func reply(to octets: [UInt8], from peer: DNSPeer, at time: UInt32) -> DNSReply {
        let engine = engine.withLock { $0 }
        let origin = AuthorityEngine.Origin(address: peer.address, isTCP: peer.isTCP, time: time)
        switch engine.react(to: octets, from: origin) {
        case .silence: return .nothing
        case .respond(let response, let limit, let kind, _): return send(response, limit: limit, kind, to: peer)
        case .transfer(let zone, let query):
            guard mayTransfer(zone, peer) else {
                return .message(DNSMessage(answering: query, responseCode: .refused).encoded())
            }
            configuration.logger.info(
                "a zone is transferred", metadata: ["zone": "\(zone.origin)", "to": "\(peer.address)"])
            return .messages(ZoneTransfer(zone, answering: query))
        case .version(let zone, var response, let limit, let isProven):
            var kind = ResponseRateLimit.Kind.answer(zone.origin, .ixfr)
            if !mayTransfer(zone, peer) {
                (response.responseCode, response.answers, kind) = (.refused, [], .error)
                response.flags.remove(.authoritative)
            }
            return send(response, limit: limit, isProven ? nil : kind, to: peer)
        case .notified(let name, var response):
            if !notified(name, peer.address) {
                configuration.logger.debug(
                    "a notification is refused", metadata: ["zone": "\(name)", "from": "\(peer.address)"])
                response.responseCode = .refused
                response.flags.remove(.authoritative)
            }
            return .message(response.encoded(limit: 512))
        }
    }

    /// - Parameter kind: what responses are like it; nil where the receiver is sure to have asked.
    private func send(
        _ response: DNSMessage, limit: Int, _ kind: ResponseRateLimit.Kind?, to peer: DNSPeer
    ) -> DNSReply {
        guard let kind, let limits else { return .message(response.encoded(limit: limit)) }
        switch peer.address.octets.withUnsafeBytes({ limits.decide($0, .init(kind), now: .now) }) {
        case .send: return .message(response.encoded(limit: limit))
        case .drop: return .nothing
        case .truncate:
            var response = response
            (response.answers, response.authorities, response.additionals) = ([], [], [])
            response.flags.insert(.truncated)
            return .message(response.encoded(limit: limit))
        }
    }

    private func mayTransfer(_ zone: Zone, _ peer: DNSPeer) -> Bool {
        if configuration.transfers.contains(where: { $0.contains(peer.address) }) { return true }
        // Over UDP anybody may say to be anybody, as often as they like.
        configuration.logger.log(
            level: peer.isTCP ? .notice : .debug, "a transfer is refused",
            metadata: ["zone": "\(zone.origin)", "to": "\(peer.address)"])
        return false
    }
}
