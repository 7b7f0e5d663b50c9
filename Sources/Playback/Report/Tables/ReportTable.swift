/// A column of a table.
package struct TableColumn: Sendable, Hashable {
    /// To which side the cells lean.
    package enum Alignment: Sendable, Hashable {
        case left, right
    }

    /// Which value of a column is the one to wish for.
    package enum Preference: Sendable, Hashable {
        case highest, lowest
    }

    package var title: String
    /// The unit of the column's numbers.
    package var unit: ReportUnit
    package var alignment: Alignment
    /// The digits after the point, 0 to 6; nil for about three significant digits of the column's greatest value.
    package var digits: Int?
    /// Which values to set off; nil for none.
    package var best: Preference?

    /// A column of text.
    package static func text(_ title: String) -> TableColumn {
        TableColumn(title: title, unit: .none, alignment: .left, digits: nil, best: nil)
    }

    /// A column of numbers, given in the base unit.
    package static func number(
        _ title: String, _ unit: ReportUnit = .none, digits: Int? = nil, best: Preference? = nil
    ) -> TableColumn {
        TableColumn(title: title, unit: unit, alignment: .right, digits: digits, best: best)
    }
}

/// A cell of a table.
package enum TableCell: Sendable, Hashable, ExpressibleByStringInterpolation, ExpressibleByFloatLiteral,
    ExpressibleByIntegerLiteral
{
    case text(String)
    /// A number in the column's base unit; shown as missing when it is not finite.
    case number(Double)
    /// A range of numbers in the column's base unit, such as a confidence interval.
    case range(ClosedRange<Double>)
    case link(ReportLink)
    case missing

    package init(stringLiteral value: String) { self = .text(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
}

/// A table that prints itself as HTML, as text for a terminal and as CSV.
package struct ReportTable: Sendable, Hashable {
    /// What the table shows; empty for none.
    package var caption: String
    package var columns: [TableColumn]
    /// The rows, top to bottom. Missing cells at the end are empty; cells beyond the columns are not shown.
    package var rows: [[TableCell]]
    /// The column whose equal neighbours make a group of rows: the best values are chosen within each group, and
    /// groups are set apart. Nil: the whole table is one group.
    package var groupColumn: Int?

    /// A table of `rows`.
    package init(caption: String = "", columns: [TableColumn], rows: [[TableCell]] = [], groupColumn: Int? = nil) {
        self.caption = caption
        self.columns = columns
        self.rows = rows
        self.groupColumn = groupColumn
    }
}
