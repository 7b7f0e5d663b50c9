import TestSupport

@testable import Report

extension SeededGenerator {
    /// A report with one chart of each kind, made of anything.
    mutating func anyReport() -> Report {
        var blocks: [ReportBlock] = [
            .paragraph(anyText()), .code(anyText()), .table(anyTable()),
            .links([ReportLink(anyText(), path: anyText()), ReportLink(anyText(), url: anyText())]),
        ]
        let charts: [any Chart] = [anyPanels(), anyBars(), anyScatter(), anyIntervals()]
        blocks.append(
            .figures(
                charts.map {
                    ReportFigure(
                        anyText(), caption: anyText(), chart: $0, size: Bool.random(using: &self) ? .full : .half)
                }))
        blocks.append(.details(anyText(), isOpen: .random(using: &self), [.facts([ReportFact(anyText(), anyText())])]))
        return Report(
            title: anyText(), subtitle: anyText(), commandLine: anyText(),
            sections: (0..<Int.random(in: 0...4, using: &self)).map { _ in ReportSection(anyText(), blocks) })
    }

    private mutating func count(_ limit: Int) -> Int { Int.random(in: 0...limit, using: &self) }

    private mutating func anyUnit() -> ReportUnit {
        let units = [ReportUnit.none, .seconds, .bitsPerSecond, .bytes, .percentage, ReportUnit(anyText())]
        return units[Int.random(in: 0..<units.count, using: &self)]
    }

    private mutating func anyAxis() -> Axis {
        Axis(
            anyText(), unit: anyUnit(), minimum: Bool.random(using: &self) ? anyDouble() : nil,
            maximum: Bool.random(using: &self) ? anyDouble() : nil)
    }

    private mutating func anyTable() -> ReportTable {
        let columns = (0..<count(4)).map { _ in
            Bool.random(using: &self)
                ? TableColumn.text(anyText())
                : .number(
                    anyText(), anyUnit(),
                    digits: Bool.random(using: &self) ? Int.random(in: -5...20, using: &self) : nil,
                    best: Bool.random(using: &self) ? .highest : .lowest)
        }
        let rows = (0..<count(5)).map { _ in
            (0..<count(6)).map { _ in anyCell() }
        }
        return ReportTable(caption: anyText(), columns: columns, rows: rows, groupColumn: count(6) - 1)
    }

    private mutating func anyCell() -> TableCell {
        switch count(3) {
        case 0: return .text(anyText())
        case 1:
            let ends = [anyDouble(), anyDouble()].filter { !$0.isNaN }.sorted()
            return ends.count == 2 ? .range(ends[0]...ends[1]) : .missing
        default: return .number(anyDouble())
        }
    }

    private mutating func anyPanels() -> StackedPanels {
        let panels = (0..<count(3)).map { _ in
            ChartPanel(
                y: anyAxis(),
                series: (0..<count(4)).map { _ in
                    LineSeries(
                        anyText(), (0..<count(60)).map { _ in ChartPoint(anyDouble(), anyDouble()) },
                        interpolation: Bool.random(using: &self) ? .linear : .stepAfter,
                        isFilled: .random(using: &self), dash: LineSeries.Dash.allCases.randomElement(using: &self),
                        color: Bool.random(using: &self) ? Int.random(in: Int.min...Int.max, using: &self) : nil)
                }, height: anyDouble())
        }
        let bands = (0..<count(4)).map { _ in
            ChartBand(
                anyText(), intervals: (0..<count(9)).map { _ in ChartBand.Interval(from: anyDouble(), to: anyDouble()) }
            )
        }
        return StackedPanels(
            x: anyAxis(), panels: panels, bands: bands,
            markers: (0..<count(8)).map { _ in ChartMarker(anyText(), at: anyDouble()) })
    }

    private mutating func anyBars() -> BarChart {
        BarChart(
            categories: (0..<count(6)).map { _ in anyText() }, axis: anyAxis(),
            series: (0..<count(3)).map { _ in
                BarSeries(anyText(), (0..<count(8)).map { _ in Bool.random(using: &self) ? anyDouble() : nil })
            }, orientation: Bool.random(using: &self) ? .vertical : .horizontal)
    }

    private mutating func anyIntervals() -> IntervalChart {
        IntervalChart(
            axis: anyAxis(),
            rows: (0..<count(8)).map { _ in
                let ends = [anyDouble(), anyDouble()].filter { !$0.isNaN }.sorted()
                return IntervalRow(
                    anyText(), value: anyDouble(), interval: ends.count == 2 ? ends[0]...ends[1] : nil)
            }, color: Int.random(in: Int.min...Int.max, using: &self))
    }

    private mutating func anyScatter() -> ScatterChart {
        ScatterChart(
            x: anyAxis(), y: anyAxis(),
            series: (0..<count(8)).map { _ in
                ScatterSeries(
                    anyText(), (0..<count(20)).map { _ in ScatterPoint(anyDouble(), anyDouble(), label: anyText()) })
            }, front: (0..<count(5)).map { _ in ChartPoint(anyDouble(), anyDouble()) },
            height: Bool.random(using: &self) ? anyDouble() : nil)
    }
}
