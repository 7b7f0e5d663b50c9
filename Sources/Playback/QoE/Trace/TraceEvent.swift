/// One line of a playback trace.
///
/// A trace is JSON lines: one object a line, in order of time, its kind in the member `type`. Times are seconds from the
/// session's start, bit rates bits/s, sizes bytes. The first line is ``session(_:)`` and names the schema's version; the
/// last is ``end(_:)``. `Documentation/trace-schema.md` lists every member.
package enum TraceEvent: Sendable, Hashable {
    /// What is played, and how.
    case session(SessionRecord)
    /// The rule was asked which version of the next segment to fetch.
    case decision(DecisionRecord)
    /// A request ended, well or not.
    case request(RequestRecord)
    /// How much is buffered.
    case buffer(BufferRecord)
    /// The first picture is shown: `time` is the start-up delay.
    case startup(time: Double)
    /// Playback came to a halt because a buffer ran dry.
    case stallBegan(time: Double)
    /// Playback went on.
    case stallEnded(time: Double, duration: Double)
    /// Another version than before begins to be fetched.
    case versionSwitch(SwitchRecord)
    /// Nothing follows.
    case end(EndRecord)

    /// When it happened, in seconds from the session's start.
    package var time: Double {
        switch self {
        case .session: 0
        case .decision(let record): record.time
        case .request(let record): record.lastByte ?? record.time
        case .buffer(let record): record.time
        case .startup(let time), .stallBegan(let time), .stallEnded(let time, _): time
        case .versionSwitch(let record): record.time
        case .end(let record): record.time
        }
    }
}

/// The head of a trace.
package struct SessionRecord: Sendable, Hashable, Codable {
    /// The version of the schema that this build writes.
    package static let currentSchema = 1

    package var schema: Int
    /// The manifest's URL, or the file's in progressive playback.
    package var url: String
    /// The rule with its parameters, as on the command line; nil in progressive playback.
    package var rule: String?
    /// The bandwidth profile, as on the command line.
    package var profile: String?
    /// Seeds the profile, where it is random.
    package var seed: UInt64?
    /// Whether time was virtual.
    package var simulated: Bool
    /// Presentation time at which playback begins, in seconds; nil for the beginning.
    package var startAt: Double?
    /// Length of what is to be played, in seconds.
    package var duration: Double
    /// Bit rates of the versions of the medium that the rule chooses among, ascending.
    package var ladder: [Int]
    /// The buffer's limit, in seconds.
    package var maxBuffer: Double?
    /// What the versions of every medium that is played are like; nil where that is not known.
    package var versions: [VersionRecord]?

    package init(
        schema: Int = currentSchema, url: String, rule: String? = nil, profile: String? = nil, seed: UInt64? = nil,
        simulated: Bool = false, startAt: Double? = nil, duration: Double, ladder: [Int] = [], maxBuffer: Double? = nil,
        versions: [VersionRecord]? = nil
    ) {
        self.schema = schema
        self.url = url
        self.rule = rule
        self.profile = profile
        self.seed = seed
        self.simulated = simulated
        self.startAt = startAt
        self.duration = duration
        self.ladder = ladder
        self.maxBuffer = maxBuffer
        self.versions = versions
    }
}

/// What one version of a medium is like.
package struct VersionRecord: Sendable, Hashable, Codable {
    /// As in ``RequestRecord/track``.
    package var id: String
    /// `video` or `audio`.
    package var media: String
    /// In bits/s, as the manifest states it.
    package var bitRate: Int
    /// RFC 6381 codecs parameter: `avc1.64001F`.
    package var codecs: String
    /// Coded size in samples; nil for audio, and where the manifest does not say.
    package var width: Int?
    package var height: Int?
    /// Frames per second; nil as the size.
    package var frameRate: Double?

    package init(
        id: String, media: String, bitRate: Int, codecs: String, width: Int? = nil, height: Int? = nil,
        frameRate: Double? = nil
    ) {
        self.id = id
        self.media = media
        self.bitRate = bitRate
        self.codecs = codecs
        self.width = width
        self.height = height
        self.frameRate = frameRate
    }
}

/// One decision of a rate-determination rule.
package struct DecisionRecord: Sendable, Hashable, Codable {
    package var time: Double
    /// `video` or `audio`.
    package var media: String
    /// The segment's number, counted from 1.
    package var segment: Int
    /// Seconds buffered of this medium.
    package var buffer: Double
    /// What the rule takes the throughput to be, in bits/s; nil before it knows.
    package var throughput: Double?
    /// The chosen version, by identifier.
    package var choice: String
    /// Its bit rate.
    package var bitRate: Int
    /// How long the rule wants to wait before it is asked again; 0 to fetch at once.
    package var wait: Double
    /// Why, in the rule's words.
    package var reason: String

    package init(
        time: Double, media: String, segment: Int, buffer: Double, throughput: Double?, choice: String, bitRate: Int,
        wait: Double, reason: String
    ) {
        self.time = time
        self.media = media
        self.segment = segment
        self.buffer = buffer
        self.throughput = throughput
        self.choice = choice
        self.bitRate = bitRate
        self.wait = wait
        self.reason = reason
    }
}

