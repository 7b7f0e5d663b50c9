/// A name and a type that a resolver works on, for one client or many.
struct ResolutionJob: Sendable {
    struct Key: Hashable, Sendable {
        var name: DomainName
        var type: RecordType
        /// Of the client, where servers may be told.
        var subnet: ClientSubnet?
    }

    enum Waiter: Sendable, Hashable {
        case request(Int)
        /// Another job, which needs an address.
        case job(Int)
    }

    /// A question that is out.
    struct Pending: Sendable {
        var id: Int
        var server: ServerAddress
        var host: DomainName?
        var question: DNSMessage.Question
        var sent: ContinuousClock.Instant
        var timeout: Duration
        var isTCP: Bool
        var hasEDNS: Bool
        var subnet: ClientSubnet?
    }

    let id: Int
    let key: Key
    let context: Int
    let depth: Int
    let deadline: ContinuousClock.Instant
    /// Whether the cache's answer is about to end and is to be replaced.
    let isRefresh: Bool
    var waiters: [Waiter] = []

    /// Behind the aliases so far.
    var name: DomainName
    var chain: [ResourceRecord] = []
    var aliases: Set<DomainName> = []
    var hasConsulted = false
    var delegation: Delegation?
    /// Labels of the name that are told; nil before the first question.
    var told: Int?
    var minimises: Bool
    var minimised = 0
    var pending: Pending?
    var waitsFor: Set<Int> = []
    /// Zones that were asked for anew, as none of the servers that were known answered.
    var renewed: Set<DomainName> = []
    /// An answer without authority: better than none.
    var fallback: (response: ServerResponse, question: DNSMessage.Question)?
    /// Bits of the client's address that the answer depends on.
    var scope: UInt8?

    /// Whom to ask for a zone.
    struct Delegation: Sendable {
        var zone: DomainName
        var hosts: [Host]
        var isForwarder = false
        /// Whether the cache knew it: it may be out of date.
        var isRemembered = false
        var attempts: [ServerAddress: Int] = [:]
        /// Those that it makes no sense to ask again.
        var failed: Set<ServerAddress> = []
        var lookUps = 0
        /// Whether anybody answered at all.
        var hasAnswered = false

        /// A server.
        struct Host: Sendable {
            /// Nil for a forwarder.
            var name: DomainName?
            var addresses: [ServerAddress]
            /// Types of addresses that were looked for.
            var lookedFor: Set<RecordType> = []
        }
    }
}

/// What one client's question may take, with all that it needs.
struct ResolutionContext: Sendable {
    let start: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant
    var queries: Int
    var jobs = 0
    /// Nil unless asked for.
    var steps: [ResolutionStep]?
}
