package import Metrics
internal import Synchronization

/// Keeps every metric of one server and writes them in Prometheus's text format 0.0.4.
///
/// It is handed to whoever counts, rather than installed for the process, so that two servers in one process keep their
/// numbers apart. Counters are one atomic each. Timers and recorders are written as a sum and a count.
package final class PrometheusRegistry: MetricsFactory {
    /// A metric's name and labels.
    struct Identifier: Hashable, Comparable {
        var name: String
        var labels: String

        init(_ label: String, _ dimensions: [(String, String)]) {
            name = PrometheusText.name(label)
            labels = PrometheusText.labels(dimensions)
        }

        static func < (left: Identifier, right: Identifier) -> Bool {
            (left.name, left.labels) < (right.name, right.labels)
        }
    }

    private struct State {
        var help: [String: String] = [:]
        var metrics: [Identifier: any PrometheusMetric] = [:]
    }

    private let state = Mutex(State())

    /// - Parameter help: what the metrics mean, by name: their HELP lines.
    package init(help: [String: String] = [:]) { state.withLock { $0.help = help } }

    /// All metrics, sorted by name and labels, so that the same numbers give the same text.
    package func exposition() -> String {
        let (help, metrics) = state.withLock { ($0.help, $0.metrics) }
        var text = ""
        var current = ""
        for (identifier, metric) in metrics.sorted(by: { $0.key < $1.key }) {
            if identifier.name != current {
                current = identifier.name
                if let help = help[current] {
                    text += "# HELP \(current) \(PrometheusText.escape(help, quotes: false))\n"
                }
                text += "# TYPE \(current) \(metric.kind.rawValue)\n"
            }
            for (suffix, value) in metric.samples {
                text += "\(current)\(suffix)\(identifier.labels) \(value)\n"
            }
        }
        return text
    }

    private func metric<Metric: PrometheusMetric>(
        _ label: String, _ dimensions: [(String, String)], _ make: () -> Metric
    ) -> Metric {
        let identifier = Identifier(label, dimensions)
        return state.withLock { state in
            if let known = state.metrics[identifier] as? Metric { return known }
            let new = make()
            // A name that is taken by another kind keeps its first meaning; the newcomer counts for nobody.
            if state.metrics[identifier] == nil { state.metrics[identifier] = new }
            return new
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            guard let index = state.metrics.firstIndex(where: { $0.value === handler }) else { return }
            state.metrics.remove(at: index)
        }
    }
}

extension PrometheusRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        metric(label, dimensions) { IntegerCounter() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        metric(label, dimensions) { FloatingPointCounter() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(label, dimensions) { Gauge() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? metric(label, dimensions) { Summary() } : metric(label, dimensions) { Gauge() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        metric(label, dimensions) { Summary() }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
