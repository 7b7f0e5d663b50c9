/// A message of the DNS (RFC 1035 §4), with EDNS (RFC 6891) taken out of its additional records.
package struct DNSMessage: Sendable, Hashable {
    /// Octets before the first question (RFC 1035 §4.1.1).
    package static let headerLength = 12

    /// Ties an answer to its question.
    package var id: UInt16
    package var flags: Flags
    package var opcode: Opcode
    /// The whole code, of which EDNS carries the upper eight bits.
    package var responseCode: ResponseCode
    package var questions: [Question] = []
    package var answers: [ResourceRecord] = []
    /// Records of the authority section: referrals, and the SOA record of what is not there.
    package var authorities: [ResourceRecord] = []
    /// Without the OPT record.
    package var additionals: [ResourceRecord] = []
    /// How many of the first ``additionals`` belong to the answer, as a referral's glue does (RFC 9471 §3.1): without one of
    /// them the message is truncated. It is not on the wire.
    package var requiredAdditionals = 0
    /// Nil when the sender does not know of EDNS.
    package var edns: EDNS?

    /// A message without content.
    package init(id: UInt16, flags: Flags = [], opcode: Opcode = .query, responseCode: ResponseCode = .noError) {
        self.id = id
        self.flags = flags
        self.opcode = opcode
        self.responseCode = responseCode
    }

    /// The answer to a message, without content yet: its id, opcode, questions and wish for recursion.
    package init(answering query: DNSMessage, responseCode: ResponseCode = .noError) {
        self.init(
            id: query.id, flags: query.flags.intersection([.recursionDesired, .checkingDisabled]).union(.response),
            opcode: query.opcode, responseCode: responseCode)
        questions = query.questions
    }

    /// Bits of the header (RFC 1035 §4.1.1, RFC 4035 §3).
    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package static let response = Flags(rawValue: 1 << 15)
        package static let authoritative = Flags(rawValue: 1 << 10)
        package static let truncated = Flags(rawValue: 1 << 9)
        package static let recursionDesired = Flags(rawValue: 1 << 8)
        package static let recursionAvailable = Flags(rawValue: 1 << 7)
        package static let authenticData = Flags(rawValue: 1 << 5)
        package static let checkingDisabled = Flags(rawValue: 1 << 4)

        /// All bits that are neither the opcode's nor the response code's.
        static let mask: UInt16 = 0x87F0
    }

    /// What is asked for.
    package struct Question: Sendable, Hashable, CustomStringConvertible {
        package var name: DomainName
        package var type: RecordType
        package var recordClass: RecordClass

        package init(_ name: DomainName, _ type: RecordType, _ recordClass: RecordClass = .internet) {
            self.name = name
            self.type = type
            self.recordClass = recordClass
        }

        package var description: String { "\(name) \(recordClass) \(type)" }
    }

    /// What kind of message (RFC 1035 §4.1.1, RFC 1996, RFC 2136).
    package struct Opcode: RawRepresentable, Sendable, Hashable {
        /// 0 to 15.
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue & 15 }

        package static let query = Opcode(rawValue: 0)
        package static let status = Opcode(rawValue: 2)
        package static let notify = Opcode(rawValue: 4)
        package static let update = Opcode(rawValue: 5)
    }
}

/// How a query went (RFC 1035 §4.1.1, RFC 6895 §2.3).
package struct ResponseCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// 0 to 4095.
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue & 0xFFF }

    package static let noError = ResponseCode(rawValue: 0)
    package static let formatError = ResponseCode(rawValue: 1)
    package static let serverFailure = ResponseCode(rawValue: 2)
    package static let nameError = ResponseCode(rawValue: 3)
    package static let notImplemented = ResponseCode(rawValue: 4)
    package static let refused = ResponseCode(rawValue: 5)
    package static let notAuthoritative = ResponseCode(rawValue: 9)
    package static let badVersion = ResponseCode(rawValue: 16)
    package static let badCookie = ResponseCode(rawValue: 23)

    package var description: String {
        switch self {
        case .noError: "NOERROR"
        case .formatError: "FORMERR"
        case .serverFailure: "SERVFAIL"
        case .nameError: "NXDOMAIN"
        case .notImplemented: "NOTIMP"
        case .refused: "REFUSED"
        case .notAuthoritative: "NOTAUTH"
        case .badVersion: "BADVERS"
        case .badCookie: "BADCOOKIE"
        default: "RCODE\(rawValue)"
        }
    }
}
