/// Lengths of time as a clock shows them: `0:42`, `3:07`, `1:02:03`.
enum ClockText {
    /// - Parameter seconds: 0 or more; a part of a second counts as a whole one.
    static func text(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e9).rounded(.up))
        let minutes = whole / 60 % 60
        let padded = { (number: Int) in (number < 10 ? "0" : "") + String(number) }
        let hours = whole >= 3600 ? "\(whole / 3600):\(padded(minutes))" : "\(minutes)"
        return hours + ":" + padded(whole % 60)
    }
}
