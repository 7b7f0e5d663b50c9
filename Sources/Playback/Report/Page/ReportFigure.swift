/// A chart with its title and what it says.
package struct ReportFigure: Sendable {
    /// How much of the page's width a figure takes on a wide screen; on a phone it is always all.
    package enum Size: Sendable, Hashable {
        case full
        /// Half: two figures in a row.
        case half
    }

    package var title: String
    /// What the reader should see in the chart; back-ticks set code.
    package var caption: String
    package var chart: any Chart
    package var size: Size

    /// A figure of `chart`.
    package init(_ title: String, caption: String = "", chart: any Chart, size: Size = .full) {
        self.title = title
        self.caption = caption
        self.chart = chart
        self.size = size
    }
}
