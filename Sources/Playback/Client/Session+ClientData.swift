import Presentation

/// What a session tells servers of itself.
extension Session {
    /// Common Media Client Data for a request that the session has just asked for. The driver adds what names session and
    /// content, and whether there was a stall since the request before.
    package func clientData(for request: SegmentRequest) -> CommonMediaClientData {
        var data = CommonMediaClientData()
        guard let index = streams.firstIndex(where: { $0.kind == request.kind }) else { return data }
        let stream = streams[index]
        let timeline = timelines[index]
        let track = timeline.tracks[request.track]
        let level = max(stream.bufferedEnd - playback.position, 0)
        data.bitRate = track.bandwidth
        data.topBitRate = timeline.tracks.last?.bandwidth
        data.startup = playback.state != .playing
        data.measuredThroughput = latestThroughput
        if let segment = request.segment {
            data.objectType = request.kind == .video ? .video : .audio
            data.objectDuration = timeline.duration(ofSegment: segment)
            data.bufferLength = level
            // A segment that replaces a buffered one is shown sooner than all that is buffered lasts.
            let isReplacement = stream.request?.request.id == request.id && stream.request?.replaces != nil
            let deadline = isReplacement ? max(replacementDeadline - now, 0) : level
            data.deadline = deadline
            if deadline > 0 {
                let bits = Double(track.bandwidth) * timeline.duration(ofSegment: segment)
                data.requestedMaximumThroughput = Self.deliveryMargin * bits / deadline
            }
        } else {
            data.objectType = .initialization
        }
        let next = request.segment.map { max($0 + 1, stream.next) } ?? stream.next
        if next < stream.segmentCount {
            var following = request
            following.segment = next
            data.nextObject = CommonMediaClientData.relativePath(from: url(of: request), to: url(of: following))
            data.nextRange = track.segments[next].resource.byteRange
        }
        return data
    }

    /// How many times the rate that would just do a client asks a server not to exceed (CTA-5004 leaves it open).
    private static var deliveryMargin: Double { 5 }
}
