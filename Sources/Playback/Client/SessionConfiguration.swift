package import Adaptation

/// How a session plays.
package struct SessionConfiguration: Sendable {
    /// Chooses among the versions of the video, or of the audio where there is no video.
    package var rule: RuleSpecification
    /// What makes a version worth more than another, to rules that ask; nil leaves it to each rule.
    package var utility: Utility?
    /// Presentation time at which playback begins, in seconds: from 0 to before the presentation's end.
    package var startAt: Double
    /// Play no more than this much from ``startAt`` on, in seconds; nil for the whole.
    package var duration: Double?
    /// Seconds of media that may be buffered, the segment about to be fetched included; at least two segments are.
    package var maxBuffer: Double
    /// Seconds that must be buffered before playback starts; nil for the presentation's `minBufferTime`.
    package var startupThreshold: Double?
    /// Seconds that must be buffered before playback goes on after a stall; nil for one segment.
    package var rebufferThreshold: Double?
    /// A request of which nothing arrives for this long is given up and made again, in seconds; sooner, as the buffer
    /// runs low, where another location could be asked.
    package var stallTimeout: Double
    /// A segment that cannot be had for this long ends the session, in seconds.
    package var patience: Double
    /// Whether to emit `SessionCommand.record`.
    package var records: Bool

    package init(
        rule: RuleSpecification, utility: Utility? = nil, startAt: Double = 0, duration: Double? = nil,
        maxBuffer: Double = 30, startupThreshold: Double? = nil, rebufferThreshold: Double? = nil,
        stallTimeout: Double = 20, patience: Double = 30, records: Bool = true
    ) {
        self.rule = rule
        self.utility = utility
        self.startAt = startAt
        self.duration = duration
        self.maxBuffer = maxBuffer
        self.startupThreshold = startupThreshold
        self.rebufferThreshold = rebufferThreshold
        self.stallTimeout = stallTimeout
        self.patience = patience
        self.records = records
    }
}
