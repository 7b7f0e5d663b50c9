import Benchmark
import Report

/// How far the sessions are, on standard error: on a terminal one line that is redrawn, else a line now and then.
final class LoadDisplay: Sendable {
    private let isTerminal = StandardStream.error.isTerminal
    /// Seconds between two lines where there is no terminal; the state comes twice a second.
    private static let interval = 5.0

    func show(_ status: LoadStatus) {
        guard isTerminal else {
            let isDue =
                (status.time / Self.interval).rounded(.down) > ((status.time - 0.5) / Self.interval).rounded(.down)
            if isDue { StandardStream.error.writeLine("play: \(Self.text(status))") }
            return
        }
        StandardStream.error.redraw(Self.text(status))
    }

    /// Clears the line.
    func finish() { StandardStream.error.clearLine() }

    /// `12 s: 40 of 1000 sessions play, 0 ended, 85.3 Mbit/s, 1:05 left`.
    static func text(_ status: LoadStatus) -> String {
        let failed = status.failed > 0 ? " (\(status.failed) failed)" : ""
        let time = status.remaining > 0 ? ", \(ClockText.text(status.remaining)) left" : ""
        return
            "\(Int(status.time)) s: \(status.running) of \(status.clients) sessions play, \(status.ended) ended\(failed), "
            + "\(DecimalText.fixed(status.throughput / 1e6, digits: 1)) Mbit/s\(time)"
    }
}
