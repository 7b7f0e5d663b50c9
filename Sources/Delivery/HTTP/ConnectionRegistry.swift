internal import NIOCore
internal import Synchronization

/// The open connections of one server: counted against a limit, and told when the server stops.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var emptied: EventLoopPromise<Void>?
    }

    private let state = Mutex(State())

    /// Adds a connection until it closes; false, and nothing added, when there are `limit` already or the server is
    /// stopping.
    func insert(_ channel: any Channel, limit: Int) -> Bool {
        let id = ObjectIdentifier(channel)
        let added = state.withLock { state in
            guard state.channels.count < limit, state.emptied == nil else { return false }
            state.channels[id] = channel
            return true
        }
        if added { channel.closeFuture.whenComplete { _ in self.remove(id) } }
        return added
    }

    private func remove(_ id: ObjectIdentifier) {
        let emptied = state.withLock { state in
            state.channels[id] = nil
            return state.channels.isEmpty ? state.emptied : nil
        }
        // A promise that is fulfilled already ignores it.
        emptied?.succeed()
    }

    /// The connections that are left, and when there are none. No more are added.
    func drain(on eventLoop: any EventLoop) -> (channels: [any Channel], emptied: EventLoopFuture<Void>) {
        let promise = eventLoop.makePromise(of: Void.self)
        let (channels, emptied) = state.withLock { state in
            let emptied = state.emptied ?? promise
            state.emptied = emptied
            return (Array(state.channels.values), emptied)
        }
        if emptied.futureResult !== promise.futureResult { promise.succeed() }
        if channels.isEmpty { emptied.succeed() }
        return (channels, emptied.futureResult)
    }

    /// Closes every connection at once.
    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }
}
