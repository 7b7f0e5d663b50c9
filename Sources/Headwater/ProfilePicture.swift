import NetworkEmulation
import Report

/// A bandwidth profile drawn as SVG: bandwidth over one period and, where there is any, latency below it.
struct ProfilePicture {
    var profile: BandwidthProfile

    /// The text of a file.
    func svg() -> String {
        var panels = [
            ChartPanel(
                y: Axis("Bandwidth", unit: .bitsPerSecond, minimum: 0),
                series: [series("Bandwidth", isFilled: true) { $0.bandwidth }], height: 260)
        ]
        if profile.steps.contains(where: { $0.latency > 0 }) {
            panels.append(
                ChartPanel(
                    y: Axis("Latency", unit: .milliseconds, minimum: 0),
                    series: [series("Latency", color: 1) { $0.latency * 1000 }], height: 100))
        }
        let mean = ReportUnit.bitsPerSecond.text(profile.meanBandwidth)
        let range = profile.bandwidthRange
        return ChartDocument(
            StackedPanels(x: .time(maximum: profile.period), panels: panels),
            title: "Bandwidth profile \(profile.name)",
            description: "On average \(mean), from \(ReportUnit.bitsPerSecond.text(range.lowerBound)) to "
                + "\(ReportUnit.bitsPerSecond.text(range.upperBound)); repeats after "
                + "\(ReportUnit.seconds.text(profile.period))."
        ).svg()
    }

    /// A value of each step, held until the next and the last one to the period's end.
    private func series(
        _ name: String, isFilled: Bool = false, color: Int = 0, _ value: (BandwidthProfile.Step) -> Double
    ) -> LineSeries {
        var points: [ChartPoint] = []
        var time = 0.0
        for step in profile.steps {
            points.append(ChartPoint(time, value(step)))
            time += step.duration
        }
        if let last = profile.steps.last { points.append(ChartPoint(time, value(last))) }
        return LineSeries(name, points, interpolation: .stepAfter, isFilled: isFilled, color: color)
    }
}
