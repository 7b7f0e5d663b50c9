import Adaptation
package import Presentation
import QoE

/// Which segment is fetched when, in which version, and what becomes of it.
extension Session {
    /// Sends what can be sent.
    mutating func schedule(_ commands: inout [SessionCommand]) {
        scheduleReplacement(&commands)
        for index in streams.indices {
            if let active = streams[index].request {
                guard now >= active.latestProgress + patience(with: active, in: index) - Self.tolerance
                else { continue }
                commands.append(.cancel(id: active.request.id))
                fail(active.request.id, .timeout, &commands)
            }
            scheduleStream(index, &commands)
        }
    }

    /// How long a request may stay without progress, in seconds: while there are others to be asked, half of what was
    /// buffered when it last had some, since a server that is silent for that long is likely to cost a stall. Silences that
    /// turned out to be the network's way are borne with twice over.
    func patience(with active: ActiveRequest, in index: Int) -> Double {
        guard streams[index].failureCount < active.locationCount - 1 else { return plan.configuration.stallTimeout }
        let level = streams[index].bufferedEnd - playback.position + (now - active.latestProgress)
        return min(plan.configuration.stallTimeout, max(Self.leastPatience, level / 2, 2 * longestSilence))
    }

    /// Seconds that every server is given.
    private static var leastPatience: Double { 2 }

    private mutating func scheduleStream(_ index: Int, _ commands: inout [SessionCommand]) {
        guard streams[index].request == nil, !streams[index].isDone, now >= streams[index].resumeTime,
            roomTime(of: index) <= now + Self.tolerance
        else { return }
        guard let track = streams[index].chosen ?? choose(index, &commands) else { return }
        streams[index].chosen = track
        let segment = sources[index].initialized[track] ? streams[index].next : nil
        send(index, track: track, segment: segment, &commands)
    }

    /// Asks for a segment, or for what initialises a version.
    ///
    /// - Parameter replaces: the version that is buffered of the segment, where there is one.
    mutating func send(
        _ index: Int, track: Int, segment: Int?, replaces: Int? = nil, _ commands: inout [SessionCommand]
    ) {
        let locationCount = max(timelines[index].tracks[track].baseURLs.count, 1)
        let request = SegmentRequest(
            id: nextID, kind: streams[index].kind, period: timelines[index].period, track: track,
            segment: segment, base: base % locationCount)
        nextID += 1
        streams[index].request = ActiveRequest(
            request: request, locationCount: locationCount, sent: now, latestProgress: now,
            replaces: replaces)
        commands.append(.request(request))
    }

    /// Time that a floating-point sum may be off, in seconds.
    static var tolerance: Double { 1e-9 }

    /// Asks the rule for a version of the next segment; nil when it wants to wait before that is fetched.
    private mutating func choose(_ index: Int, _ commands: inout [SessionCommand]) -> Int? {
        let stream = streams[index]
        let timeline = timelines[index]
        let input = decisionInput(for: index)
        let level = input.buffer
        guard let decision = sources[index].rule?.decide(input) else {
            return sources[index].available(timeline.fixedTrack)
        }
        let track = sources[index].available(min(max(decision.index, 0), timeline.tracks.count - 1))
        // A rule may hold back while something plays, but not for longer than the buffer lasts.
        let canWait = playback.state == .playing && decision.wait.isFinite
        let wait = canWait ? min(max(decision.wait, 0), max(level, 0)) : 0
        record(
            .decision(
                DecisionRecord(
                    time: now, media: stream.kind.rawValue, segment: timeline.number(ofSegment: stream.next),
                    buffer: level, throughput: decision.throughput, choice: timeline.tracks[track].id,
                    bitRate: timeline.tracks[track].bandwidth, wait: wait, reason: decision.reason.rawValue)),
            &commands)
        if wait > Self.tolerance {
            streams[index].chosen = track
            streams[index].resumeTime = now + wait
            return nil
        }
        return track
    }

    /// What a rule may know at this moment.
    func decisionInput(for index: Int) -> RateDecisionInput {
        let stream = streams[index]
        return RateDecisionInput(
            time: now, segment: stream.next, segmentCount: stream.segmentCount,
            buffer: stream.bufferedEnd - playback.position, previous: stream.previous,
            idle: stream.failureCount == 0 ? now - stream.freeSince : 0, isPlaying: playback.state == .playing)
    }

    // MARK: Responses

    mutating func beginResponse(_ id: Int, _ facts: ResponseFacts) {
        guard let index = stream(of: id), var active = streams[index].request else { return }
        noteSilence(of: active)
        active.firstByte = now
        active.latestProgress = now
        active.length = facts.length
        active.linkBytesAtFirstByte = linkBytes
        if mayAbandon, index == 0, facts.length != nil, active.request.segment != nil, active.replaces == nil {
            active.nextLook = now + Self.lookInterval(after: 0)
        }
        streams[index].request = active
        if plan.configuration.records { sources[index].facts = facts }
    }

    private mutating func noteSilence(of active: ActiveRequest) {
        longestSilence = max(longestSilence, now - active.latestProgress)
    }

