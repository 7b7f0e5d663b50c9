/// A piece of a section.
package enum ReportBlock: Sendable {
    /// Prose; what stands between back-ticks is set as code.
    case paragraph(String)
    /// Headline numbers, each with its name: `("Sessions", "24")`.
    case facts([ReportFact])
    /// Text set as it is, such as a command line.
    case code(String)
    case table(ReportTable)
    /// Figures, those of half the width side by side.
    case figures([ReportFigure])
    /// Blocks behind a heading that opens them.
    case details(String, isOpen: Bool = false, [ReportBlock])
    /// Links to raw files.
    case links([ReportLink])

    /// One figure.
    package static func figure(_ figure: ReportFigure) -> ReportBlock { .figures([figure]) }
}

/// A headline number with its name.
package struct ReportFact: Sendable, Hashable {
    package var name: String
    package var value: String

    /// `value`, called `name`.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A heading with what follows it.
package struct ReportSection: Sendable {
    package var heading: String
    package var blocks: [ReportBlock]

    /// A section of `blocks`.
    package init(_ heading: String, _ blocks: [ReportBlock]) {
        self.heading = heading
        self.blocks = blocks
    }
}
