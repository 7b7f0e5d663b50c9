import NetworkEmulation
package import QoE
package import Report

/// Pictures of one session over time.
package struct SessionCharts: Sendable {
    private let session: SessionResult
    /// Length of the time axis, in seconds; sessions side by side share it.
    private let length: Double

    package init(_ session: SessionResult, length: Double? = nil) {
        self.session = session
        self.length = length ?? session.summary.duration
    }

    /// The profile, the throughput that the rule supposes and the chosen bit rate above the buffer, stalls shaded.
    package func panels(markers: [ChartMarker] = []) -> StackedPanels {
        StackedPanels(
            x: .time("Time", maximum: length),
            panels: [
                ChartPanel(
                    y: Axis("Bit rate", unit: .bitsPerSecond, minimum: 0),
                    series: rateSeries, height: 170),
                ChartPanel(
                    y: Axis("Buffer", unit: .seconds, minimum: 0),
                    series: bufferSeries, height: 110),
            ],
            bands: [ChartBand("stall", intervals: stalls)], markers: markers)
    }

    private var rateSeries: [LineSeries] {
        let estimate = estimatePoints
        var series = [LineSeries("bandwidth", profilePoints, interpolation: .stepAfter, isFilled: true, color: 7)]
        // Rules that look at the buffer alone have none.
        if !estimate.isEmpty {
            series.append(LineSeries("estimate", estimate, interpolation: .stepAfter, dash: .dashed, color: 1))
        }
        return series + [LineSeries("chosen version", choicePoints, interpolation: .stepAfter, color: 0)]
    }

    /// The profile's bandwidth over the session, as far as the axis goes.
    private var profilePoints: [ChartPoint] {
        var points: [ChartPoint] = []
        var time = 0.0
        let steps = session.profile.steps
        var index = 0
        // A profile may change much faster than a picture can show.
        while time < length, points.count < 20_000 {
            points.append(ChartPoint(time, steps[index].bandwidth))
            time += steps[index].duration
            index = (index + 1) % steps.count
        }
        if let last = points.last { points.append(ChartPoint(length, last.y)) }
        return points
    }

    /// The version's bit rate from the moment it was asked for.
    private var choicePoints: [ChartPoint] {
        var points = session.primarySegments.map { ChartPoint($0.time, Double($0.bitRate)) }
        if let last = points.last { points.append(ChartPoint(min(session.summary.duration, length), last.y)) }
        return points
    }

    /// What the rule took the throughput to be, decision by decision.
    private var estimatePoints: [ChartPoint] {
        let media = session.primaryMedia
        return session.trace.compactMap { event in
            guard case .decision(let decision) = event, decision.media == media, let throughput = decision.throughput
            else { return nil }
            return ChartPoint(decision.time, throughput)
        }
    }

    private var bufferSeries: [LineSeries] {
        let levels: [(String, (BufferRecord) -> Double?)] = [("video", \.video), ("audio", \.audio)]
        return levels.enumerated().compactMap { index, level in
            let points = bufferLevels(level.1)
            return points.isEmpty ? nil : LineSeries(level.0, points, color: index)
        }
    }

    /// How much of a medium was buffered over time. Levels fall while playing: each sample is preceded by where the
    /// level was just before it.
    package func bufferLevels(_ level: (BufferRecord) -> Double?) -> [ChartPoint] {
        var points: [ChartPoint] = []
        var latest: (level: Double, position: Double, time: Double)?
        for event in session.trace {
            guard case .buffer(let record) = event, let value = level(record) else { continue }
            if let latest {
                let played = record.position - latest.position
                let before = max(latest.level - played, 0)
                // A buffer that ran dry did so before this sample.
                let emptied = latest.time + played
                if before <= 0.001, emptied < record.time - 0.001 { points.append(ChartPoint(emptied, 0)) }
                points.append(ChartPoint(record.time, before))
            }
            points.append(ChartPoint(record.time, value))
            latest = (value, record.position, record.time)
        }
        if let latest {
            let end = min(latest.time + latest.level, session.summary.duration)
            points.append(ChartPoint(end, max(latest.level - (end - latest.time), 0)))
        }
        return points
    }

    private var stalls: [ChartBand.Interval] {
        session.trace.compactMap { event in
            guard case .stallEnded(let time, let duration) = event else { return nil }
            return ChartBand.Interval(from: time - duration, to: time)
        }
    }
}
