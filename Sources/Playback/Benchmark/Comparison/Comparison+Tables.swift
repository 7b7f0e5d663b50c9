package import Report

/// Comparisons for people.
extension Comparison {
    /// One row a rule: means, their intervals, medians, and the differences from the baseline.
    package var table: ReportTable {
        let measures = measures
        var columns: [TableColumn] = [.text("rule"), .number("traces", digits: 0)]
        for measure in measures {
            columns.append(.number(measure.title, measure.unit, digits: measure.digits, best: measure.preference))
            columns.append(.number("95 % interval", measure.unit, digits: measure.digits))
        }
        columns.append(.number("median QoE", digits: 3, best: .highest))
        return ReportTable(
            columns: columns.map(Self.rightAligned),
            rows: rules.map { rule in
                var cells: [TableCell] = [.text(rule), .number(Double(values(of: .qoe, rule: rule).count))]
                for measure in measures {
                    let statistics = statistics(of: measure, rule: rule)
                    cells.append(statistics.map { .number($0.mean) } ?? .missing)
                    cells.append(statistics?.interval.map { .range($0) } ?? .missing)
                }
                cells.append((statistics(of: .qoe, rule: rule)?.median).map { .number($0) } ?? .missing)
                return cells
            })
    }

    /// One row a rule but the baseline: how it differs from the baseline, trace by trace.
    package var differenceTable: ReportTable {
        var columns: [TableColumn] = [.text("rule less \(baseline)")]
        for measure in measures {
            columns.append(.number("Δ \(measure.title)", measure.unit, digits: measure.digits))
            columns.append(.number("95 % interval", measure.unit, digits: measure.digits))
        }
        columns += [.number("median Δ QoE", digits: 3), .text("QoE won–tied–lost")]
        return ReportTable(
            columns: columns.map(Self.rightAligned),
            rows: rules.filter { $0 != baseline }.map { rule in
                var cells: [TableCell] = [.text(rule)]
                for measure in measures {
                    let statistics = differenceStatistics(of: measure, rule: rule)
                    cells.append(statistics.map { .number($0.mean) } ?? .missing)
                    cells.append(statistics?.interval.map { .range($0) } ?? .missing)
                }
                cells.append((differenceStatistics(of: .qoe, rule: rule)?.median).map { .number($0) } ?? .missing)
                cells.append(.text(Self.text(record(of: rule, against: baseline))))
                return cells
            })
    }

    /// The means of ``table`` and the QoE of ``differenceTable`` in a width that suits a terminal.
    package var summaryTable: ReportTable {
        var columns: [TableColumn] = [.text("rule"), .number("traces", digits: 0)]
        for measure in measures {
            columns.append(.number(measure.title, measure.unit, digits: measure.digits, best: measure.preference))
        }
        columns += [
            .number("median QoE", digits: 3, best: .highest), .number("Δ QoE", digits: 3),
            .number("95 % interval", digits: 3), .text("won–tied–lost"),
        ]
        return ReportTable(
            columns: columns.map(Self.rightAligned),
            rows: rules.map { rule in
                let difference = differenceStatistics(of: .qoe, rule: rule)
                var cells: [TableCell] = [.text(rule), .number(Double(values(of: .qoe, rule: rule).count))]
                cells += measures.map { measure in
                    (statistics(of: measure, rule: rule)?.mean).map { .number($0) } ?? .missing
                }
                cells += [
                    (statistics(of: .qoe, rule: rule)?.median).map { .number($0) } ?? .missing,
                    (difference?.mean).map { .number($0) } ?? .missing,
                    (difference?.interval).map { .range($0) } ?? .missing,
                ]
                return cells + [rule == baseline ? .missing : .text(Self.text(record(of: rule, against: baseline)))]
            })
    }

    /// Every rule against every other: on how many traces it won, tied and lost by QoE.
    package var recordTable: ReportTable {
        ReportTable(
            columns: [.text("rule")] + rules.map { Self.rightAligned(.text($0)) },
            rows: rules.map { rule in
                [.text(rule)]
                    + rules.map { other in
                        rule == other ? .missing : .text(Self.text(record(of: rule, against: other)))
                    }
            })
    }

    private static func rightAligned(_ column: TableColumn) -> TableColumn {
        var column = column
        if !column.title.hasPrefix("rule") { column.alignment = .right }
        return column
    }

    private static func text(_ record: Record) -> String { "\(record.wins)–\(record.ties)–\(record.losses)" }
}
