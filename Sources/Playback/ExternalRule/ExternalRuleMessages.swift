import Adaptation

/// What goes to a program, one JSON object a line. `Documentation/external-rules.md` says what each member means.
enum ExternalRuleMessage {
    struct Session: Encodable {
        var type = "session"
        /// Version of these messages.
        var schema = 1
        var bitRates: [Double]
        var utilities: [Double]
        /// By segment and version; left out where segments do not differ.
        var segmentUtilities: [[Double]]?
        var segmentDuration: Double
        var maxBuffer: Double
        /// Bits by segment and version; left out where they are not known.
        var sizes: [[Double]]?

        init(_ ladder: Ladder) {
            bitRates = ladder.bitRates.map { $0 * ladder.second }
            utilities = ladder.utilities
            segmentUtilities = ladder.segmentUtilities.isEmpty ? nil : ladder.segmentUtilities
            segmentDuration = ladder.segmentDuration / ladder.second
            maxBuffer = ladder.maxBuffer / ladder.second
            sizes = ladder.sizes.isEmpty ? nil : ladder.sizes
        }
    }

    struct Decision: Encodable {
        var type = "decision"
        var time: Double
        var segment: Int
        var segmentCount: Int
        var buffer: Double
        var previous: Int?
        var idle: Double
        var playing: Bool
        var transfers: [Transfer]

        init(_ input: RateDecisionInput, _ transfers: [TransferReport], second: Double) {
            time = input.time / second
            segment = input.segment
            segmentCount = input.segmentCount
            buffer = input.buffer / second
            previous = input.previous
            idle = input.idle / second
            playing = input.isPlaying
            self.transfers = transfers.map { Transfer($0, second: second) }
        }
    }

    struct Transfer: Encodable {
        var segment: Int
        var index: Int
        var time: Double
        var elapsed: Double
        var buffer: Double
        var bits: Double?
        var duration: Double?
        var latency: Double?
        var abandonedFor: Int?
        /// Left out where it is false.
        var replacement: Bool?

        init(_ report: TransferReport, second: Double) {
            segment = report.segment
            index = report.index
            time = report.time / second
            elapsed = report.elapsed / second
            buffer = report.buffer / second
            bits = report.sample?.bits
            duration = report.sample.map { $0.duration / second }
            latency = report.sample.map { $0.latency / second }
            abandonedFor = report.abandonedFor
            replacement = report.isReplacement ? true : nil
        }
    }

    /// A decision's members, and the segments that may be replaced.
    struct Replacement: Encodable {
        struct Segment: Encodable {
            var segment: Int
            var index: Int
            var lead: Double
            var duration: Double
        }

        private enum Key: String, CodingKey {
            case buffered
        }

        private let decision: Decision
        private let buffered: [Segment]

        init(
            _ input: RateDecisionInput, _ transfers: [TransferReport], _ buffered: [BufferedSegment], second: Double
        ) {
            var decision = Decision(input, transfers, second: second)
            decision.type = "replacement"
            self.decision = decision
            self.buffered = buffered.map {
                Segment(segment: $0.segment, index: $0.index, lead: $0.lead / second, duration: $0.duration / second)
            }
        }

        func encode(to encoder: any Encoder) throws {
            try decision.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(buffered, forKey: .buffered)
        }
    }

    struct Progress: Encodable {
        var type = "progress"
        var segment: Int
        var index: Int
        var elapsed: Double
        var latency: Double
        var received: Double
        var size: Double
        var buffer: Double

        init(_ progress: TransferProgress, second: Double) {
            segment = progress.segment
            index = progress.index
            elapsed = progress.elapsed / second
            latency = progress.latency / second
            received = progress.received
            size = progress.size
            buffer = progress.buffer / second
        }
    }
}

/// What a program answers.
enum ExternalRuleAnswer {
    /// To the session: `{}` will do.
    struct Session: Decodable {
        /// Whether it wants to be asked about transfers under way.
        var abandons: Bool?
        /// Whether it wants to be asked about segments that are buffered.
        var replaces: Bool?
    }

    struct Decision: Decodable {
        var index: Int
        var wait: Double?
        var throughput: Double?
    }

    /// To a replacement: `{}` leaves all as it is.
    struct Replacement: Decodable {
        var replace: Int?
        var index: Int?
    }

    /// To progress: `{}` goes on.
    struct Progress: Decodable {
        var abandonFor: Int?
    }
}
