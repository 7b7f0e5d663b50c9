import Adaptation
package import Presentation
import QoE

/// Which segment is fetched when, in which version, and what becomes of it.
extension Session {
    /// Sends what can be sent.
    mutating func schedule(_ output: inout SessionOutput) {
        if replacement.isOffered { scheduleReplacement(&output) }
        for index in streams.indices {
            if streams[index].isFetching {
                guard now >= silenceLimit(of: index) - Self.tolerance else { continue }
                let id = streams[index].transfer.request.id
                output.commands.append(.cancel(id: id))
                fail(id, .timeout, &output)
            }
            scheduleStream(index, &output)
        }
    }

    /// When the patience with the request of a stream ends if nothing comes of it until then, in seconds from the
    /// session's start.
    ///
    /// While there are others to be asked, a request may stay without progress for half of what was buffered when it last
    /// had some, since a server that is silent for that long is likely to cost a stall. Silences that turned out to be the
    /// network's way are borne with twice over.
    @inline(__always)
    func silenceLimit(of index: Int) -> Double {
        let progress = streams[index].transfer.latestProgress
        let timeout = plan.configuration.stallTimeout
        guard streams[index].failureCount < streams[index].transfer.locationCount - 1 else { return progress + timeout }
        let level = streams[index].bufferedEnd - playback.position + (now - progress)
        return progress + min(timeout, max(Self.leastPatience, level / 2, 2 * longestSilence))
    }

    /// Seconds that every server is given.
    private static var leastPatience: Double { 2 }

    private mutating func scheduleStream(_ index: Int, _ output: inout SessionOutput) {
        guard !streams[index].isFetching, !streams[index].isDone, now >= streams[index].resumeTime,
            roomTime(of: index) <= now + Self.tolerance
        else { return }
        guard let track = streams[index].chosen ?? choose(index, &output) else { return }
        streams[index].chosen = track
        let segment = sources[index].initialized[track] ? streams[index].next : nil
        send(index, track: track, segment: segment, &output)
    }

    /// Asks for a segment, or for what initialises a version.
    ///
    /// - Parameter replaces: the version that is buffered of the segment, where there is one.
    mutating func send(
        _ index: Int, track: Int, segment: Int?, replaces: Int? = nil, _ output: inout SessionOutput
    ) {
        let locationCount = timelines[index].locationCounts[track]
        let request = SegmentRequest(
            id: nextID, kind: streams[index].kind, period: timelines[index].period, track: track,
            segment: segment, base: base % locationCount, revalidates: sources[index].missing.damageCount > 0)
        nextID += 1
        streams[index].request = ActiveRequest(
            request: request, locationCount: locationCount, sent: now, latestProgress: now,
            replaces: replaces)
        output.commands.append(.request(request))
    }

    /// Time that a floating-point sum may be off, in seconds.
    static var tolerance: Double { 1e-9 }

    /// Asks the rule for a version of the next segment; nil when it wants to wait before that is fetched.
    private mutating func choose(_ index: Int, _ output: inout SessionOutput) -> Int? {
        let input = decisionInput(for: index)
        guard let decision = sources[index].rule?.decide(input) else {
            return available(timelines[index].fixedTrack, in: index)
        }
        let track = available(min(max(decision.index, 0), timelines[index].bitRates.count - 1), in: index)
        // A rule may hold back while something plays, but not for longer than the buffer lasts.
        let canWait = playback.state == .playing && decision.wait.isFinite
        let wait = canWait ? min(max(decision.wait, 0), max(input.buffer, 0)) : 0
        if plan.configuration.records {
            let timeline = timelines[index]
            record(
                .decision(
                    DecisionRecord(
                        time: now, media: streams[index].kind.rawValue,
                        segment: timeline.number(ofSegment: input.segment), buffer: input.buffer,
                        throughput: decision.throughput, choice: timeline.tracks[track].id,
                        bitRate: timeline.bitRates[track], wait: wait, reason: decision.reason.rawValue)),
                &output)
        }
        if wait > Self.tolerance {
            streams[index].chosen = track
            streams[index].resumeTime = now + wait
            return nil
        }
        return track
    }

    /// The version nearest to `track` that the next segment of a stream is not known to be missing in.
    @inline(__always)
    func available(_ track: Int, in index: Int) -> Int {
        // Hardly ever is one missing.
        sources[index].missing.tracks.isEmpty ? track : sources[index].available(track)
    }

    /// What a rule may know at this moment.
    @inline(__always)
    func decisionInput(for index: Int) -> RateDecisionInput {
        RateDecisionInput(
            time: now, segment: streams[index].next, segmentCount: streams[index].segmentCount,
            buffer: streams[index].bufferedEnd - playback.position, previous: streams[index].previous,
            idle: streams[index].failureCount == 0 ? now - streams[index].freeSince : 0,
            isPlaying: playback.state == .playing)
    }

