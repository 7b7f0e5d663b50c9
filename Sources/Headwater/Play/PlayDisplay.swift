import Client
import Foundation
import QoE
import Report
import Synchronization

/// Where the events of a running session go.
final class PlayRecording: Sendable {
    private let file: TraceFile?
    private let display: PlayDisplay
    private let count = Mutex<CacheCount?>(nil)

    init(file: TraceFile?, display: PlayDisplay) {
        self.file = file
        self.display = display
    }

    /// How caches answered so far; nil while none has said.
    var cache: CacheCount? { count.withLock { $0 } }

    @Sendable func trace(_ event: TraceEvent) {
        file?.write(event)
        display.take(event)
        guard case .request(let request) = event, let isHit = request.isCacheHit else { return }
        count.withLock { count in
            var sum = count ?? CacheCount()
            if isHit { sum.hits += 1 } else { sum.misses += 1 }
            count = sum
        }
    }

    @Sendable func status(_ status: SessionStatus) { display.show(status) }
}

/// What `headwater play` shows on standard error while it plays: on a terminal one line that is redrawn, else a line for
/// each thing worth one.
final class PlayDisplay: Sendable {
    private struct State {
        /// What the latest request of some size came with, in bits/s.
        var throughput: Double?
        /// When the latest line was written, in seconds of the session.
        var latestLine = -Double.infinity
    }

    private let state = Mutex(State())
    private let isTerminal = StandardStream.error.isTerminal

    /// Seconds between two lines about the state, where there is no terminal.
    private static let interval = 5.0

    func take(_ event: TraceEvent) {
        if case .request(let request) = event { note(request) }
        guard let line = Self.line(about: event) else { return }
        StandardStream.error.clearLine()
        StandardStream.error.writeLine(line)
    }

    func show(_ status: SessionStatus) {
        let throughput = state.withLock { state -> Double?? in
            if !isTerminal {
                guard status.time - state.latestLine >= Self.interval else { return .none }
                state.latestLine = status.time
            }
            return .some(state.throughput)
        }
        guard let throughput else { return }
        let line = Self.line(about: status, throughput: throughput)
        if isTerminal { StandardStream.error.redraw(line) } else { StandardStream.error.writeLine(line) }
    }

    /// Clears the line.
    func finish() { StandardStream.error.clearLine() }

    private func note(_ request: RequestRecord) {
        guard let first = request.firstByte, let last = request.lastByte, last > first, request.bytes >= 4096 else {
            return
        }
        state.withLock { $0.throughput = Double(request.bytes) * 8 / (last - first) }
    }

    /// One line about the state.
    static func line(about status: SessionStatus, throughput: Double?) -> String {
        let cells = 12
        let share = status.maxBuffer > 0 ? min(max(status.buffer / status.maxBuffer, 0), 1) : 0
        let full = Int((share * Double(cells)).rounded())
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
        var parts = [
            "\(seconds(status.position))/\(seconds(status.end)) s", "buffer \(bar) \(seconds(status.buffer)) s",
        ]
        let bitRate = status.bitRate.map { megabits(Double($0)) }
        switch (status.version, bitRate) {
        case (let version?, let bitRate?): parts.append("\(version) \(bitRate)")
        case (nil, let bitRate?): parts.append(bitRate)
        default: break
        }
        if let throughput { parts.append("throughput \(megabits(throughput))") }
        parts.append(status.isStalled ? "stalls \(status.stallCount) (stalled)" : "stalls \(status.stallCount)")
        return parts.joined(separator: "  ")
    }

    /// A line about what a viewer would notice, or what went wrong; nil for all else.
    static func line(about event: TraceEvent) -> String? {
        let time = "play: \(seconds(event.time)) s: "
        switch event {
        case .startup: return time + "playback starts"
        case .stallBegan: return time + "stalled"
        case .stallEnded(_, let duration): return time + "a stall of \(seconds(duration)) s ends"
        case .versionSwitch(let record): return time + "\(record.media) switches from \(record.from) to \(record.to)"
        case .request(let record):
            guard record.outcome != RequestRecord.complete, record.outcome != "cancelled",
                record.outcome != RequestRecord.abandoned
            else { return nil }
            return time + "\(record.url): \(record.outcome)"
        case .session, .decision, .buffer, .end: return nil
        }
    }

    private static func seconds(_ value: Double) -> String { DecimalText.fixed(value, digits: 1) }
    private static func megabits(_ value: Double) -> String { DecimalText.fixed(value / 1e6, digits: 2) + " Mbit/s" }
}
