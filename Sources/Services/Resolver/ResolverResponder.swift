package import DNS
internal import Metrics
package import NameServer
internal import Synchronization

/// Serves clients of a network: recursion for those who may have it, REFUSED for strangers.
package final class ResolverResponder: DNSResponder {
    /// Who may ask, and how much.
    package struct Configuration: Sendable {
        /// Whose questions are answered: this machine's only, by default. An open resolver is a weapon (RFC 5358).
        package var clients: [IPNetwork] = [
            IPNetwork("127.0.0.0/8"), IPNetwork("::1/128"),
        ].compactMap(\.self)
        /// Octets over UDP at most.
        package var payloadSize: UInt16 = 1_232
        /// Questions of one client that are being worked on, at most.
        package var perClient = 1_000
        /// Whether servers are told where clients are, so that these are told what the answer depends on (RFC 7871).
        package var tellsSubnets = false

        package init() {}
    }

    private let configuration: Configuration
    private let resolver: Resolver
    private let metrics: ResolverMetrics
    private let pending = Mutex<[IPAddress: Int]>([:])

    /// - Parameters:
    ///   - configuration: permissions and limits.
    ///   - resolver: finds answers.
    ///   - metrics: counts who was refused.
    package init(
        configuration: Configuration, resolver: Resolver, metrics: ResolverMetrics = ResolverMetrics()
    ) {
        self.configuration = configuration
        self.resolver = resolver
        self.metrics = metrics
    }

    package func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply {
        // Answers to answers go round for ever.
        guard octets.count >= DNSMessage.headerLength, octets[2] & 0x80 == 0 else { return .nothing }
        guard let query = try? DNSMessage(octets) else {
            let response = DNSMessage(
                id: UInt16(octets[0]) << 8 | UInt16(octets[1]), flags: .response,
                opcode: .init(rawValue: octets[2] >> 3 & 15), responseCode: .formatError)
            return .message(response.encoded(limit: 512))
        }
        guard configuration.clients.contains(where: { $0.contains(peer.address) }) else {
            metrics.refusals.increment()
            return refuse(query, .refused, because: "recursion is not for \(peer.address)", code: 18, peer)
        }
        if let complaint = complaint(about: query) { return refuse(query, complaint, peer) }
        let question = query.questions[0]
        guard let subnet = subnet(of: query, peer) else { return refuse(query, .formatError, peer) }
        if let resolution = resolver.remembered(question, subnet: subnet.value) {
            return .message(encode(resolution, query, peer))
        }
        // Without RD only what is known already (RFC 1034 §4.3.1).
        guard query.flags.contains(.recursionDesired) else { return refuse(query, .refused, peer) }
        guard enter(peer.address) else { return refuse(query, .serverFailure, because: "too many questions", peer) }
        return .later { [self] in
            let resolution = await resolver.resolve(question, subnet: subnet.value)
            leave(peer.address)
            return encode(resolution, query, peer)
        }
    }

    /// What is wrong with a query; nil when nothing is.
    private func complaint(about query: DNSMessage) -> ResponseCode? {
        guard query.opcode == .query else { return .notImplemented }
        guard query.edns.map({ $0.version == 0 }) ?? true else { return .badVersion }
        guard query.questions.count == 1 else { return .formatError }
        let question = query.questions[0]
        guard question.recordClass == .internet else { return .refused }
        return question.type.isMeta && question.type != .any ? .refused : nil
    }

    private struct Subnet {
        var value: ClientSubnet?
    }

    /// Where a client is: as its query says, else as its address does; nil when the query says it wrongly.
    private func subnet(of query: DNSMessage, _ peer: DNSPeer) -> Subnet? {
        guard let option = query.edns?.option(.clientSubnet) else {
            guard configuration.tellsSubnets else { return Subnet() }
            let bits: UInt8 = peer.address.isIPv6 ? 56 : 24
            return Subnet(value: ClientSubnet(peer.address, sourcePrefix: bits))
        }
        guard let subnet = try? ClientSubnet(option), subnet.scopePrefix == 0 else { return nil }
        return Subnet(value: configuration.tellsSubnets ? subnet : nil)
    }

    // MARK: Answers

    private func refuse(
        _ query: DNSMessage, _ code: ResponseCode, because reason: String? = nil, code extended: UInt16 = 0,
        _ peer: DNSPeer
    ) -> DNSReply {
        var response = DNSMessage(answering: query, responseCode: code)
        response.flags.insert(.recursionAvailable)
        if query.questions.count > 1 { response.questions = [] }
        if query.edns != nil {
            response.edns = EDNS(payloadSize: configuration.payloadSize)
            if let reason { response.edns?.options = [Self.extendedError(extended, reason)] }
        }
        return .message(response.encoded(limit: limit(query, peer)))
    }

    private func encode(_ resolution: Resolution, _ query: DNSMessage, _ peer: DNSPeer) -> [UInt8] {
        var response = DNSMessage(answering: query, responseCode: resolution.responseCode)
        response.flags.insert(.recursionAvailable)
        response.answers = resolution.answers
        response.authorities = resolution.authorities
        if let edns = query.edns {
            response.edns = EDNS(payloadSize: configuration.payloadSize)
            response.edns?.wantsDNSSEC = edns.wantsDNSSEC
            if let option = edns.option(.clientSubnet), var subnet = try? ClientSubnet(option),
                let scope = resolution.scope
            {
                subnet.scopePrefix = min(scope, subnet.address.isIPv6 ? 128 : 32)
                response.edns?.options.append(.init(.clientSubnet, subnet.value))
            }
            if let failure = resolution.failure {
                response.edns?.options.append(Self.extendedError(failure.extendedCode, failure.description))
            } else if resolution.isStale {
                let code: UInt16 = resolution.responseCode == .nameError ? 19 : 3
                response.edns?.options.append(Self.extendedError(code, ""))
            }
        }
        return response.encoded(limit: limit(query, peer))
    }

    private func limit(_ query: DNSMessage, _ peer: DNSPeer) -> Int {
        if peer.isTCP { return 65_535 }
        return Int(query.edns.map { max(512, min($0.payloadSize, configuration.payloadSize)) } ?? 512)
    }

    /// RFC 8914's option: why there is no answer, for people.
    private static func extendedError(_ code: UInt16, _ text: String) -> EDNS.Option {
        .init(.extendedError, [UInt8(code >> 8), UInt8(code & 255)] + Array(text.utf8.prefix(200)))
    }

    // MARK: Limits

    private func enter(_ address: IPAddress) -> Bool {
        pending.withLock { pending in
            guard pending[address, default: 0] < configuration.perClient else { return false }
            pending[address, default: 0] += 1
            return true
        }
    }

    private func leave(_ address: IPAddress) {
        pending.withLock { pending in
            let count = pending[address, default: 1] - 1
            pending[address] = count > 0 ? count : nil
        }
    }
}
