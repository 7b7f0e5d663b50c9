internal import NIOCore
internal import Synchronization

/// The open connections of one server: counted against a limit, and told when the server stops.
final class ConnectionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var emptied: EventLoopPromise<Void>?
        /// Set from a refusal until there are this few connections: the refusals between are one event.
        var refusesUntil: Int?
    }

    /// What became of a connection.
    enum Insertion {
        case added
        /// - isFirst: whether none was refused shortly before.
        case refused(isFirst: Bool)
    }

    private let state = Mutex(State())

    /// Adds a connection until it closes, unless there are `limit` already or the server is stopping.
    func insert(_ channel: any Channel, limit: Int) -> Insertion {
        let id = ObjectIdentifier(channel)
        let insertion: Insertion = state.withLock { state in
            guard state.emptied == nil else { return .refused(isFirst: false) }
            guard state.channels.count < limit else {
                defer { state.refusesUntil = limit - limit / 8 }
                return .refused(isFirst: state.refusesUntil == nil)
            }
            state.channels[id] = channel
            return .added
        }
        if case .added = insertion { channel.closeFuture.whenComplete { _ in self.remove(id) } }
        return insertion
    }

    private func remove(_ id: ObjectIdentifier) {
        let emptied = state.withLock { state in
            state.channels[id] = nil
            if let bound = state.refusesUntil, state.channels.count < bound { state.refusesUntil = nil }
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
