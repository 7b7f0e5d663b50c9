internal import DHCP
internal import Logging
internal import Metrics
internal import Synchronization

/// Counts what a server does.
struct ServerMetrics: Sendable {
    let received: Counter
    private let replies: [DHCPMessage.Kind: Counter]
    private let others: Counter
    private let notes: [DHCPServerEngine.Note.Reason: Counter]
    private let pools: Meter
    private let held: Meter
    private let quarantined: Meter

    init(_ factory: any MetricsFactory) {
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: "headwater_dhcp_" + name, dimensions: dimensions, factory: factory)
        }
        func addresses(_ state: String) -> Meter {
            Meter(label: "headwater_dhcp_addresses", dimensions: [("state", state)], factory: factory)
        }
        (pools, held, quarantined) = (addresses("pool"), addresses("held"), addresses("quarantined"))
        received = counter("messages_received_total")
        replies = Dictionary(
            uniqueKeysWithValues: [DHCPMessage.Kind.offer, .ack, .nak].map {
                ($0, counter("messages_sent_total", [("kind", $0.name.lowercased())]))
            })
        others = counter("messages_sent_total", [("kind", "other")])
        notes = Dictionary(
            uniqueKeysWithValues: DHCPServerEngine.Note.Reason.allCases.map {
                ($0, counter("unanswered_total", [("reason", $0.rawValue)]))
            })
    }

    func sent(_ kind: DHCPMessage.Kind?) -> Counter { kind.flatMap { replies[$0] } ?? others }

    func set(_ usage: (pools: Int, held: Int, quarantined: Int)) {
        pools.set(usage.pools)
        held.set(usage.held)
        quarantined.set(usage.quarantined)
    }

    func note(_ reason: DHCPServerEngine.Note.Reason) { notes[reason]?.increment() }
}

/// Tells an administrator why clients get no answer: each reason at once, then no more often than each ten seconds.
final class NoteLog: Sendable {
    private struct Entry {
        var time: ContinuousClock.Instant
        var omitted = 0
    }

    private let logger: Logger
    private let metrics: ServerMetrics
    private let entries = Mutex<[DHCPServerEngine.Note.Reason: Entry]>([:])

    init(_ logger: Logger, _ metrics: ServerMetrics) {
        self.logger = logger
        self.metrics = metrics
    }

    func record(_ note: DHCPServerEngine.Note) {
        metrics.note(note.reason)
        let omitted = entries.withLock { entries -> Int? in
            if var entry = entries[note.reason], .now - entry.time < .seconds(10) {
                entry.omitted += 1
                entries[note.reason] = entry
                return nil
            }
            let omitted = entries[note.reason]?.omitted ?? 0
            entries[note.reason] = Entry(time: .now)
            return omitted
        }
        guard let omitted else { return logger.debug("\(note.text)") }
        let metadata: Logger.Metadata = omitted > 0 ? ["omitted": "\(omitted)"] : [:]
        logger.log(level: note.reason.level, "\(note.text)", metadata: metadata)
    }
}

extension DHCPServerEngine.Note.Reason {
    fileprivate var level: Logger.Level {
        switch self {
        case .exhausted, .limited, .conflict, .foreignRelay: .warning
        case .unwritten: .error
        case .malformed, .unknownLink, .unknownClient: .info
        case .otherServer, .repeated: .debug
        }
    }
}
