/// Requests that are under way upstream, so that others for the same thing wait for them instead of asking too.
package struct CoalescingTable<Key: Hashable & Sendable, Flight: Sendable>: Sendable {
    private var flights: [Key: Flight] = [:]
    /// Keys whose responses turned out not to be for sharing, and until when that is believed, in seconds since 1970:
    /// waiting in line for them would serve one client after the other.
    private var unshared: [Key: Double] = [:]
    /// How many such keys are remembered.
    private static var unsharedLimit: Int { 10_000 }

    package init() {}

    package var count: Int { flights.count }

    /// The flight under `key`.
    package subscript(key: Key) -> Flight? { flights[key] }

    /// Joins the flight under `key`, or begins it: then `leads` is true.
    package mutating func join(_ key: Key, begin: () -> Flight) -> (flight: Flight, leads: Bool) {
        if let flight = flights[key] { return (flight, false) }
        let flight = begin()
        flights[key] = flight
        return (flight, true)
    }

    /// Nobody joins the flight under `key` any more.
    package mutating func end(_ key: Key) { flights[key] = nil }

    /// Whether a request for `key` should go on its own.
    package mutating func isUnshared(_ key: Key, at now: Double) -> Bool {
        guard let until = unshared[key] else { return false }
        if until > now { return true }
        unshared[key] = nil
        return false
    }

    /// Remembers that responses for `key` are not for sharing.
    package mutating func markUnshared(_ key: Key, until: Double) {
        if unshared.count >= Self.unsharedLimit { unshared.removeAll(keepingCapacity: true) }
        unshared[key] = until
    }

    /// Forgets what ``markUnshared(_:until:)`` said.
    package mutating func markShared(_ key: Key) { unshared[key] = nil }
}
