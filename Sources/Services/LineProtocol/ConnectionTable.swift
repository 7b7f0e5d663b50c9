internal import NIOCore
internal import Synchronization

/// The connections that a server has open: counted, perhaps with those of other servers, and told when it stops.
final class ConnectionTable: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Entry] = [:]
        var isStopping = false
        var emptied: EventLoopPromise<Void>?
        /// Whether one was refused since there was last room for all.
        var isRefusing = false
    }

    private struct Entry {
        var origin: String
        var connection: LineConnection?
    }

    private let count: ConnectionCount
    private let state = Mutex(State())

    init(_ count: ConnectionCount) { self.count = count }

    /// Counts a connection until it is removed.
    ///
    /// - Returns: nil, or why it is not let in, and whether none was refused shortly before.
    func insert(
        _ id: ObjectIdentifier, from origin: String
    ) -> (refusal: LineServer.Refusal, isFirst: Bool)? {
        state.withLock { state in
            if let refusal = state.isStopping ? .stopping : count.admit(origin) {
                defer { state.isRefusing = true }
                return (refusal, !state.isRefusing && refusal != .stopping)
            }
            state.connections[id] = Entry(origin: origin)
            return nil
        }
    }

    /// Names the connection of an entry, so that it can be told of a stop; it is told at once when that has begun.
    func set(_ connection: LineConnection, for id: ObjectIdentifier) {
        let isStopping = state.withLock { state in
            state.connections[id]?.connection = connection
            return state.isStopping
        }
        if isStopping { connection.stop() }
    }

    func remove(_ id: ObjectIdentifier) {
        let emptied: EventLoopPromise<Void>? = state.withLock { state in
            guard let entry = state.connections.removeValue(forKey: id) else { return nil }
            if count.remove(entry.origin) { state.isRefusing = false }
            return state.connections.isEmpty ? state.emptied : nil
        }
        // A promise that is fulfilled already ignores it.
        emptied?.succeed()
    }

    /// Admits no more, and returns what is open.
    func stop() -> [LineConnection] {
        state.withLock { state in
            state.isStopping = true
            return state.connections.values.compactMap(\.connection)
        }
    }

    /// Returns when no connection is left, when `limit` is over, or when the task is cancelled.
    func emptied(within limit: TimeAmount, on eventLoop: any EventLoop) async {
        let promise = eventLoop.makePromise(of: Void.self)
        let isEmpty = state.withLock { state in
            state.emptied = promise
            return state.connections.isEmpty
        }
        if isEmpty { promise.succeed() }
        let deadline = eventLoop.scheduleTask(in: limit) { promise.succeed() }
        await withTaskCancellationHandler {
            try? await promise.futureResult.get()
        } onCancel: {
            promise.succeed()
        }
        deadline.cancel()
    }
}
