import Adaptation
package import Presentation
import QoE

/// Which segment is fetched when, in which version, and what becomes of it.
extension Session {
    /// Sends what can be sent.
    mutating func schedule(_ commands: inout [SessionCommand]) {
        for index in streams.indices {
            if let latest = streams[index].request?.latestProgress {
                guard now >= latest + patience(in: index) - Self.tolerance, let id = streams[index].request?.request.id
                else { continue }
                commands.append(.cancel(id: id))
                fail(id, .timeout, &commands)
            }
            scheduleStream(index, &commands)
        }
    }

    /// How long a request may stay without progress, in seconds: while there are others to be asked, half of what was
    /// buffered when it last had some, since a server that is silent for that long is likely to cost a stall. Silences that
    /// turned out to be the network's way are borne with twice over.
    func patience(in index: Int) -> Double {
        guard let track = streams[index].request?.request.track, let latest = streams[index].request?.latestProgress,
            streams[index].failures.count < streams[index].tracks[track].baseURLs.count - 1
        else { return configuration.stallTimeout }
        let level = streams[index].bufferedEnd - playback.position + (now - latest)
        return min(configuration.stallTimeout, max(Self.leastPatience, level / 2, 2 * longestSilence))
    }

    /// Seconds that every server is given.
    private static var leastPatience: Double { 2 }

    private mutating func scheduleStream(_ index: Int, _ commands: inout [SessionCommand]) {
        guard streams[index].request == nil, !streams[index].isDone, now >= streams[index].resumeTime,
            roomTime(of: index) <= now + Self.tolerance
        else { return }
        guard let track = streams[index].chosen ?? choose(index, &commands) else { return }
        streams[index].chosen = track
        let segment = streams[index].initialized[track] ? streams[index].next : nil
        let request = SegmentRequest(
            id: nextID, kind: streams[index].kind, period: streams[index].period, track: track, segment: segment,
            base: base % max(streams[index].tracks[track].baseURLs.count, 1))
        nextID += 1
        streams[index].request = ActiveRequest(request: request, sent: now, latestProgress: now)
        commands.append(.request(request))
    }

    /// Time that a floating-point sum may be off, in seconds.
    static var tolerance: Double { 1e-9 }

    /// Asks the rule for a version of the next segment; nil when it wants to wait before that is fetched.
    private mutating func choose(_ index: Int, _ commands: inout [SessionCommand]) -> Int? {
        let stream = streams[index]
        guard stream.rule != nil else {
            return available(stream.fixedTrack, in: stream)
        }
        let level = stream.bufferedEnd - playback.position
        let input = RateDecisionInput(
            time: now, segment: stream.next, segmentCount: stream.segmentCount, buffer: level,
            previous: stream.previous, idle: stream.failures.count == 0 ? now - stream.freeSince : 0,
            isPlaying: playback.state == .playing)
        guard let decision = streams[index].rule?.decide(input) else { return nil }
        let track = available(min(max(decision.index, 0), stream.tracks.count - 1), in: stream)
        // A rule may hold back while something plays, but not for longer than the buffer lasts.
        let canWait = playback.state == .playing && decision.wait.isFinite
        let wait = canWait ? min(max(decision.wait, 0), max(level, 0)) : 0
        record(
            .decision(
                DecisionRecord(
                    time: now, media: stream.kind.rawValue, segment: stream.number(ofSegment: stream.next),
                    buffer: level,
                    throughput: decision.throughput, choice: stream.tracks[track].id,
                    bitRate: stream.tracks[track].bandwidth, wait: wait, reason: decision.reason.rawValue)), &commands)
        if wait > Self.tolerance {
            streams[index].chosen = track
            streams[index].resumeTime = now + wait
            return nil
        }
        return track
    }

    /// The version nearest below `track` that the next segment is not known to be missing in, else the nearest above.
    func available(_ track: Int, in stream: MediaStream) -> Int {
        let missing = stream.failures.missingTracks
        guard missing.contains(track) else { return track }
        let lower = (0..<track).last { !missing.contains($0) }
        return lower ?? stream.tracks.indices.first { !missing.contains($0) } ?? track
    }

    // MARK: Responses

    mutating func beginResponse(_ id: Int, _ facts: ResponseFacts) {
        guard let index = stream(of: id) else { return }
        noteSilence(in: index)
        streams[index].request?.firstByte = now
        streams[index].request?.latestProgress = now
        streams[index].request?.facts = facts
        streams[index].request?.linkBytesAtFirstByte = linkBytes
        if streams[index].rule?.reconsiders == true, facts.length != nil,
            streams[index].request?.request.segment != nil
        {
            streams[index].request?.nextLook = now + Self.lookInterval(after: 0)
        }
    }

    private mutating func noteSilence(in index: Int) {
        if let latest = streams[index].request?.latestProgress { longestSilence = max(longestSilence, now - latest) }
    }

    mutating func receive(_ id: Int, _ bytes: Int) {
        guard bytes > 0, let index = stream(of: id) else { return }
        noteSilence(in: index)
        linkBytes += bytes
        streams[index].request?.bytes += bytes
        streams[index].request?.latestProgress = now
    }

    mutating func complete(_ id: Int, _ commands: inout [SessionCommand]) {
        guard let index = stream(of: id), let active = streams[index].request else { return }
        streams[index].request = nil
        summary.addBytes(active.bytes)
        record(active, of: streams[index], outcome: RequestRecord.complete, &commands)
        guard active.request.segment != nil else {
            streams[index].initialized[active.request.track] = true
            // The segment itself has failed nowhere yet.
            streams[index].failures = FailureHistory(missingTracks: streams[index].failures.missingTracks)
            return
        }
        append(active.request.track, to: index, &commands)
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
        let stream = streams[index]
        if index == 0 {
            summary.addSegment(
                bitRate: stream.tracks[track].bandwidth, duration: stream.duration(ofSegment: stream.next))
        }
        if let previous = stream.previousID, previous != stream.tracks[track].id {
            record(
                .versionSwitch(
                    SwitchRecord(
                        time: now, media: stream.kind.rawValue, segment: stream.number(ofSegment: stream.next),
                        from: previous, to: stream.tracks[track].id)), &commands)
        }
        streams[index].append(track)
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

    func record(
        _ active: ActiveRequest, of stream: MediaStream, outcome: String, _ commands: inout [SessionCommand]
    ) {
        guard configuration.records else { return }
        let track = stream.tracks[active.request.track]
        let isComplete = outcome == RequestRecord.complete
        commands.append(
            .record(
                .request(
                    RequestRecord(
                        time: active.sent, media: stream.kind.rawValue, track: track.id,
                        segment: active.request.segment.map { stream.number(ofSegment: $0) },
                        duration: active.request.segment.map { stream.duration(ofSegment: $0) } ?? 0,
                        bitRate: track.bandwidth, url: url(of: active.request), bytes: active.bytes,
                        firstByte: active.firstByte, lastByte: isComplete ? now : nil, status: active.facts.status,
                        cacheStatus: active.facts.cacheStatus, cmsdStatic: active.facts.cmsdStatic,
                        cmsdDynamic: active.facts.cmsdDynamic, outcome: outcome))))
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
