/// What a resolver found out.
package struct Resolution: Sendable {
    package var responseCode: ResponseCode
    /// Aliases in the order in which they were followed, and the records that were asked for.
    package var answers: [ResourceRecord]
    /// The SOA record behind "there is none", for clients to cache that (RFC 2308).
    package var authorities: [ResourceRecord]
    /// Whether it is older than its zone wants (RFC 8767).
    package var isStale = false
    /// Why there is no answer.
    package var failure: Failure?
    /// Bits of the client's address that the answer depends on (RFC 7871); nil when no server was told any.
    package var scope: UInt8?
    /// What was done, if that was asked for.
    package var steps: [ResolutionStep] = []

    package init(
        responseCode: ResponseCode = .noError, answers: [ResourceRecord] = [], authorities: [ResourceRecord] = []
    ) {
        self.responseCode = responseCode
        self.answers = answers
        self.authorities = authorities
    }

    init(_ failure: Failure) {
        self.init(responseCode: .serverFailure)
        self.failure = failure
    }

    /// Why there is no answer.
    package enum Failure: Sendable, Hashable, CustomStringConvertible {
        /// No server of a zone answers.
        case unreachable(zone: DomainName)
        /// Servers of a zone answer, but not for the zone.
        case lame(zone: DomainName)
        /// No resolver that is to do the work does it.
        case noForwarder
        case deadline
        /// More questions would have been needed than one may cause.
        case tooManyQueries
        case tooManyAliases
        case aliasLoop
        /// It did not work a moment ago.
        case recentFailure
        /// There is too much to do.
        case busy

        package var description: String {
            switch self {
            case .unreachable(let zone): "no server of \(zone) answers"
            case .lame(let zone): "no server of \(zone) answers for it"
            case .noForwarder: "no resolver that is to do the work answers"
            case .deadline: "it takes too long"
            case .tooManyQueries: "it takes too many questions"
            case .tooManyAliases: "there are too many aliases"
            case .aliasLoop: "aliases lead round"
            case .recentFailure: "there was no answer a moment ago"
            case .busy: "there is too much to do"
            }
        }

        /// RFC 8914 §4's number.
        package var extendedCode: UInt16 {
            switch self {
            case .unreachable, .lame, .noForwarder: 22
            case .recentFailure: 13
            case .deadline, .tooManyQueries, .tooManyAliases, .aliasLoop, .busy: 0
            }
        }
    }
}

/// One thing that a resolver did.
package struct ResolutionStep: Sendable, Hashable {
    /// What was done, and what came of it.
    package enum Action: Sendable, Hashable {
        /// - Parameters:
        ///   - server: the name of whom was asked; nil for a forwarder.
        ///   - zone: for which.
        ///   - isTCP: over what.
        ///   - time: until the answer, or until nobody waited any more.
        case asked(
            server: DomainName?, ServerAddress, zone: DomainName, isTCP: Bool, time: Duration, Outcome)
        /// The cache knew it.
        case remembered(Outcome)
        /// The cache knew whom to ask.
        case knewServers(zone: DomainName)
    }

    /// What came of it.
    package enum Outcome: Sendable, Hashable {
        case answer([ResourceRecord])
        case alias(DomainName)
        /// The servers to ask next, and how many of their addresses came along.
        case referral(zone: DomainName, servers: [DomainName], glue: Int)
        case noData
        case nameError
        /// There is something at or below a part of the name: more of it is told.
        case nameExists
        /// To be asked again over TCP.
        case truncated
        /// To be asked again without EDNS.
        case lacksEDNS
        case failed(String)
    }

    /// 0 for the question itself, 1 for the address of a server that it needs, and so on.
    package var depth: Int
    /// Since the beginning.
    package var time: Duration
    /// What was asked for, in this step.
    package var question: DNSMessage.Question
    package var action: Action
}
