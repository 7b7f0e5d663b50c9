internal import DHCP
internal import Foundation

/// Writes leases on a thread of its own: while one transaction goes to the disk, the next one gathers.
final class LeaseWriter: Sendable {
    /// What became of tickets.
    typealias Completion = @Sendable (_ tickets: [UInt64], _ error: LeaseStoreError?) -> Void

    private struct State {
        var queue: [(lease: Lease, ticket: UInt64)] = []
        var isStopping = false
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Leases of one transaction at most: so many that the disk's wait counts little for each.
    private static let batch = 1_024

    private let store: LeaseStore
    private let completion: Completion
    private let condition = NSCondition()
    /// Safe: read and written under the condition's lock only.
    nonisolated(unsafe) private var state = State()

    /// - Parameters:
    ///   - store: where to.
    ///   - completion: called on the thread, in the order in which leases came. It must not wait for anything.
    init(_ store: LeaseStore, completion: @escaping Completion) {
        self.store = store
        self.completion = completion
        let thread = Thread { [self] in run() }
        thread.name = "leases"
        thread.start()
    }

    func write(_ lease: Lease, _ ticket: UInt64) {
        condition.lock()
        state.queue.append((lease, ticket))
        condition.signal()
        condition.unlock()
    }

    /// Ends the thread when everything is written.
    func stop() async {
        await withCheckedContinuation { continuation in
            condition.lock()
            defer { condition.unlock() }
            if state.hasEnded { return continuation.resume() }
            state.waiting.append(continuation)
            state.isStopping = true
            condition.signal()
        }
    }

    private func run() {
        while let batch = next() {
            var failure: LeaseStoreError?
            do throws(LeaseStoreError) { try store.write(batch.map(\.lease)) } catch { failure = error }
            completion(batch.map(\.ticket), failure)
        }
        condition.lock()
        state.hasEnded = true
        let waiting = state.waiting
        condition.unlock()
        for continuation in waiting { continuation.resume() }
    }

    /// Nil when there will be no more.
    private func next() -> [(lease: Lease, ticket: UInt64)]? {
        condition.lock()
        defer { condition.unlock() }
        while state.queue.isEmpty {
            if state.isStopping { return nil }
            condition.wait()
        }
        let batch = Array(state.queue.prefix(Self.batch))
        state.queue.removeFirst(batch.count)
        return batch
    }
}
