package import Foundation

/// Which message goes where, and when: the queue without I/O.
package struct DeliverySchedule: Sendable {
    /// Where recipients' mail goes next; messages for one destination share a connection.
    package enum Destination: Sendable, Hashable {
        /// Mailboxes of this host.
        case local
        /// The hosts of a domain, in lower case, or an address literal.
        case domain(String)
    }

    /// A message for some of its recipients, which are all at one destination.
    package struct Delivery: Sendable, Hashable {
        package let message: QueuedMessage
        package let destination: Destination
        /// Indices of the message's recipients.
        package let recipients: [Int]

        /// The envelope for these recipients.
        package var envelope: Envelope {
            var envelope = message.envelope
            envelope.recipients = recipients.map { message.recipients[$0].recipient }
            return envelope
        }
    }

    /// What is to be told to a message's sender (RFC 3464).
    package struct Report: Sendable, Hashable {
        /// What became of the recipients: the `Action` field of RFC 3464 §2.3.3.
        package enum Kind: String, Sendable {
            case failed, delayed, delivered, relayed
        }

        package let kind: Kind
        /// As it is after the delivery.
        package let message: QueuedMessage
        /// Indices of the message's recipients.
        package let recipients: [Int]
    }

    private struct Due: Comparable {
        let next: Date
        let id: String
        static func < (left: Due, right: Due) -> Bool { (left.next, left.id) < (right.next, right.id) }
    }

    private struct Lane {
        /// In order.
        var due: [Due] = []
        var active = 0
        /// After a connection that failed: nothing before then.
        var blockedUntil = Date.distantPast
        var failures = 0

        mutating func insert(_ new: Due) {
            var (low, high) = (0, due.count)
            while low < high {
                let middle = (low + high) / 2
                if due[middle] < new { low = middle + 1 } else { high = middle }
            }
            due.insert(new, at: low)
        }
    }

    private let policy: RetryPolicy
    private let localDomains: Set<String>
    private var messages: [String: QueuedMessage] = [:]
    /// Of all messages that wait.
    package private(set) var octets = 0
    private var busy: [String: Set<Destination>] = [:]
    /// To be dropped when the attempts under way have ended.
    private var dropped: Set<String> = []
    private var lanes: [Destination: Lane] = [:]
    /// Connections, and deliveries into mailboxes, that are under way.
    package private(set) var active = 0

    /// - Parameters:
    ///   - policy: when to try again, and how much at once.
    ///   - localDomains: in lower case.
    package init(policy: RetryPolicy, localDomains: Set<String>) {
        self.policy = policy
        self.localDomains = localDomains
    }

    /// Messages that wait or are under way.
    package var count: Int { messages.count }

    /// A message as it is now; nil when nobody waits for it any more.
    package func message(_ id: String) -> QueuedMessage? { messages[id] }

    private func destination(_ recipient: QueuedMessage.Recipient) -> Destination {
        localDomains.contains(recipient.domain) ? .local : .domain(recipient.domain)
    }

    /// Takes a message that is durable.
    package mutating func insert(_ message: QueuedMessage) {
        if messages.updateValue(message, forKey: message.id) == nil { octets += message.size }
        for destination in Set(message.recipients.lazy.filter { $0.status == .waiting }.map(destination)) {
            enqueue(message, destination)
        }
    }

    private mutating func enqueue(_ message: QueuedMessage, _ destination: Destination) {
        guard let next = waiting(message, destination).map({ message.recipients[$0].next }).min() else { return }
        let due = Due(next: next, id: message.id)
        lanes[destination, default: Lane()].insert(due)
    }

    private func waiting(_ message: QueuedMessage, _ destination: Destination) -> [Int] {
        message.recipients.indices.filter {
            message.recipients[$0].status == .waiting && self.destination(message.recipients[$0]) == destination
        }
    }

    /// Takes a delivery for which a connection should be made; nil when nothing is due or enough are under way.
    package mutating func start(now: Date) -> Delivery? {
        // Hosts that do not answer must not keep mail from the mailboxes here.
        let isFull = active - (lanes[.local]?.active ?? 0) >= policy.connections
        let candidate = lanes.filter { destination, lane in
            (destination == .local || !isFull) && lane.active < policy.connectionsPerDestination
                && lane.blockedUntil <= now
                && (lane.due.first.map { $0.next <= now } ?? false)
        }.min { left, right in (left.value.due.first?.next ?? now) < (right.value.due.first?.next ?? now) }
        guard let destination = candidate?.key, let delivery = take(destination, now: now) else { return nil }
        lanes[destination]?.active += 1
        active += 1
        return delivery
    }

    /// Takes another delivery for a connection that is open; nil when nothing is due for its destination.
    package mutating func take(_ destination: Destination, now: Date) -> Delivery? {
        while let first = lanes[destination]?.due.first, first.next <= now {
            lanes[destination]?.due.removeFirst()
            guard let message = messages[first.id], !dropped.contains(first.id) else { continue }
            let recipients = waiting(message, destination).filter { message.recipients[$0].next <= now }
                .prefix(policy.recipientsPerTransaction)
            guard !recipients.isEmpty else { continue }
            busy[message.id, default: []].insert(destination)
            return Delivery(message: message, destination: destination, recipients: Array(recipients))
        }
        return nil
    }

    /// A connection has been closed.
    package mutating func stop(_ destination: Destination) {
        active -= 1
        lanes[destination]?.active -= 1
        if let lane = lanes[destination], lane.active == 0, lane.due.isEmpty { lanes[destination] = nil }
    }

    /// No host of a destination could be reached: it is left alone for a while.
    package mutating func unreachable(_ destination: Destination, now: Date) {
        lanes[destination]?.failures += 1
        let failures = lanes[destination]?.failures ?? 1
        lanes[destination]?.blockedUntil = now.addingTimeInterval(min(3600, 60 * pow(2, Double(min(failures, 10) - 1))))
    }

    /// Takes what became of a delivery.
    ///
    /// - Parameters:
    ///   - delivery: as it was taken.
    ///   - outcomes: one for each of its recipients.
    ///   - passesReports: whether the next host takes it over to report success.
    ///   - now: the time, which decides when to try again.
    /// - Returns: reports to queue before the message is saved as ``message(_:)`` has it then, or removed.
    package mutating func finish(
        _ delivery: Delivery, _ outcomes: [RecipientOutcome], passesReports: Bool, now: Date
    ) -> [Report] {
        busy[delivery.message.id]?.remove(delivery.destination)
        if busy[delivery.message.id]?.isEmpty == true { busy[delivery.message.id] = nil }
        guard var message = messages[delivery.message.id] else { return [] }
        if delivery.destination != .local, outcomes.contains(where: { if case .later = $0 { false } else { true } }) {
            lanes[delivery.destination]?.failures = 0
        }
        var reports: [Report.Kind: [Int]] = [:]
        let age = now.timeIntervalSince(message.received)
        for (index, outcome) in zip(delivery.recipients, outcomes) {
            var recipient = message.recipients[index]
            let notify = recipient.recipient.notify ?? [.failure, .delay]
            recipient.attempts += 1
            switch outcome {
            case .delivered(let reply):
                recipient.status = .delivered
                recipient.reply = reply.description
                if notify.contains(.success), delivery.destination == .local || !passesReports {
                    reports[delivery.destination == .local ? .delivered : .relayed, default: []].append(index)
                }
            case .failed(let reply):
                recipient.status = .failed
                recipient.reply = reply.description
                if notify.contains(.failure) { reports[.failed, default: []].append(index) }
            case .later(let reply):
                recipient.reply = reply.description
                if age >= policy.lifetime {
                    recipient.status = .failed
                    if notify.contains(.failure) { reports[.failed, default: []].append(index) }
                    break
                }
                recipient.next = now.addingTimeInterval(policy.delay(after: recipient.attempts))
                if age >= policy.delayNotice, !recipient.isDelayReported {
                    recipient.isDelayReported = true
                    if notify.contains(.delay) { reports[.delayed, default: []].append(index) }
                }
            }
            message.recipients[index] = recipient
        }
        if message.isFinished {
            remove(message)
        } else {
            messages[message.id] = message
            enqueue(message, delivery.destination)
        }
        // Reports have no sender: a report never causes another (RFC 5321 §6.1).
        guard message.envelope.sender != nil else { return [] }
        return reports.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            Report(kind: $0.key, message: message, recipients: $0.value)
        }
    }

    /// What became of something that an operator wants.
    package enum Answer: Sendable, Hashable {
        /// It is done; the message is to be saved, or removed.
        case done
        /// An attempt is under way: ask again when it has ended.
        case underWay
        /// No message of that name waits.
        case unknown
    }

    /// Makes a message due at once, its destinations reachable.
    package mutating func retry(_ id: String, now: Date) -> Answer {
        guard let known = messages[id] else { return .unknown }
        guard busy[id] == nil else { return .underWay }
        forget(known)
        let message = known.dueAgain(at: now)
        for recipient in message.recipients { lanes[destination(recipient)]?.blockedUntil = .distantPast }
        insert(message)
        return .done
    }

    /// Takes a message out. While an attempt is under way it stays, but none is begun any more.
    package mutating func drop(_ id: String) -> Answer {
        guard let message = messages[id] else { return .unknown }
        guard busy[id] == nil else {
            dropped.insert(id)
            return .underWay
        }
        forget(message)
        return .done
    }

    private mutating func forget(_ message: QueuedMessage) {
        remove(message)
        for destination in Set(message.recipients.map(destination)) {
            lanes[destination]?.due.removeAll { $0.id == message.id }
        }
    }

    private mutating func remove(_ message: QueuedMessage) {
        if messages.removeValue(forKey: message.id) != nil { octets -= message.size }
        dropped.remove(message.id)
    }
}
