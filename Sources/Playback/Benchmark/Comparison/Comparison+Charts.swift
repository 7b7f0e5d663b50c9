package import Report

/// Pictures of a comparison.
extension Comparison {
    /// The differences from the baseline with their intervals, a row for each other rule.
    package func intervals(of measure: Measure) -> [IntervalRow] {
        rules.filter { $0 != baseline }.compactMap { rule in
            differenceStatistics(of: measure, rule: rule).map {
                IntervalRow(rule, value: $0.mean, interval: $0.interval)
            }
        }
    }

    /// A forest plot for each measure.
    var differenceFigures: [ReportFigure] {
        measures.map { measure in
            let better = measure.preference == .highest ? "to the right" : "to the left"
            return ReportFigure(
                "Difference in \(measure.title)", caption: "Better is \(better).",
                chart: IntervalChart(
                    axis: Axis("\(measure.heading) less that of \(baseline)", unit: measure.unit),
                    rows: intervals(of: measure)), size: .half)
        }
    }

    /// The distribution of `measure` over the traces, a line a rule.
    func distributionFigure(of measure: Measure, caption: String) -> ReportFigure {
        let distributions = rules.map { EmpiricalDistribution(values(of: measure, rule: $0)) }
        let least = distributions.compactMap(\.values.first).min() ?? 0
        let greatest = distributions.compactMap(\.values.last).max() ?? 1
        let series = zip(rules, distributions).enumerated().map { index, pair in
            let steps = pair.1.steps.map { ChartPoint($0.value, $0.probability) }
            let points = steps.isEmpty ? [] : [ChartPoint(least, 0)] + steps + [ChartPoint(greatest, 1)]
            return LineSeries(pair.0, points, interpolation: .stepAfter, color: index)
        }
        return ReportFigure(
            "Distribution of \(measure.title)", caption: caption,
            chart: LineChart(
                x: Axis(measure.heading, unit: measure.unit),
                y: Axis("Traces", unit: .percentage, minimum: 0, maximum: 1), series: series), size: .half)
    }

    /// Bit rate against stalling, a point a rule, with the front of the best trade-offs.
    var tradeOffFigure: ReportFigure {
        func point(_ rule: String) -> ChartPoint? {
            guard let stalling = statistics(of: .stallRatio, rule: rule),
                let bitRate = statistics(of: .bitRate, rule: rule)
            else { return nil }
            return ChartPoint(stalling.mean, bitRate.mean)
        }
        return ReportFigure(
            "Bit rate against stalling",
            caption:
                "One point a rule, means over all traces. No rule is above and left of the dotted line: those on it "
                + "trade one for the other (Pareto's front).",
            chart: ScatterChart(
                x: Axis("Time stalled", unit: .percentage, minimum: 0), y: Axis("Mean bit rate", unit: .bitsPerSecond),
                series: rules.map { rule in
                    ScatterSeries(rule, point(rule).map { [ScatterPoint($0.x, $0.y, label: rule)] } ?? [])
                }, front: front.compactMap(point)))
    }
}
