package import NetworkEmulation

/// The sessions of a benchmark in the order in which results list them: plan by plan, in each mode.
package struct BenchmarkSchedule: Sendable {
    package let plans: [BenchmarkPlan]
    package let modes: [BenchmarkMode]
    /// What each session is.
    package let identities: [SessionIdentity]
    /// One plan in one mode.
    package struct Part: Sendable {
        package var plan: BenchmarkPlan
        package var mode: BenchmarkMode
        /// The places of its sessions in ``identities``.
        package var places: Range<Int>
    }
    /// In order; they cover every place.
    package let parts: [Part]

    package init(plans: [BenchmarkPlan], modes: [BenchmarkMode]) {
        var (parts, identities): ([Part], [SessionIdentity]) = ([], [])
        for plan in plans {
            for mode in modes {
                let sessions = plan.sessions(in: mode)
                let places = identities.count..<identities.count + sessions.count
                parts.append(Part(plan: plan, mode: mode, places: places))
                identities += sessions
            }
        }
        (self.plans, self.modes, self.parts, self.identities) = (plans, modes, parts, identities)
    }

    /// The profile of the session at `place`.
    package func profile(at place: Int) -> BandwidthProfile? {
        parts.first { $0.places.contains(place) }
            .map { $0.plan.profile(ofSession: place - $0.places.lowerBound) }
    }
}
