import Accounts
import Testing

@testable import SMTP

@Suite("Rates of sending")
struct SendingRatesTests {
    private let start = ContinuousClock.now

    @Test("An address and an account each have so many recipients in a while, and earn them again")
    func limits() throws {
        let rates = SendingRates(
            address: .init(10, in: .seconds(60)), account: .init(2, in: .seconds(3600)))
        let alice = try #require(AccountName("alice@example.org"))
        func admits(_ account: AccountName?, _ origin: String, after seconds: Int) -> Bool {
            rates.admits(account, from: origin, now: start + .seconds(seconds))
        }
        for _ in 0..<9 { rates.count(1, of: nil, from: "192.0.2.1", now: start) }
        #expect(admits(nil, "192.0.2.1", after: 0))
        rates.count(11, of: nil, from: "192.0.2.1", now: start)
        // Ten more than there were: a minute to pay them back, six seconds for the next.
        #expect(!admits(nil, "192.0.2.1", after: 60) && admits(nil, "192.0.2.1", after: 67))
        #expect(admits(nil, "192.0.2.2", after: 0) && admits(alice, "192.0.2.1", after: 0))
        rates.count(2, of: alice, from: "192.0.2.1", now: start)
        #expect(!admits(alice, "192.0.2.9", after: 1799) && admits(alice, "192.0.2.9", after: 1801))
    }

    @Test("Without limits everybody may send")
    func unlimited() {
        let rates = SendingRates()
        rates.count(1_000_000, of: nil, from: "192.0.2.1", now: start)
        #expect(rates.admits(nil, from: "192.0.2.1", now: start))
    }

    @Test("A pause earns no more than the limit, and senders that have it all back are forgotten first")
    func bounded() {
        var budgets = RecipientBudgets(.init(10, in: .seconds(60)))
        budgets.spend(1, "a", now: start)
        budgets.spend(10, "a", now: start + .seconds(36000))
        #expect(!budgets.admits("a", now: start + .seconds(36001)))
        let later = start + .seconds(72000)
        for number in 0..<9_999 { budgets.spend(1, "\(number)", now: later) }
        budgets.spend(20, "b", now: later)
        #expect(budgets.count == 10_000 && budgets.admits("a", now: later) && !budgets.admits("b", now: later))
        for number in 0..<30_000 { budgets.spend(1, "x\(number)", now: later) }
        #expect(budgets.count <= 10_000)
    }
}
