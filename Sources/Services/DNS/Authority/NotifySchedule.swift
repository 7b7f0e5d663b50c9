/// Who is still to be told that a zone has changed, and when (RFC 1996 §3.6). It has no clock: times are seconds of any.
package struct NotifySchedule: Sendable {
    /// A zone, and a server that has a copy of it.
    package struct Message: Sendable, Hashable {
        package var zone: DomainName
        package var address: IPAddress
        package var port: Int

        package init(zone: DomainName, address: IPAddress, port: Int) {
            self.zone = zone
            self.address = address
            self.port = port
        }
    }

    private struct Wait {
        var due: Int
        var attempts = 0
        var isUnderWay = false
        /// Whether the zone has changed again since.
        var isStale = false
    }

    /// Seconds before each further attempt; after the last, silence is taken for an answer.
    static let pauses = [5, 10, 20, 40, 80]
    /// Messages that wait at most, and that are under way.
    static let capacity = 10_000
    static let parallel = 50

    private var waits: [Message: Wait] = [:]
    private var underWay = 0

    package init() {}

    /// Messages to servers that are still to be sent or acknowledged.
    package var count: Int { waits.count }

    /// A zone has changed.
    ///
    /// - Returns: whether there was room to remember it.
    package mutating func add(_ message: Message, now: Int) -> Bool {
        if let wait = waits[message] {
            waits[message] = Wait(due: now, isUnderWay: wait.isUnderWay, isStale: wait.isUnderWay)
        } else {
            guard waits.count < Self.capacity else { return false }
            waits[message] = Wait(due: now)
        }
        return true
    }

    /// What is to be sent now. Each is under way until ``answered(_:)`` or ``failed(_:now:)``.
    package mutating func take(now: Int) -> [Message] {
        guard underWay < Self.parallel else { return [] }
        let due = waits.filter { !$0.value.isUnderWay && $0.value.due <= now }.sorted { $0.value.due < $1.value.due }
        let messages = due.prefix(Self.parallel - underWay).map(\.key)
        for message in messages {
            waits[message]?.isUnderWay = true
            waits[message]?.attempts += 1
        }
        underWay += messages.count
        return messages
    }

    /// The server has heard it.
    package mutating func answered(_ message: Message) {
        guard let wait = waits[message], wait.isUnderWay else { return }
        underWay -= 1
        waits[message] = wait.isStale ? Wait(due: wait.due) : nil
    }

    /// The server did not answer.
    ///
    /// - Returns: whether it is tried again.
    package mutating func failed(_ message: Message, now: Int) -> Bool {
        guard var wait = waits[message], wait.isUnderWay else { return false }
        underWay -= 1
        guard !wait.isStale else {
            waits[message] = Wait(due: now)
            return true
        }
        guard wait.attempts <= Self.pauses.count else {
            waits[message] = nil
            return false
        }
        wait.isUnderWay = false
        wait.due = now + Self.pauses[wait.attempts - 1]
        waits[message] = wait
        return true
    }
}
