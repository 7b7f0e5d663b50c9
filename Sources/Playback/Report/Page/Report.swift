/// A report: one HTML page that holds everything it shows, with no script and no reference to anything outside.
///
///     let report = Report(
///         title: "Benchmark", subtitle: "2 rules, 4 profiles", commandLine: "headwater bench …",
///         sections: [ReportSection("Results", [.paragraph("…"), .table(table), .figure(figure)])])
///     let page = report.html()
///
/// The page is well-formed XML too, reads on a phone, on a wide screen, in the dark and on paper, and equal reports
/// give equal bytes.
package struct Report: Sendable {
    package var title: String
    /// One line below the title; empty for none.
    package var subtitle: String
    /// The command that made the report; empty for none.
    package var commandLine: String
    package var sections: [ReportSection]

    /// A report of `sections`.
    package init(title: String, subtitle: String = "", commandLine: String = "", sections: [ReportSection]) {
        self.title = title
        self.subtitle = subtitle
        self.commandLine = commandLine
        self.sections = sections
    }

    /// The page, in UTF-8 when written to a file.
    package func html() -> String {
        var page = HTMLPage()
        page.begin(title: title, subtitle: subtitle, commandLine: commandLine)
        if sections.count > 2 { page.contents(sections.map(\.heading)) }
        for (index, section) in sections.enumerated() { page.section(section, number: index + 1) }
        return page.end()
    }
}
