/// A table with its numbers turned into text: one prefix and one count of digits for a whole column.
struct TableLayout {
    /// A cell ready to print.
    struct Cell: Hashable {
        var text: String
        var link: ReportLink?
        /// Whether the value is the best of its column and group.
        var isBest = false
    }

    /// The headings, with units.
    let titles: [String]
    /// The rows, each as long as there are columns.
    let rows: [[Cell]]
    /// The rows that begin a group, except the first row.
    let groupStarts: Set<Int>

    /// Lays `table` out.
    init(_ table: ReportTable) {
        let groups = Self.groups(of: table)
        groupStarts = Set(groups.dropFirst().map(\.lowerBound))
        var titles: [String] = []
        var rows = table.rows.map { _ in [Cell]() }
        for (index, column) in table.columns.enumerated() {
            let cells = table.rows.map { index < $0.count ? $0[index] : .missing }
            let values = cells.map { cell in
                if case .number(let value) = cell, value.isFinite { value } else { Double?.none }
            }
            let shown = values.compactMap { $0 } + cells.flatMap(Self.ends)
            let display = column.unit.display(upTo: shown.map(\.magnitude).max() ?? 0)
            let greatest = (shown.map(\.magnitude).max() ?? 0) * display.factor
            let isWhole = shown.allSatisfy { $0 * display.factor == ($0 * display.factor).rounded() }
            let digits = min(
                max(column.digits ?? (isWhole ? 0 : DecimalText.digits(of: greatest, significant: 3)), 0), 6)
            titles.append(display.symbol.isEmpty ? column.title : "\(column.title) (\(display.symbol))")
            let texts = zip(cells, values).map { cell, value in
                switch cell {
                case .text(let text): text
                case .link(let link): link.text
                case .missing: ""
                case .range(let range):
                    [range.lowerBound, range.upperBound]
                        .map { DecimalText.fixed($0 * display.factor, digits: digits) }.joined(separator: " to ")
                case .number:
                    value.map { DecimalText.fixed($0 * display.factor, digits: digits) } ?? DecimalText.missing
                }
            }
            let best = Self.best(texts, values, groups: groups, preference: column.best)
            for row in rows.indices {
                var cell = Cell(text: texts[row], isBest: best.contains(row))
                if case .link(let link) = cells[row] { cell.link = link }
                rows[row].append(cell)
            }
        }
        self.titles = titles
        self.rows = rows
    }

    /// The ends of a range.
    private static func ends(of cell: TableCell) -> [Double] {
        guard case .range(let range) = cell else { return [] }
        return [range.lowerBound, range.upperBound].filter(\.isFinite)
    }

    private static func groups(of table: ReportTable) -> [Range<Int>] {
        guard !table.rows.isEmpty else { return [] }
        guard let column = table.groupColumn, table.columns.indices.contains(column) else {
            return [0..<table.rows.count]
        }
        func key(_ row: Int) -> TableCell? { column < table.rows[row].count ? table.rows[row][column] : nil }
        var groups: [Range<Int>] = []
        var start = 0
        for row in 1...table.rows.count where row == table.rows.count || key(row) != key(start) {
            groups.append(start..<row)
            start = row
        }
        return groups
    }

    /// The rows whose value, as printed, is the best of its group; none where all of the group's values are equal.
    private static func best(
        _ texts: [String], _ values: [Double?], groups: [Range<Int>], preference: TableColumn.Preference?
    ) -> Set<Int> {
        guard let preference else { return [] }
        var result: Set<Int> = []
        for group in groups {
            let present = group.filter { values[$0] != nil }
            guard Set(present.map { texts[$0] }).count > 1 else { continue }
            let ordered = present.sorted { (values[$0] ?? 0) < (values[$1] ?? 0) }
            guard let winner = preference == .highest ? ordered.last : ordered.first else { continue }
            result.formUnion(present.filter { texts[$0] == texts[winner] })
        }
        return result
    }
}
