import Foundation
import Synchronization

/// A line on a terminal that counts sessions and says how long the rest will take; nothing elsewhere.
struct BenchProgress: Sendable {
    private let verb: String
    private let count: Int
    /// Sessions that were done before.
    private let first: Int
    private let began = ContinuousClock.now
    private let drawn = DrawnTime()

    /// When the line was drawn last: a fast run would spend its time drawing.
    private final class DrawnTime: Sendable {
        let value = Mutex<ContinuousClock.Instant?>(nil)
    }

    init(_ verb: String, of count: Int, from first: Int = 0) {
        self.verb = verb
        self.count = count
        self.first = first
        update(first)
    }

    func update(_ done: Int) {
        guard StandardStream.error.isTerminal else { return }
        let now = ContinuousClock.now
        let isDue = drawn.value.withLock { last in
            if let last, done < count, now - last < .milliseconds(100) { return false }
            last = now
            return true
        }
        guard isDue else { return }
        StandardStream.error.redraw(Self.text(verb, done, of: count, from: first, after: now - began))
    }

    func finish() { StandardStream.error.clearLine() }

    /// `simulated 120 of 1000 sessions (12 %), 1:05 left`; the time left supposes that the rest goes as fast as what was
    /// done since the start, `first` sessions not counted.
    static func text(_ verb: String, _ done: Int, of count: Int, from first: Int, after elapsed: Duration) -> String {
        let share = count > 0 ? " (\(done * 100 / count) %)" : ""
        var text = "\(verb) \(done) of \(count) sessions\(share)"
        if done > first, done < count {
            let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
            text += ", \(ClockText.text(seconds / Double(done - first) * Double(count - done))) left"
        }
        return text
    }
}
