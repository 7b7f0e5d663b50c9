package import DNS

/// An edge that viewers can be sent to.
package struct RoutedEdge: Sendable, Hashable {
    /// What its operator wants of it.
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// It takes viewers.
        case active
        /// It gets no new viewers, unless there is no other edge.
        case drain
        /// It gets none at all.
        case off
    }

    /// What an edge can carry; nil where there is no limit.
    package struct Capacity: Sendable, Hashable {
        /// Connections open at once.
        package var connections: Double?
        /// Bits per second.
        package var rate: Double?

        package init(connections: Double? = nil, rate: Double? = nil) {
            self.connections = connections
            self.rate = rate
        }
    }

    package var name: String
    /// At least one.
    package var addresses: [IPAddress]
    package var location: Location
    /// Its share of names beside others; above zero.
    package var weight = 1.0
    package var capacity = Capacity()
    package var state = State.active
    /// What is asked to see whether it lives: an http or https URL; nil for nothing, it is taken to be alive.
    package var check: String?
    /// Where it tells its load, in Prometheus's text format; nil for nowhere.
    package var report: String?

    package init(name: String, addresses: [IPAddress], location: Location) {
        self.name = name
        self.addresses = addresses
        self.location = location
    }
}
