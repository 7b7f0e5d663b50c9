package import DNS
internal import Foundation
package import Logging
internal import Synchronization

/// Answers for zones, which may be replaced while it does.
package final class AuthorityResponder: DNSResponder {
    package struct Configuration: Sendable {
        package var engine = AuthorityEngine.Configuration()
        /// Nil for no limit.
        package var rateLimit: ResponseRateLimit.Configuration? = ResponseRateLimit.Configuration()
        /// Who may have whole zones; nobody by default.
        package var transfers: [IPNetwork] = []
        package var logger: Logger

        package init(logger: Logger) { self.logger = logger }
    }

    private let configuration: Configuration
    private let engine: Mutex<AuthorityEngine>
    private let limiter: Mutex<ResponseRateLimit?>
    private let notified: @Sendable (DomainName, IPAddress) -> Void

    /// - Parameters:
    ///   - configuration: limits and permissions.
    ///   - zones: to answer for.
    ///   - notified: told when somebody says that a zone has changed.
    package init(
        configuration: Configuration, zones: ZoneTable,
        notified: @escaping @Sendable (DomainName, IPAddress) -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        self.notified = notified
        engine = Mutex(AuthorityEngine(zones: zones, configuration: configuration.engine))
        limiter = Mutex(configuration.rateLimit.map { ResponseRateLimit($0) })
    }

    /// Answers from other zones from now on.
    package func replace(_ zones: ZoneTable) { engine.withLock { $0.zones = zones } }

    package func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply {
        let engine = engine.withLock { $0 }
        let origin = AuthorityEngine.Origin(
            address: peer.address, isTCP: peer.isTCP,
            time: UInt32(truncatingIfNeeded: Int(Date().timeIntervalSince1970)))
        switch engine.react(to: octets, from: origin) {
        case .silence: return .nothing
        case .respond(var response, let limit, let kind):
            if let kind {
                switch limiter.withLock({ $0?.decide(peer.address, kind, now: .now) }) {
                case .send, nil: break
                case .drop: return .nothing
                case .truncate:
                    (response.answers, response.authorities, response.additionals) = ([], [], [])
                    response.flags.insert(.truncated)
                }
            }
            return .message(response.encoded(limit: limit))
        case .transfer(let zone, let query):
            guard configuration.transfers.contains(where: { $0.contains(peer.address) }) else {
                configuration.logger.notice(
                    "a transfer is refused", metadata: ["zone": "\(zone.origin)", "to": "\(peer.address)"])
                return .message(DNSMessage(answering: query, responseCode: .refused).encoded())
            }
            configuration.logger.info(
                "a zone is transferred", metadata: ["zone": "\(zone.origin)", "to": "\(peer.address)"])
            return .messages(ZoneTransfer(zone, answering: query))
        case .notified(let name, let response):
            notified(name, peer.address)
            return .message(response.encoded(limit: 512))
        }
    }
}
