/// One rule decides while the buffer is below a level, another one above it. Both see every transfer.
struct BufferSwitchRule: RateDetermination {
    private let level: Double
    private var below: any RateDetermination
    private var above: any RateDetermination
    private var isAbove = false

    /// - Parameter level: in the ladder's unit of time.
    init(level: Double, below: any RateDetermination, above: any RateDetermination) {
        self.level = level
        self.below = below
        self.above = above
    }

    mutating func decide(_ input: RateDecisionInput) -> RateDecision {
        isAbove = input.buffer >= level
        return isAbove ? above.decide(input) : below.decide(input)
    }

    mutating func observe(_ transfer: TransferReport) {
        below.observe(transfer)
        above.observe(transfer)
    }

    mutating func reconsider(_ progress: TransferProgress) -> Int? {
        isAbove ? above.reconsider(progress) : below.reconsider(progress)
    }

    func assurance(_ progress: TransferProgress) -> Double {
        isAbove ? above.assurance(progress) : below.assurance(progress)
    }

    mutating func replacement(_ input: RateDecisionInput, buffered: [BufferedSegment]) -> SegmentReplacement? {
        isAbove ? above.replacement(input, buffered: buffered) : below.replacement(input, buffered: buffered)
    }

    var replaces: Bool { above.replaces || below.replaces }
    var reconsiders: Bool { above.reconsiders || below.reconsiders }
    var fault: String? { above.fault ?? below.fault }
}
