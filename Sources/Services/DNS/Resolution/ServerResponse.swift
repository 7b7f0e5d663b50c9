/// What a server's message says to a question, and of it only what that server can know: records of the zone for which it
/// was asked ("bailiwick"), of names that the question leads to. Everything else is dropped, whoever put it there.
struct ServerResponse: Sendable {
    enum Verdict: Sendable {
        /// The records asked for, behind the aliases that lead to them.
        case answer
        /// Aliases that lead to a name that is to be asked for anew.
        case alias(DomainName)
        /// Nothing, and the SOA record that says so, of the name that the aliases lead to.
        case noData(DomainName, ResourceRecord?)
        case nameError(DomainName, ResourceRecord?)
        /// Another zone's servers are to be asked; a forwarder that says so does not do its work.
        case referral(DomainName)
        case truncated
        /// The server does not understand the message: perhaps EDNS is too new for it.
        case unsupported
        /// The server does not serve the zone.
        case lame(String)
        /// An alias became too long (RFC 6672 §2.2).
        case nameTooLong
        case aliasLoop
    }

    /// Of what was asked for.
    let type: RecordType
    var verdict: Verdict
    /// Aliases and records that were asked for, in order.
    var answers: [ResourceRecord] = []
    /// NS records of a referral, or of the zone itself.
    var servers: [ResourceRecord] = []
    /// Addresses of hosts that these name.
    var glue: [ResourceRecord] = []
    var isAuthoritative: Bool

    /// Of one message that are looked at, at most: records of a section, aliases, servers, addresses of these.
    private static let records = 4_096
    private static let aliases = 32
    private static let hosts = 64
    private static let addresses = 256

    /// - Parameters:
    ///   - message: of a server.
    ///   - question: that it was asked.
    ///   - zone: for which it was asked; the root for a forwarder, which may know everything.
    ///   - isForwarder: whether it does the work of a resolver.
    init(_ message: DNSMessage, _ question: DNSMessage.Question, zone: DomainName, isForwarder: Bool) {
        type = question.type
        isAuthoritative = message.flags.contains(.authoritative)
        verdict = .lame("\(message.responseCode)")
        guard !message.flags.contains(.truncated) else {
            verdict = .truncated
            return
        }
        switch message.responseCode {
        case .noError, .nameError: break
        case .formatError, .notImplemented, .badVersion:
            verdict = .unsupported
            return
        case ResponseCode(rawValue: 6):
            verdict = .nameTooLong
            return
        default: return
        }
        let target = follow(message, question, zone)
        guard let target else { return }
        if case .answer = verdict {
            takeServers(message, question.name, zone)
            return
        }
        readRest(message, question, zone, target, isForwarder)
    }

    // MARK: The answer section

    /// Takes aliases and records from the answer section.
    ///
    /// - Returns: the name behind the last alias; nil when the verdict is there without it.
    private mutating func follow(
        _ message: DNSMessage, _ question: DNSMessage.Question, _ zone: DomainName
    ) -> DomainName? {
        let records = message.answers.prefix(Self.records).filter {
            $0.recordClass == question.recordClass && $0.name.isWithin(zone)
        }
        var current = question.name
        var seen: Set<DomainName> = [current]
        while current.isWithin(zone), seen.count <= Self.aliases {
            let found = records.filter { $0.name == current && $0.type == question.type }
            if !found.isEmpty {
                answers += Self.set(found)
                verdict = .answer
                return current
            }
            guard let next = alias(of: current, records) else { break }
            current = next
            guard seen.insert(current).inserted else {
                verdict = .aliasLoop
                return nil
            }
        }
        return current
    }

