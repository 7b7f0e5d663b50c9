/// Values with their intervals as lines of text for a terminal, beside a line at zero.
///
///     bola-u      ┊    ├──●──┤     0.31 (0.12 to 0.47)
///     throughput  ├─●──┼┤         -0.05 (-0.2 to 0.04)
package struct TextIntervals: Sendable, Hashable {
    package var rows: [IntervalRow]
    /// How the numbers are shown.
    package var unit: ReportUnit
    /// The longest line, in characters; narrower than 50 is taken for 50.
    package var columns: Int

    package init(_ rows: [IntervalRow], unit: ReportUnit = .none, columns: Int) {
        self.rows = rows
        self.unit = unit
        self.columns = columns
    }

    /// The lines, each ended by a newline; empty where there is nothing to show.
    package func text() -> String {
        let rows = rows.filter(\.value.isFinite)
        guard !rows.isEmpty else { return "" }
        var extent = Extent()
        extent.include(0)
        for row in rows {
            for value in [row.value, row.interval?.lowerBound ?? 0, row.interval?.upperBound ?? 0] {
                extent.include(value)
            }
        }
        let labels = rows.map { TextTable.printable($0.label) }
        let numbers = rows.map { row in
            let interval = row.interval.map { " (\(unit.text(from: $0.lowerBound, to: $0.upperBound)))" } ?? ""
            return unit.text(row.value) + interval
        }
        let labelWidth = min(labels.map(\.count).max() ?? 0, 32)
        let numberWidth = numbers.map(\.count).max() ?? 0
        let width = min(max(max(columns, 50) - labelWidth - numberWidth - 4, 10), 80)
        let span = max(extent.upper - extent.lower, .leastNormalMagnitude)
        func place(_ value: Double) -> Int {
            let share = (Ticks.clamped(value) - extent.lower) / span
            return min(max(Int((share * Double(width - 1)).rounded()), 0), width - 1)
        }
        var text = ""
        for (index, row) in rows.enumerated() {
            var cells = Array(repeating: Character(" "), count: width)
            cells[place(0)] = "┊"
            if let interval = row.interval, interval.lowerBound.isFinite, interval.upperBound.isFinite {
                let (start, end) = (place(interval.lowerBound), place(interval.upperBound))
                for cell in start...max(start, end) { cells[cell] = cells[cell] == "┊" ? "┼" : "─" }
                cells[start] = "├"
                cells[end] = "┤"
            }
            cells[place(row.value)] = row.isClear ? "●" : "○"
            let label = labels[index].prefix(labelWidth)
            let fill = String(repeating: " ", count: labelWidth - label.count)
            text += label + fill + "  " + String(cells) + "  " + numbers[index] + "\n"
        }
        return text
    }
}
