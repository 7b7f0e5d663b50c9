/// The line on a terminal that shows how far a transfer is.
struct TransferProgress {
    private let name: String
    /// Octets of the whole file; nil where not known.
    private let total: Int64?
    private let start: Int64
    private let clock = ContinuousClock()
    private let began: ContinuousClock.Instant
    private var shown: ContinuousClock.Instant
    private var done: Int64

    /// - Parameter start: octets that were there before.
    init(_ name: String, total: Int64?, start: Int64) {
        self.name = name
        self.total = total
        self.start = start
        done = start
        began = clock.now
        shown = began
    }

    mutating func moved(_ octets: Int) {
        done += Int64(octets)
        let now = clock.now
        guard StandardStream.error.isTerminal, now - shown > .milliseconds(100) else { return }
        shown = now
        let seconds = (now - began) / .seconds(1)
        let rate = Double(done - start) / max(seconds, 0.001)
        var text = "\(name)  \(Self.megabytes(Double(done))) MB  \(Self.megabytes(rate)) MB/s"
        if let total, total > 0 {
            text += "  \(min(100, done * 100 / total)) %"
            if rate > 0 { text += "  \(ClockText.text(Double(max(0, total - done)) / rate)) left" }
        }
        StandardStream.error.redraw(text)
    }

    func finish() { StandardStream.error.clearLine() }

    private static func megabytes(_ octets: Double) -> String {
        let tenths = Int((octets / 100_000).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
