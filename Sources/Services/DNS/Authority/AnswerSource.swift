/// Makes up the addresses of names whose zone names a policy instead of leaving them to its records: they may depend on who
/// asks, and when.
///
/// A zone names a policy with a record of its own: `_routing.video TXT "policy=nearest"` is about the addresses of `video`,
/// and travels in transfers and master files like any other. A and AAAA records of `video` itself are what servers without
/// such a source answer.
package protocol AnswerSource: Sendable {
    /// Called for each question; answers at once.
    ///
    /// - Returns: nil when there is no such policy: then the zone's own records count.
    func answer(to question: TailoredQuestion) -> TailoredAnswer?
}

/// A question for addresses, and who asks it.
package struct TailoredQuestion: Sendable, Hashable {
    /// As it was asked for: below a wildcard the name itself.
    package var name: DomainName
    /// A or AAAA.
    package var type: RecordType
    package var policy: String
    /// The client's, or the part that is known of it (RFC 7871); the resolver's if `isResolver`.
    package var client: IPAddress
    /// Bits of the address that are known.
    package var bits: Int
    package var isResolver: Bool

    package init(
        name: DomainName, type: RecordType, policy: String, client: IPAddress, bits: Int, isResolver: Bool
    ) {
        self.name = name
        self.type = type
        self.policy = policy
        self.client = client
        self.bits = bits
        self.isResolver = isResolver
    }
}

/// Addresses for one client, for now.
package struct TailoredAnswer: Sendable, Hashable {
    /// The best first; those of another family than the question's do not count. None for none.
    package var addresses: [IPAddress]
    /// Seconds.
    package var ttl: UInt32
    /// Bits of the client's address that all of them depend on, 0 for none: every client that has these bits in common gets
    /// the same.
    package var scope: Int

    package init(addresses: [IPAddress], ttl: UInt32, scope: Int) {
        self.addresses = addresses
        self.ttl = ttl
        self.scope = scope
    }
}
