/// The page of a report under construction.
struct HTMLPage {
    private var text = ""

    /// The head of the document and of the page.
    mutating func begin(title: String, subtitle: String, commandLine: String) {
        let escaped = Markup.escaped(title)
        text += """
            <!DOCTYPE html>
            <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
            <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <title>\(escaped)</title>
            <style>
            \(Stylesheet.text)
            </style>
            </head>
            <body>
            <header>
            <h1>\(escaped)</h1>

            """
        if !subtitle.isEmpty { text += "<p class=\"subtitle\">\(Markup.prose(subtitle))</p>\n" }
        if !commandLine.isEmpty { text += "<pre><code>\(Markup.escaped(commandLine))</code></pre>\n" }
        text += "</header>\n"
    }

    /// The list of sections.
    mutating func contents(_ headings: [String]) {
        text += "<nav aria-label=\"Sections\">\n<ul>\n"
        for (index, heading) in headings.enumerated() {
            text += "<li><a href=\"#section-\(index + 1)\">\(Markup.escaped(heading))</a></li>\n"
        }
        text += "</ul>\n</nav>\n"
    }

    /// A section with its blocks.
    mutating func section(_ section: ReportSection, number: Int) {
        text += "<section id=\"section-\(number)\">\n<h2>\(Markup.escaped(section.heading))</h2>\n"
        for block in section.blocks { add(block) }
        text += "</section>\n"
    }

    /// The finished page.
    func end() -> String { text + "</body>\n</html>\n" }

    private mutating func add(_ block: ReportBlock) {
        switch block {
        case .paragraph(let prose): text += "<p>\(Markup.prose(prose))</p>\n"
        case .code(let code): text += "<pre><code>\(Markup.escaped(code))</code></pre>\n"
        case .facts(let facts): add(facts)
        case .table(let table): add(table)
        case .figures(let figures): add(figures)
        case .links(let links):
            guard !links.isEmpty else { return }
            text += "<ul class=\"links\">\n"
            for link in links { text += "<li>\(Self.anchor(link))</li>\n" }
            text += "</ul>\n"
        case .details(let summary, let isOpen, let blocks):
            text += "<details\(isOpen ? " open=\"open\"" : "")>\n<summary>\(Markup.escaped(summary))</summary>\n"
            for block in blocks { add(block) }
            text += "</details>\n"
        }
    }

    private mutating func add(_ facts: [ReportFact]) {
        guard !facts.isEmpty else { return }
        text += "<dl class=\"facts\">\n"
        for fact in facts {
            text += "<div><dt>\(Markup.escaped(fact.name))</dt><dd>\(Markup.escaped(fact.value))</dd></div>\n"
        }
        text += "</dl>\n"
    }

    private mutating func add(_ table: ReportTable) {
        let layout = TableLayout(table)
        // The container scrolls sideways; it takes the focus so that the keyboard can scroll it too.
        if !table.caption.isEmpty { text += "<p class=\"caption\">\(Markup.prose(table.caption))</p>\n" }
        let label = table.caption.isEmpty ? "Table" : table.caption
        text +=
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"\(Markup.escaped(label))\">\n<table>\n"
        let classes = table.columns.map { $0.alignment == .right ? "number" : "" }
        func attribute(_ names: [String]) -> String {
            let names = names.filter { !$0.isEmpty }
            return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
        }
        text += "<thead><tr>"
        for (title, name) in zip(layout.titles, classes) {
            text += "<th scope=\"col\"\(attribute([name]))>\(Markup.escaped(title))</th>"
        }
        text += "</tr></thead>\n<tbody>\n"
        for (index, row) in layout.rows.enumerated() {
            text += layout.groupStarts.contains(index) ? "<tr class=\"group\">" : "<tr>"
            for (cell, name) in zip(row, classes) {
                let content = cell.link.map(Self.anchor) ?? Markup.escaped(cell.text)
                text += "<td\(attribute([name, cell.isBest ? "best" : ""]))>"
                text += cell.isBest ? "<strong>\(content)</strong></td>" : "\(content)</td>"
            }
            text += "</tr>\n"
        }
        text += "</tbody>\n</table>\n</div>\n"
    }

    private mutating func add(_ figures: [ReportFigure]) {
        guard !figures.isEmpty else { return }
        text += "<div class=\"figures\">\n"
        for figure in figures {
            text += "<figure class=\"\(figure.size == .full ? "full" : "half")\">\n"
            text += "<figcaption><h3>\(Markup.escaped(figure.title))</h3>"
            if !figure.caption.isEmpty { text += "<p>\(Markup.prose(figure.caption))</p>" }
            text += "</figcaption>\n"
            for layout in figure.size == .full ? ChartLayout.allCases : [.narrow] {
                text += figure.chart.svg(layout: layout, title: figure.title, description: figure.caption)
            }
            text += "</figure>\n"
        }
        text += "</div>\n"
    }

    private static func anchor(_ link: ReportLink) -> String {
        let text = Markup.escaped(link.text)
        return link.reference.map { "<a href=\"\(Markup.escaped($0))\">\(text)</a>" } ?? text
    }
}
