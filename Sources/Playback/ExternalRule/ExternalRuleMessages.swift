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
    }

    struct Decision: Decodable {
        var index: Int
        var wait: Double?
        var throughput: Double?
    }

    /// To progress: `{}` goes on.
    struct Progress: Decodable {
        var abandonFor: Int?
    }
}
