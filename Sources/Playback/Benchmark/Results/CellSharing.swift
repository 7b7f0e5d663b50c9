package import NetworkEmulation
package import QoE
package import Report

/// How the clients of each cell of the matrix shared its link.
extension SessionResult {
    /// What the session took of its link, and when.
    ///
    /// - Parameter stagger: seconds between the starts of clients on one link.
    package func activity(stagger: Double) -> SessionActivity {
        var activity = SessionActivity(startingAt: Double(client - 1) * stagger)
        for event in trace { activity.add(event) }
        return activity
    }
}

extension LinkSharing {
    /// - Parameters:
    ///   - rows: the clients of one cell.
    ///   - activities: what each of them took of the link.
    ///   - profile: the link's.
    package init(of rows: some Sequence<SessionRow>, _ activities: [SessionActivity], on profile: BandwidthProfile) {
        let sessions = zip(rows, activities).map { SharedSession(activity: $1, summary: $0.summary) }
        self.init(of: sessions) { profile.bits(from: $0, to: $1) }
    }
}

extension BenchmarkResults {
    /// How clients shared links, one row a cell; nil where every session had a link of its own.
    package var sharingTable: ReportTable? {
        let cells = sessions.filter { $0.sharing != nil }
        guard !cells.isEmpty else { return nil }
        let modes = Set(cells.map(\.identity.mode)).count > 1
        let presentations = hasSeveralPresentations
        var columns: [TableColumn] = presentations ? [.text("presentation")] : []
        columns += [.text("profile"), .text("rule")]
        if modes { columns.append(.text("mode")) }
        columns += [
            .number("fairness of bit rates", digits: 3, best: .highest),
            .number("fairness of throughput", digits: 3, best: .highest),
            .number("instability", digits: 3, best: .lowest), .number("switches a minute", digits: 2, best: .lowest),
            .number("utilisation", .percentage, digits: 1, best: .highest),
        ]
        let rows = cells.map { cell -> [TableCell] in
            var cells: [TableCell] = presentations ? [.text(cell.identity.presentation)] : []
            cells += [.text(cell.identity.profile), .text(cell.identity.rule)]
            if modes { cells.append(.text(cell.identity.mode.rawValue)) }
            let sharing = cell.sharing
            let values = [
                sharing?.bitRateFairness, sharing?.throughputFairness, sharing?.instability, sharing?.switchesPerMinute,
                sharing?.utilisation,
            ]
            return cells + values.map { $0.map { .number($0) } ?? .missing }
        }
        return ReportTable(columns: columns, rows: rows, groupColumn: presentations ? 1 : 0)
    }
}
