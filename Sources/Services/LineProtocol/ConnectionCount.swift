internal import Synchronization

/// Connections that are open, in all and for each origin.
package final class ConnectionCount: Sendable {
    private let limit: Int
    private let limitPerOrigin: Int
    private let counts = Mutex<(all: Int, perOrigin: [String: Int])>((0, [:]))

    package init(limit: Int, limitPerOrigin: Int) {
        self.limit = limit
        self.limitPerOrigin = limitPerOrigin
    }

    /// Counts one more connection.
    ///
    /// - Parameter origin: ``Endpoint/origin`` of the peer.
    /// - Returns: whether there was room for it.
    package func insert(_ origin: String) -> Bool { admit(origin) == nil }

    /// Counts one more connection, or tells why there is no room for it.
    func admit(_ origin: String) -> LineServer.Refusal? {
        counts.withLock { counts in
            guard counts.all < limit else { return .tooMany }
            guard counts.perOrigin[origin, default: 0] < limitPerOrigin else { return .tooManyFromAddress }
            counts.all += 1
            counts.perOrigin[origin, default: 0] += 1
            return nil
        }
    }

    /// Forgets a connection that was counted.
    ///
    /// - Returns: whether there is ample room again.
    @discardableResult
    package func remove(_ origin: String) -> Bool {
        counts.withLock { counts in
            counts.all -= 1
            let left = counts.perOrigin[origin, default: 1] - 1
            counts.perOrigin[origin] = left > 0 ? left : nil
            return counts.all < limit - limit / 8
        }
    }
}
