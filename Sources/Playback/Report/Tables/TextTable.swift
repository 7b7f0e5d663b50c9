/// A table as lines of text for a terminal: columns aligned, a rule under the heading, numbers to the right.
///
///     rule     profile  mean bit rate (Mbit/s)  stalls
///     ───────  ───────  ──────────────────────  ──────
///     bola-u   3g                         1.42       0
package struct TextTable: Sendable, Hashable {
    /// The headings.
    package var header: [String]
    /// The side to which each column leans; left where there is none.
    package var alignments: [TableColumn.Alignment]
    /// The cells. Control characters in them are not printed.
    package var rows: [[String]]
    /// The rows before which a blank line is printed.
    package var groupStarts: Set<Int> = []

    /// A table of text.
    package init(header: [String], alignments: [TableColumn.Alignment] = [], rows: [[String]] = []) {
        self.header = header
        self.alignments = alignments
        self.rows = rows
    }

    /// The same table as in the report; the best values are marked with `*`.
    package init(_ table: ReportTable) {
        let layout = TableLayout(table)
        header = layout.titles
        alignments = table.columns.map(\.alignment)
        let marked = table.columns.map { $0.best != nil }
        rows = layout.rows.map { row in
            zip(row, marked).map { cell, isMarked in isMarked ? cell.text + (cell.isBest ? "*" : " ") : cell.text }
        }
        header = zip(header, marked).map { $0.0 + ($0.1 ? " " : "") }
        groupStarts = layout.groupStarts
    }

    /// The lines, each ended by a newline. Widths count characters; a wide character counts as one.
    package func text() -> String {
        let clean = ([header] + rows).map { $0.prefix(header.count).map(Self.printable) }
        let widths = header.indices.map { column in clean.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        var lines = [line(clean[0], widths)]
        lines.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
        for (index, row) in clean.dropFirst().enumerated() {
            if groupStarts.contains(index) { lines.append("") }
            lines.append(line(row, widths))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = widths.enumerated().map { column, width in
            let cell = column < cells.count ? cells[column] : ""
            let fill = String(repeating: " ", count: max(0, width - cell.count))
            return column < alignments.count && alignments[column] == .right ? fill + cell : cell + fill
        }.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }

    /// `text` without control characters, which could move the cursor or start an escape sequence.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            result.unicodeScalars.append(isControl ? " " : scalar)
        }
        return result
    }
}
