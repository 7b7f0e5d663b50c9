internal import CoreMetrics
internal import Synchronization

/// One metric and its present value.
protocol PrometheusMetric: AnyObject, Sendable {
    var kind: PrometheusKind { get }
    /// The lines of the metric: what is added to its name, and the number.
    var samples: [(suffix: String, value: String)] { get }
}

/// The types of the text format.
enum PrometheusKind: String {
    case counter
    case gauge
    case summary
}

final class IntegerCounter: PrometheusMetric, CounterHandler {
    private let value = Atomic<Int64>(0)

    let kind = PrometheusKind.counter
    var samples: [(suffix: String, value: String)] { [("", String(value.load(ordering: .relaxed)))] }

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }
}

final class FloatingPointCounter: PrometheusMetric, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    let kind = PrometheusKind.counter
    var samples: [(suffix: String, value: String)] { [("", PrometheusText.number(value.withLock { $0 }))] }

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func reset() { value.withLock { $0 = 0 } }
}

final class Gauge: PrometheusMetric, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    let kind = PrometheusKind.gauge
    var samples: [(suffix: String, value: String)] { [("", PrometheusText.number(value.withLock { $0 }))] }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// A sum and a count. Times are in seconds, as Prometheus has them.
final class Summary: PrometheusMetric, TimerHandler, RecorderHandler {
    private let total = Mutex((sum: 0.0, count: 0))

    let kind = PrometheusKind.summary
    var samples: [(suffix: String, value: String)] {
        let (sum, count) = total.withLock { $0 }
        return [("_sum", PrometheusText.number(sum)), ("_count", String(count))]
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        total.withLock {
            $0.sum += value
            $0.count += 1
        }
    }
}
