/// Answers questions for the zones of a server (RFC 1034 §4.3.2), without sockets or clocks.
package struct AuthorityEngine: Sendable {
    /// What a server tells of itself, and how much it answers at once.
    package struct Configuration: Sendable {
        /// What NSID and `id.server` tell (RFC 5001, RFC 4892); nil to tell nothing.
        package var serverID: String?
        /// Octets of a response over UDP at most, whatever clients say they take: no more than what passes the
        /// Internet without fragments.
        package var payloadSize: UInt16 = 1_232
        /// Nil for no cookies.
        package var cookies: DNSCookies?
        /// Aliases that are followed within the server's zones.
        package var aliases = 16

        package init() {}
    }

    /// Where a query comes from.
    package struct Origin: Sendable {
        package var address: IPAddress
        package var isTCP: Bool
        /// Seconds since 1970, for cookies.
        package var time: UInt32

        package init(address: IPAddress, isTCP: Bool, time: UInt32) {
            self.address = address
            self.isTCP = isTCP
            self.time = time
        }
    }

    /// What is to be done with a query.
    package enum Reaction: Sendable {
        /// Nothing: it is no query, or nothing in it can be answered.
        case silence
        /// - Parameters:
        ///   - kind: what responses are like it; nil where the sender has proven its address.
        ///   - isTailored: whether the answer depends on who asks and when: it is good for this query only.
        case respond(DNSMessage, limit: Int, kind: ResponseRateLimit.Kind?, isTailored: Bool = false)
        /// A zone is to be sent, if the sender may have it (RFC 5936).
        case transfer(Zone, query: DNSMessage)
        /// A zone's SOA record is to be sent alone, as the message does, if the sender may have the zone: its copy is not
        /// older, or it is to come back over TCP (RFC 1995 §2).
        ///
        /// - Parameter isProven: whether the query comes from where it says.
        case version(Zone, DNSMessage, limit: Int, isProven: Bool)
        /// The primary of a zone has a new version (RFC 1996): to be answered with the message.
        case notified(DomainName, DNSMessage)
    }

    package var zones: ZoneTable
    package var configuration: Configuration
    /// Where addresses come from for which zones name a policy; nil for their records.
    package var source: (any AnswerSource)?

    package init(
        zones: ZoneTable, configuration: Configuration = Configuration(), source: (any AnswerSource)? = nil
    ) {
        self.zones = zones
        self.configuration = configuration
        self.source = source
    }

    /// - Parameters:
    ///   - octets: a message from the network.
    ///   - origin: where it comes from.
    package func react(to octets: [UInt8], from origin: Origin) -> Reaction {
        // Answers to answers go round for ever.
        guard octets.count >= DNSMessage.headerLength, octets[2] & 0x80 == 0 else { return .silence }
        let query: DNSMessage
        do throws(DNSError) {
            query = try DNSMessage(octets)
        } catch {
            var response = DNSMessage(
                id: UInt16(octets[0]) << 8 | UInt16(octets[1]), flags: .response,
                opcode: .init(rawValue: octets[2] >> 3 & 15), responseCode: .formatError)
            if octets[2] & 1 != 0 { response.flags.insert(.recursionDesired) }
            return .respond(response, limit: 512, kind: .error)
        }
        return react(to: query, from: origin)
    }

    private func react(to query: DNSMessage, from origin: Origin) -> Reaction {
        var response = DNSMessage(answering: query)
        var kind: ResponseRateLimit.Kind? = .error
        var client = Client(address: origin.address)
        let greeting = greet(query, origin, &response, &client)
        if greeting != .refused {
            switch query.opcode {
            case .query:
                guard query.questions.count == 1, let question = query.questions.first else {
                    response.responseCode = Self.code(withoutQuestion: query, response, greeting)
                    break
                }
                if [.axfr, .ixfr].contains(question.type), question.recordClass == .internet,
                    let zone = zones.zone(named: question.name)
                {
                    if origin.isTCP, question.type == .axfr || !Self.isCurrent(query, zone) {
                        return .transfer(zone, query: query)
                    }
                    if question.type == .ixfr {
                        response.flags.insert(.authoritative)
                        response.answers = [zone.startRecord].compactMap(\.self)
                        return .version(
                            zone, response, limit: limit(query, origin), isProven: origin.isTCP || greeting == .proven)
                    }
                }
                kind = answer(question, &response, &client)
                client.tell(&response)
            case .notify:
                guard let question = query.questions.first, query.questions.count == 1, question.type == .soa,
                    zones.contains(question.name)
                else {
                    response.responseCode = .notAuthoritative
                    break
                }
                response.flags.insert(.authoritative)
                return .notified(question.name, response)
            default:
                response.responseCode = .notImplemented
                response.questions = []
            }
        }
        return .respond(
            response, limit: limit(query, origin), kind: origin.isTCP || greeting == .proven ? nil : kind,
            isTailored: client.isTailored)
    }

    /// Octets of a response at most.
    private func limit(_ query: DNSMessage, _ origin: Origin) -> Int {
        if origin.isTCP { return 65_535 }
        return Int(query.edns.map { max(512, min($0.payloadSize, configuration.payloadSize)) } ?? 512)
    }

    /// What a query is answered with that has not one question: it may be for the cookie alone (RFC 7873 §5.4).
    private static func code(
        withoutQuestion query: DNSMessage, _ response: DNSMessage, _ greeting: Greeting
    ) -> ResponseCode {
        guard query.questions.isEmpty, response.edns?.option(.cookie) != nil else { return .formatError }
        return greeting == .proven || query.edns?.option(.cookie)?.count == 8 ? .noError : .badCookie
    }

    /// Whether a query for IXFR says that its sender's copy is not older than the zone (RFC 1995 §3).
    private static func isCurrent(_ query: DNSMessage, _ zone: Zone) -> Bool {
        let record = query.authorities.first { $0.type == .soa && $0.name == zone.origin }
        guard let copy = record.flatMap({ StartOfAuthority($0.data) }) else { return false }
        return !copy.isOlder(than: zone.start.serial)
    }

    // MARK: EDNS

    /// Whether a query may be answered, and whether it proves where it comes from.
    private enum Greeting { case refused, unproven, proven }

    /// Looks at what comes with the question: EDNS's version, cookies, the wish for a name.
    private func greet(
        _ query: DNSMessage, _ origin: Origin, _ response: inout DNSMessage, _ client: inout Client
    ) -> Greeting {
        guard let edns = query.edns else { return .unproven }
        response.edns = EDNS(payloadSize: configuration.payloadSize)
        response.edns?.wantsDNSSEC = edns.wantsDNSSEC
        guard edns.version == 0 else {
            response.responseCode = .badVersion
            return .refused
        }
        if edns.option(.nameServerID) != nil, let id = configuration.serverID {
            response.edns?.options.append(.init(.nameServerID, Array(id.utf8)))
        }
        if let value = edns.option(.clientSubnet) {
            guard let subnet = try? ClientSubnet(value), subnet.scopePrefix == 0 else {
                response.responseCode = .formatError
                return .refused
            }
            client.subnet = subnet
        }
        guard let cookies = configuration.cookies, let option = edns.option(.cookie) else { return .unproven }
        switch cookies.check(option, from: origin.address, now: origin.time) {
        case .malformed:
            response.responseCode = .formatError
            return .refused
        case .unknown(let client):
            response.edns?.options.append(
                .init(.cookie, cookies.make(client, at: origin.time, for: origin.address)))
            return .unproven
        case .valid(let client, let isFresh):
            let reply = isFresh ? option : cookies.make(client, at: origin.time, for: origin.address)
            response.edns?.options.append(.init(.cookie, reply))
            return .proven
        }
    }
}
