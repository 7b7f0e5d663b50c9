/// How much a manifest may still unfold to: a small document can name millions of segments with long URLs.
struct ReadingBudget: Sendable, Hashable {
    /// A day of two-second segments in twenty versions is 864,000. Each stands for 256 bytes of URL, so that a
    /// presentation takes some hundred megabytes at most.
    static let maximumSegmentCount = 1_000_000

    /// Segments that may still come.
    private(set) var remaining = Self.maximumSegmentCount

    /// Takes `count` URLs of `length` bytes each off.
    mutating func spend(_ count: Int, urlLength length: Int) throws(ManifestError) {
        let (cost, overflow) = count.multipliedReportingOverflow(by: 1 + length / 256)
        guard !overflow, cost <= remaining else { throw Self.exceeded }
        remaining -= cost
    }

    static var exceeded: ManifestError {
        ManifestError(.limitExceeded, "more than \(maximumSegmentCount) segments, or URLs too long for their number")
    }
}
