/// What the zones say.
extension AuthorityEngine {
    /// Fills a response.
    ///
    /// - Returns: what responses are like it.
    func answer(
        _ question: DNSMessage.Question, _ response: inout DNSMessage, _ client: inout Client
    ) -> ResponseRateLimit.Kind {
        if question.recordClass == .chaos { return answerChaos(question, &response) }
        guard question.recordClass == .internet, !question.type.isMeta || question.type == .any else {
            response.responseCode = .refused
            return .error
        }
        switch zones.authority(for: question.name, question.type) {
        case .zone(let zone): return answer(question, zone, &response, &client)
        case .unavailable: response.responseCode = .serverFailure
        case .none: response.responseCode = .refused
        }
        return .error
    }

    private func answer(
        _ question: DNSMessage.Question, _ first: Zone, _ response: inout DNSMessage, _ client: inout Client
    ) -> ResponseRateLimit.Kind {
        var (zone, name) = (first, question.name)
        var seen: Set<DomainName> = []
        response.flags.insert(.authoritative)
        while true {
            switch tailored(name, question.type, zone, &client) ?? zone.answer(name, question.type) {
            case .records(let records):
                response.answers += records
                addAddresses(records, &response)
                return .answer(name, question.type)
            case .alias(let records, let target):
                response.answers += records
                guard seen.insert(name).inserted, seen.count <= configuration.aliases, !seen.contains(target),
                    let next = zones.zone(for: target, question.type)
                else { return .answer(name, question.type) }
                (zone, name) = (next, target)
            case .referral(let servers, let glue, let siblings):
                // Below an alias the answer is whole as it is; the client asks on.
                guard response.answers.isEmpty else { return .answer(question.name, question.type) }
                response.flags.remove(.authoritative)
                response.authorities += servers
                response.additionals += glue + siblings
                response.requiredAdditionals = glue.count
                return .answer(servers.first?.name ?? name, .ns)
            case .noData:
                response.authorities += [zone.negativeStart].compactMap(\.self)
                return .answer(name, question.type)
            case .nameError:
                // The code is about the last name of a chain (RFC 6604 §3).
                response.responseCode = .nameError
                response.authorities += [zone.negativeStart].compactMap(\.self)
                return .nameError(zone: zone.origin)
            case .nameTooLong(let records):
                // RFC 6672 §2.2: the record tells the client what did not fit.
                response.answers += records
                response.responseCode = ResponseCode(rawValue: 6)
                return .error
            }
        }
    }

    /// Addresses of hosts that the answer names, so that the client need not ask again.
    private func addAddresses(_ records: [ResourceRecord], _ response: inout DNSMessage) {
        for host in records.compactMap({ $0.data.host(as: $0.type) }) {
            guard let zone = zones.zone(for: host, .a), zone.delegation(of: host) == nil,
                source == nil || zone.policy(for: host) == nil
            else { continue }
            response.additionals += zone.addresses(of: host)
        }
    }

    /// RFC 4892: who answers.
    private func answerChaos(
        _ question: DNSMessage.Question, _ response: inout DNSMessage
    ) -> ResponseRateLimit.Kind {
        let names = ["id.server.", "hostname.bind."].compactMap { try? DomainName($0) }
        guard let id = configuration.serverID, question.type == .txt || question.type == .any,
            names.contains(question.name)
        else {
            response.responseCode = .refused
            return .error
        }
        response.flags.insert(.authoritative)
        response.answers = [
            ResourceRecord(
                name: question.name, type: .txt, recordClass: .chaos, ttl: 0, data: RecordData(texts: [id]))
        ]
        return .answer(question.name, .txt)
    }
}