    /// Takes an alias of a name, by a CNAME record of its own or by a DNAME record above it.
    private mutating func alias(of name: DomainName, _ records: [ResourceRecord]) -> DomainName? {
        if let rename = records.first(where: { $0.type == .dname && $0.name != name && name.isWithin($0.name) }) {
            let head = try? DomainName(labels: name.labels.dropLast(rename.name.labelCount))
            guard let target = try? head?.appending(rename.data.target) else { return nil }
            // What the server made of it is not needed: it may say something else.
            answers.append(rename)
            answers.append(ResourceRecord(name: name, type: .cname, ttl: rename.ttl, data: RecordData(target)))
            return target
        }
        guard let alias = records.first(where: { $0.type == .cname && $0.name == name }) else { return nil }
        answers.append(alias)
        return alias.data.target
    }

    /// Records of one set without what is there twice, with one time to live (RFC 2181 §5).
    private static func set(_ records: [ResourceRecord]) -> [ResourceRecord] {
        let ttl = records.map(\.ttl).min() ?? 0
        var seen: Set<RecordData> = []
        return records.filter { seen.insert($0.data.canonical(as: $0.type)).inserted }.map { record in
            var record = record
            record.ttl = ttl
            return record
        }
    }

    // MARK: The authority section

    private mutating func readRest(
        _ message: DNSMessage, _ question: DNSMessage.Question, _ zone: DomainName, _ target: DomainName,
        _ isForwarder: Bool
    ) {
        let start = message.authorities.prefix(Self.records).first {
            $0.type == .soa && $0.name.isWithin(zone) && target.isWithin($0.name)
        }
        let isAlias = target != question.name
        // A chain that was not followed to its end is no denial.
        let isCut = answers.count >= Self.aliases
        guard !isCut, target.isWithin(zone),
            !isAlias || start != nil || isForwarder && message.responseCode == .nameError
        else {
            verdict = .alias(target)
            return
        }
        if message.responseCode == .nameError {
            verdict = .nameError(target, start)
        } else if start != nil {
            verdict = .noData(target, start)
        } else if isForwarder {
            // RFC 2308 §2.2: NS records without a SOA record deny nothing.
            let server = message.authorities.prefix(Self.records).first { $0.type == .ns }
            verdict = server.map { .referral($0.name) } ?? .noData(target, nil)
        } else {
            readReferral(message, question, zone)
        }
    }

    private mutating func readReferral(
        _ message: DNSMessage, _ question: DNSMessage.Question, _ zone: DomainName
    ) {
        let records = message.authorities.prefix(Self.records).filter { $0.type == .ns && $0.recordClass == .internet }
        // A DS record is the parent's: a referral to the zone itself leads too far down.
        let below = records.filter { record in
            record.name != zone && record.name.isWithin(zone) && question.name.isWithin(record.name)
        }
        if let cut = below.max(by: { $0.name.labelCount < $1.name.labelCount })?.name {
            servers = Array(Self.set(below.filter { $0.name == cut }).prefix(Self.hosts))
            glue = Self.glue(message, servers, zone)
            verdict = .referral(cut)
        } else if isAuthoritative || records.isEmpty {
            // RFC 2308 §2.2's third kind; what a server is worth that does not stand for it is not decided here.
            verdict = .noData(question.name, nil)
        } else {
            verdict = .lame("a referral that leads nowhere")
        }
    }

    /// NS records of the zone that come with an authoritative answer.
    private mutating func takeServers(_ message: DNSMessage, _ name: DomainName, _ zone: DomainName) {
        var records = answers.filter { $0.type == .ns }
        if isAuthoritative, records.isEmpty, !zone.isRoot {
            let own = message.authorities.prefix(Self.records).filter {
                $0.type == .ns && $0.name == zone && $0.recordClass == .internet
            }
            servers = Array(Self.set(own).prefix(Self.hosts))
            records = servers
        }
        glue = Self.glue(message, records, zone)
    }

    private static func glue(
        _ message: DNSMessage, _ servers: [ResourceRecord], _ zone: DomainName
    ) -> [ResourceRecord] {
        let hosts = Set(servers.prefix(hosts).map(\.data.target))
        return Array(
            message.additionals.prefix(records).filter { record in
                [.a, .aaaa].contains(record.type) && record.recordClass == .internet && record.name.isWithin(zone)
                    && hosts.contains(record.name)
            }.prefix(addresses))
    }
}