    // MARK: Responses

    mutating func beginResponse(_ id: Int, _ facts: ResponseFacts) {
        guard let index = stream(of: id) else { return }
        noteProgress(in: index)
        streams[index].transfer.firstByte = now
        streams[index].transfer.length = facts.length
        streams[index].transfer.linkBytesAtFirstByte = linkBytes
        if index == 0 { beginLooks() }
        if plan.configuration.records { sources[index].facts = facts }
    }

    /// Something has come of the request of a stream.
    private mutating func noteProgress(in index: Int) {
        longestSilence = max(longestSilence, now - streams[index].transfer.latestProgress)
        streams[index].transfer.latestProgress = now
    }

    mutating func receive(_ id: Int, _ bytes: Int) {
        guard bytes > 0, let index = stream(of: id) else { return }
        noteProgress(in: index)
        linkBytes += bytes
        streams[index].transfer.bytes += bytes
    }

    mutating func complete(_ id: Int, _ output: inout SessionOutput) {
        guard let index = stream(of: id), let active = streams[index].request else { return }
        if active.replaces != nil, active.request.segment != nil { return completeReplacement(active, &output) }
        streams[index].request = nil
        count(active, isWasted: false)
        if plan.configuration.records { record(active, in: index, outcome: RequestRecord.complete, &output) }
        guard active.request.segment != nil else {
            sources[index].initialized[active.request.track] = true
            // The segment itself has failed nowhere yet.
            streams[index].forgetFailures()
            sources[index].missing.forgetLocations()
            return
        }
        append(active.request.track, to: index, &output)
        if index == 0 { noteBuffered(active.request.track, bytes: active.bytes) }
        observe(active, in: index, abandonedFor: nil)
        enterNextPeriod(index)
    }

    /// Transfers below this say more about latency than about throughput, in bytes.
    private static var leastSampleBytes: Int { 4096 }

    @inline(__always)
    func sample(of active: ActiveRequest) -> TransferSample? {
        guard let firstByte = active.firstByte, now > firstByte, active.bytes >= Self.leastSampleBytes else {
            return nil
        }
        return TransferSample(
            bits: Double(linkBytes - active.linkBytesAtFirstByte) * 8, duration: now - firstByte,
            latency: firstByte - active.sent)
    }

    /// The next segment is here, in version `track`.
    private mutating func append(_ track: Int, to index: Int, _ output: inout SessionOutput) {
        let timeline = timelines[index]
        let segment = streams[index].next
        if index == 0 { summary.addSegment(timeline.shown(segment, in: track)) }
        if plan.configuration.records {
            let former = sources[index].previousID
            let id = timeline.tracks[track].id
            if let former, former != id {
                record(
                    .versionSwitch(
                        SwitchRecord(
                            time: now, media: streams[index].kind.rawValue,
                            segment: timeline.number(ofSegment: segment),
                            from: former, to: id)), &output)
            }
            sources[index].previousID = id
        }
        streams[index].append(track, of: timeline)
        sources[index].missing.forget()
        streams[index].freeSince = now
        if plan.configuration.records { record(.buffer(bufferRecord), &output) }
    }

    private var bufferRecord: BufferRecord {
        func level(_ kind: MediaKind) -> Double? {
            streams.first { $0.kind == kind }.map { max($0.bufferedEnd - playback.position, 0) }
        }
        return BufferRecord(time: now, position: playback.position, video: level(.video), audio: level(.audio))
    }

    @inline(__always)
    func stream(of id: Int) -> Int? {
        for index in streams.indices where streams[index].isFetching && streams[index].transfer.request.id == id {
            return index
        }
        return nil
    }

    func record(_ active: ActiveRequest, in index: Int, outcome: String, _ output: inout SessionOutput) {
        guard plan.configuration.records else { return }
        let timeline = timelines[index]
        let facts = active.firstByte == nil ? ResponseFacts() : sources[index].facts
        let track = timeline.tracks[active.request.track]
        let isComplete = outcome == RequestRecord.complete
        output.records.append(
            .request(
                RequestRecord(
                    time: active.sent, media: streams[index].kind.rawValue, track: track.id,
                    segment: active.request.segment.map(timeline.number(ofSegment:)),
                    duration: active.request.segment.map(timeline.duration(ofSegment:)) ?? 0,
                    bitRate: track.bandwidth, url: url(of: active.request), bytes: active.bytes,
                    firstByte: active.firstByte, lastByte: isComplete ? now : nil, status: facts.status,
                    cacheStatus: facts.fields[.cacheStatus], cmsdStatic: facts.fields[.cmsdStatic],
                    cmsdDynamic: facts.fields[.cmsdDynamic], outcome: outcome,
                    replaces: active.request.segment == nil ? nil : active.replaces.map { timeline.tracks[$0].id },
                    ssim: active.request.segment.flatMap { track.segments[$0].ssim })))
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
