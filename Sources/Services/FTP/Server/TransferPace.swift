/// How fast one transfer may go on the average.
struct TransferPace: Sendable {
    /// Octets a second; nil for as fast as the network.
    let rate: Int?

    /// Octets that are moved at once, so that pauses stay short.
    func piece(_ size: Int) -> Int { rate.map { max(1, min(size, $0 / 4)) } ?? size }

    /// How long to wait when `octets` were moved in `time`.
    func pause(after octets: Int64, in time: Duration) -> Duration {
        guard let rate else { return .zero }
        return max(.zero, .seconds(Double(octets) / Double(rate)) - time)
    }
}
