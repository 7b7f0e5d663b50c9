package import DHCP
internal import Synchronization

/// Learns of leases that begin, are renewed and end, for example to publish names.
package protocol LeaseObserver: Sendable {
    /// Called for one event after the other, those of one address in their order; where several of one address wait, for the
    /// last. What it takes long for delays no client.
    func observe(_ event: DHCPServerEngine.LeaseEvent) async
}

/// Events that wait for an observer: no more than one for each address, so that a slow observer costs no memory.
final class LeaseEvents: Sendable {
    private struct State {
        var order: [IPv4Address] = []
        var start = 0
        var events: [IPv4Address: DHCPServerEngine.LeaseEvent] = [:]
        var waiting: CheckedContinuation<Void, Never>?
        var isFinished = false
    }

    private let state = Mutex(State())

    func append(_ event: DHCPServerEngine.LeaseEvent) {
        let address =
            switch event {
            case .bound(let lease), .ended(let lease): lease.address
            }
        let waiting = state.withLock { state in
            if state.events.updateValue(event, forKey: address) == nil { state.order.append(address) }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// Lets ``next()`` end when all have been taken.
    func finish() {
        let waiting = state.withLock { state in
            state.isFinished = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

    /// The next event; waits for one. Nil after the last. For one task alone.
    func next() async -> DHCPServerEngine.LeaseEvent? {
        while true {
            let (event, isFinished) = state.withLock { state -> (DHCPServerEngine.LeaseEvent?, Bool) in
                guard state.start < state.order.count else {
                    (state.order, state.start) = ([], 0)
                    return (nil, state.isFinished)
                }
                let address = state.order[state.start]
                state.start += 1
                if state.start > 1_024, state.start > state.order.count / 2 {
                    state.order.removeFirst(state.start)
                    state.start = 0
                }
                return (state.events.removeValue(forKey: address), false)
            }
            if let event { return event }
            if isFinished { return nil }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isFinished || state.start < state.order.count { return true }
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}
