/// Answers that depend on who asks.
extension AuthorityEngine {
    /// Who asks, and how much of that the answer depends on.
    struct Client {
        /// Where the query comes from.
        var address: IPAddress
        /// The client's subnet, as the query has it; nil without one.
        var subnet: ClientSubnet?
        /// Bits of the subnet's address that the answer depends on.
        private(set) var scope = 0
        /// Whether anything in the answer came from the source of answers.
        private(set) var isTailored = false

        init(address: IPAddress) { self.address = address }

        /// A part of the answer depends on so many bits.
        mutating func use(_ scope: Int) {
            isTailored = true
            self.scope = max(self.scope, scope)
        }

        /// Says in a response how much it depends on the client (RFC 7871 §7.2.1): what does not says 0.
        ///
        /// Who gives nothing of the client away gets what the resolver would get, and 0.
        func tell(_ response: inout DNSMessage) {
            guard let subnet, response.edns != nil else { return }
            let scope = subnet.sourcePrefix == 0 ? 0 : UInt8(clamping: scope)
            let option = ClientSubnet(subnet.address, sourcePrefix: subnet.sourcePrefix, scopePrefix: scope) ?? subnet
            response.edns?.options.append(.init(.clientSubnet, option.value))
        }
    }

    /// What a policy says that the zone names for addresses of `name`; nil where the zone's records count.
    func tailored(_ name: DomainName, _ type: RecordType, _ zone: Zone, _ client: inout Client) -> Zone.Answer? {
        guard let source, [.a, .aaaa, .any].contains(type), let policy = zone.policy(for: name) else { return nil }
        var question = TailoredQuestion(
            name: name, type: type, policy: policy, client: client.address, bits: client.address.octets.count * 8,
            isResolver: true)
        if let subnet = client.subnet, subnet.sourcePrefix > 0 {
            question.client = subnet.address
            question.bits = Int(subnet.sourcePrefix)
            question.isResolver = false
        }
        // ANY gets one set (RFC 8482 §4.1), of whatever there is.
        for type in type == .any ? [.a, .aaaa] : [type] {
            question.type = type
            guard let answer = source.answer(to: question) else {
                // There may be such a policy later.
                client.use(0)
                return nil
            }
            client.use(answer.scope)
            let addresses = answer.addresses.filter { $0.isIPv6 == (type == .aaaa) }
            guard !addresses.isEmpty else { continue }
            return .records(
                addresses.map { ResourceRecord(name: name, type: type, ttl: answer.ttl, data: RecordData($0)) })
        }
        return type == .any ? nil : .noData
    }
}