    mutating func receive(_ id: Int, _ bytes: Int) {
        guard bytes > 0, let index = stream(of: id), var active = streams[index].request else { return }
        noteSilence(of: active)
        linkBytes += bytes
        active.bytes += bytes
        active.latestProgress = now
        streams[index].request = active
    }

    mutating func complete(_ id: Int, _ commands: inout [SessionCommand]) {
        guard let index = stream(of: id), let active = streams[index].request else { return }
        if active.replaces != nil, active.request.segment != nil { return completeReplacement(active, &commands) }
        streams[index].request = nil
        count(active, isWasted: false)
        record(active, in: index, outcome: RequestRecord.complete, &commands)
        guard active.request.segment != nil else {
            sources[index].initialized[active.request.track] = true
            // The segment itself has failed nowhere yet.
            streams[index].forgetFailures()
            sources[index].missing.locations = []
            return
        }
        append(active.request.track, to: index, &commands)
        if index == 0 { noteBuffered(active.request.track, bytes: active.bytes) }
        observe(active, in: index, abandonedFor: nil)
        enterNextPeriod(index)
    }

    /// Transfers below this say more about latency than about throughput, in bytes.
    private static var leastSampleBytes: Int { 4096 }

    func sample(of active: ActiveRequest) -> TransferSample? {
        guard let firstByte = active.firstByte, now > firstByte, active.bytes >= Self.leastSampleBytes else {
            return nil
        }
        return TransferSample(
            bits: Double(linkBytes - active.linkBytesAtFirstByte) * 8, duration: now - firstByte,
            latency: firstByte - active.sent)
    }

    /// The next segment is here, in version `track`.
    private mutating func append(_ track: Int, to index: Int, _ commands: inout [SessionCommand]) {
        let timeline = timelines[index]
        let segment = streams[index].next
        if index == 0 {
            let version = timeline.tracks[track]
            summary.addSegment(
                ShownSegment(
                    bitRate: version.bandwidth, duration: streams[index].nextDuration,
                    ssim: version.segments[segment].ssim))
        }
        if plan.configuration.records {
            let former = sources[index].previousID
            let id = timeline.tracks[track].id
            if let former, former != id {
                record(
                    .versionSwitch(
                        SwitchRecord(
                            time: now, media: streams[index].kind.rawValue,
                            segment: timeline.number(ofSegment: segment),
                            from: former, to: id)), &commands)
            }
            sources[index].previousID = id
        }
        streams[index].append(track, of: timeline)
        sources[index].missing = MissingVersions()
        streams[index].freeSince = now
        record(.buffer(bufferRecord), &commands)
    }

    private var bufferRecord: BufferRecord {
        func level(_ kind: MediaKind) -> Double? {
            streams.first { $0.kind == kind }.map { max($0.bufferedEnd - playback.position, 0) }
        }
        return BufferRecord(time: now, position: playback.position, video: level(.video), audio: level(.audio))
    }

    func stream(of id: Int) -> Int? {
        for index in streams.indices where streams[index].request?.request.id == id { return index }
        return nil
    }

    func record(_ active: ActiveRequest, in index: Int, outcome: String, _ commands: inout [SessionCommand]) {
        guard plan.configuration.records else { return }
        let timeline = timelines[index]
        let facts = active.firstByte == nil ? ResponseFacts() : sources[index].facts
        let track = timeline.tracks[active.request.track]
        let isComplete = outcome == RequestRecord.complete
        commands.append(
            .record(
                .request(
                    RequestRecord(
                        time: active.sent, media: streams[index].kind.rawValue, track: track.id,
                        segment: active.request.segment.map(timeline.number(ofSegment:)),
                        duration: active.request.segment.map(timeline.duration(ofSegment:)) ?? 0,
                        bitRate: track.bandwidth, url: url(of: active.request), bytes: active.bytes,
                        firstByte: active.firstByte, lastByte: isComplete ? now : nil, status: facts.status,
                        cacheStatus: facts.cacheStatus, cmsdStatic: facts.cmsdStatic,
                        cmsdDynamic: facts.cmsdDynamic, outcome: outcome,
                        replaces: active.request.segment == nil ? nil : active.replaces.map { timeline.tracks[$0].id },
                        ssim: active.request.segment.flatMap { track.segments[$0].ssim }))))
    }

    /// Where a request goes.
    package func url(of request: SegmentRequest) -> String {
        guard let resource = resource(of: request), let track = track(of: request) else { return "" }
        let urls = track.urls(of: resource)
        return urls.isEmpty ? resource.path : urls[request.base % urls.count]
    }

    /// The version that a request is for.
    package func track(of request: SegmentRequest) -> Track? {
        presentation.sets(inPeriod: request.period).first { $0.kind == request.kind }?.tracks[request.track]
    }

    /// What a request is for.
    package func resource(of request: SegmentRequest) -> MediaResource? {
        guard let track = track(of: request) else { return nil }
        return request.segment.map { track.segments[$0].resource } ?? track.initialization
    }
}
