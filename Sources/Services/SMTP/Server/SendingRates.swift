package import Accounts
internal import Synchronization

/// How many recipients one sender may have in a while: an address that a program has taken over, or an account whose password
/// somebody has guessed, then fills no queue and no mailboxes.
package final class SendingRates: Sendable {
    /// So many recipients in so long; as many may come at once after a pause.
    package struct Limit: Sendable, Hashable {
        package var recipients: Int
        package var period: Duration

        package init(_ recipients: Int, in period: Duration) {
            self.recipients = recipients
            self.period = period
        }
    }

    private let addresses: Mutex<RecipientBudgets?>
    private let accounts: Mutex<RecipientBudgets?>

    /// - Parameters:
    ///   - address: for each IPv4 address, or IPv6 network of 64 bits, that has not logged in; nil for no limit.
    ///   - account: for each account, wherever it sends from; nil for no limit.
    package init(address: Limit? = nil, account: Limit? = nil) {
        addresses = Mutex(address.map { RecipientBudgets($0) })
        accounts = Mutex(account.map { RecipientBudgets($0) })
    }

    /// Whether a sender may begin a message.
    ///
    /// - Parameters:
    ///   - account: who has logged in; nil when nobody has.
    ///   - origin: what the client's address is counted by.
    ///   - now: the time.
    package func admits(_ account: AccountName?, from origin: String, now: ContinuousClock.Instant = .now) -> Bool {
        guard let account else { return addresses.withLock { $0?.admits(origin, now: now) ?? true } }
        return accounts.withLock { $0?.admits(account.description, now: now) ?? true }
    }

    /// Counts the recipients of a message that was taken.
    package func count(
        _ recipients: Int, of account: AccountName?, from origin: String, now: ContinuousClock.Instant = .now
    ) {
        guard let account else { return addresses.withLock { $0?.spend(recipients, origin, now: now) } }
        accounts.withLock { $0?.spend(recipients, account.description, now: now) }
    }
}

/// What each sender has left of a limit. A message may take more than is left: the next ones wait for longer then.
struct RecipientBudgets: Sendable {
    private struct Budget {
        var left: Double
        var time: ContinuousClock.Instant
    }

    /// Senders that are remembered.
    private static let capacity = 10_000

    private let limit: SendingRates.Limit
    private var budgets: [String: Budget] = [:]
    var count: Int { budgets.count }

    init(_ limit: SendingRates.Limit) { self.limit = limit }

    func admits(_ sender: String, now: ContinuousClock.Instant) -> Bool {
        budgets[sender].map { left($0, now) >= 1 } ?? (limit.recipients > 0)
    }

    mutating func spend(_ recipients: Int, _ sender: String, now: ContinuousClock.Instant) {
        if budgets[sender] == nil, budgets.count >= Self.capacity {
            budgets = budgets.filter { left($0.value, now) < Double(limit.recipients) }
            // Better to let a few send twice as much than to remember without end.
            if budgets.count >= Self.capacity { budgets.removeAll(keepingCapacity: true) }
        }
        let before = budgets[sender].map { left($0, now) } ?? Double(limit.recipients)
        budgets[sender] = Budget(left: before - Double(recipients), time: now)
    }

    private func left(_ budget: Budget, _ now: ContinuousClock.Instant) -> Double {
        let earned = max(0, (now - budget.time) / limit.period) * Double(limit.recipients)
        return min(Double(limit.recipients), budget.left + earned)
    }
}
