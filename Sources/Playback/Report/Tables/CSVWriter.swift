/// Comma-separated values as RFC 4180 has them: lines end in CRLF; fields with a comma, a quote or a line break
/// stand in quotes, quotes inside doubled.
package struct CSVWriter: Sendable {
    /// What was written so far.
    package private(set) var text = ""

    /// Records to add to a file that has some.
    package init() {}

    /// A file that begins with the names of its columns.
    package init(header: [String]) { append(header) }

    /// Adds a record.
    package mutating func append(_ fields: [String]) {
        // A record of one empty field would read as an empty line (RFC 4180, clause 2).
        text += fields == [""] ? "\"\"" : fields.map(Self.field).joined(separator: ",")
        text += "\r\n"
    }

    /// `value` as it stands in a file.
    package static func field(_ value: String) -> String {
        let mustQuote = value.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }
        guard mustQuote else { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// A number with all its digits, such as `4200000` or `0.0125`; nothing when not finite.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return "" }
        if value == value.rounded(), value.magnitude < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }
}

extension ReportTable {
    /// The table as CSV: numbers in base units with all their digits, for programs to read.
    package func csv() -> String {
        var writer = CSVWriter(
            header: columns.map { column in
                // A percentage is written as the share it is.
                let unit = column.unit.scaling == .percentage ? "" : column.unit.symbol
                return unit.isEmpty ? column.title : "\(column.title) (\(unit))"
            })
        for row in rows {
            writer.append(
                columns.indices.map { index in
                    switch index < row.count ? row[index] : .missing {
                    case .text(let text): text
                    case .number(let value): CSVWriter.number(value)
                    case .range(let range):
                        CSVWriter.number(range.lowerBound) + " to " + CSVWriter.number(range.upperBound)
                    case .link(let link): link.text
                    case .missing: ""
                    }
                })
        }
        return writer.text
    }
}