/// One request, from its being sent to its last byte or its failure.
package struct RequestRecord: Sendable, Hashable, Codable {
    /// When it was sent.
    package var time: Double
    package var media: String
    /// The version, by identifier.
    package var track: String
    /// The segment's number, counted from 1; nil for an initialization segment or a plain file.
    package var segment: Int?
    /// Length of the segment's media, in seconds; 0 for an initialization segment.
    package var duration: Double
    /// The version's bit rate.
    package var bitRate: Int
    package var url: String
    /// Bytes of the body that arrived.
    package var bytes: Int
    /// When the response began; nil when none did.
    package var firstByte: Double?
    /// When it ended; nil when it did not arrive whole.
    package var lastByte: Double?
    /// HTTP status; nil when no response came, and in virtual time.
    package var status: Int?
    /// The response's `Cache-Status` (RFC 9211), when it had one.
    package var cacheStatus: String?
    /// The response's `CMSD-Static` and `CMSD-Dynamic` (CTA-5006), when it had them.
    package var cmsdStatic: String?
    package var cmsdDynamic: String?
    /// `complete`, `abandoned`, `late`, `cancelled`, or what went wrong.
    package var outcome: String
    /// The version that was buffered of the segment and that this one was to replace, by identifier; nil for a segment
    /// that was fetched for the first time.
    package var replaces: String?
    /// Structural similarity of the segment to the source, as an index up to 1; nil where nobody measured it.
    package var ssim: Double?
    /// The segment's VMAF, 0 to 100; nil where nobody measured it.
    package var vmaf: Double?

    package init(
        time: Double, media: String, track: String, segment: Int?, duration: Double, bitRate: Int, url: String,
        bytes: Int, firstByte: Double?, lastByte: Double?, status: Int?, cacheStatus: String?,
        cmsdStatic: String? = nil, cmsdDynamic: String? = nil, outcome: String, replaces: String? = nil,
        ssim: Double? = nil, vmaf: Double? = nil
    ) {
        self.time = time
        self.media = media
        self.track = track
        self.segment = segment
        self.duration = duration
        self.bitRate = bitRate
        self.url = url
        self.bytes = bytes
        self.firstByte = firstByte
        self.lastByte = lastByte
        self.status = status
        self.cacheStatus = cacheStatus
        self.cmsdStatic = cmsdStatic
        self.cmsdDynamic = cmsdDynamic
        self.outcome = outcome
        self.replaces = replaces
        self.ssim = ssim
        self.vmaf = vmaf
    }

    package static let complete = "complete"
    /// The rule gave it up for a lower version.
    package static let abandoned = "abandoned"
    /// The segment that it was to replace began to be shown first.
    package static let late = "late"
}

/// A sample of the buffers.
package struct BufferRecord: Sendable, Hashable, Codable {
    package var time: Double
    /// Presentation time that is being shown, in seconds.
    package var position: Double
    /// Seconds ahead of the position; nil when the medium is not played.
    package var video: Double?
    package var audio: Double?

    package init(time: Double, position: Double, video: Double?, audio: Double?) {
        self.time = time
        self.position = position
        self.video = video
        self.audio = audio
    }
}

/// A change of version between two segments that follow each other.
package struct SwitchRecord: Sendable, Hashable, Codable {
    package var time: Double
    package var media: String
    /// The first segment of the new version.
    package var segment: Int
    /// The version before, by identifier.
    package var from: String
    /// The version from there on, by identifier.
    package var to: String

    package init(time: Double, media: String, segment: Int, from: String, to: String) {
        self.time = time
        self.media = media
        self.segment = segment
        self.from = from
        self.to = to
    }
}

/// The last line of a trace.
package struct EndRecord: Sendable, Hashable, Codable {
    package var time: Double
    /// Seconds of the presentation that were shown.
    package var played: Double
    /// `completed`, `stopped` or `failed`.
    package var outcome: String
    /// What went wrong, when it failed.
    package var message: String?

    package init(time: Double, played: Double, outcome: String, message: String? = nil) {
        self.time = time
        self.played = played
        self.outcome = outcome
        self.message = message
    }
}
