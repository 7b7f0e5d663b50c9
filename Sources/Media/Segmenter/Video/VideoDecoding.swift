internal import FFmpeg

/// Decodes the video once, from the start or a keyframe, and deals its frames out to the segments that are missing.
struct VideoDecoding {
    let path: String
    let plan: VideoPlan
    /// By segment, counted from 0: the versions to make.
    let missing: [Int: [VideoTrackPlan]]
    let pool: EncodingPool
    let progress: SegmentationProgress
    /// Frames that the decoder works on at once.
    let threads: Int

    /// The place that was sought cannot be relied on: decode from the start.
    private struct SeekFailure: Error {}

    /// Feeds the pool and closes it.
    /// - Throws: a source that gives no frame; a failure elsewhere.
    func run() throws {
        guard let first = missing.keys.min(), let last = missing.keys.max() else { return pool.close() }
        let keyframe = plan.keyframe(before: plan.boundaries[first])
        do {
            try decode(first...last, from: keyframe)
        } catch is SeekFailure {
            try decode(first...last, from: nil)
        }
        pool.close()
    }

    private func decode(_ range: ClosedRange<Int>, from keyframe: Int64?) throws {
        let index = plan.stream.index
        let reader = try PacketReader(path: path, streams: [index])
        let decoder = try reader.demuxer.makeDecoder(stream: index, threads: threads)
        if let keyframe {
            do { try reader.demuxer.seek(index, to: keyframe) } catch { throw SeekFailure() }
        }
        var dealer = FrameDealer(plan: plan, missing: missing, pool: pool, range: range, isSought: keyframe != nil)
        let packet = try Packet()
        var needsKeyframe = keyframe
        var isDraining = false
        while !isDraining {
            var hasPacket = false
            // What was damaged in the survey ends the source here too.
            do { hasPacket = try reader.read(into: packet) } catch {}
            if hasPacket, let wanted = needsKeyframe {
                guard let time = packet.presentationTime, time <= wanted else {
                    // Pictures may come before the keyframe in the file that are shown after it, but not for long.
                    dealer.skippedPackets += 1
                    if dealer.skippedPackets > 64 { throw SeekFailure() }
                    continue
                }
                guard time == wanted, packet.isKeyframe else { continue }
                needsKeyframe = nil
            }
            if !hasPacket, needsKeyframe != nil { throw SeekFailure() }
            isDraining = !hasPacket
            do { try decoder.send(hasPacket ? packet : nil) } catch { dealer.damage() }
            if try receive(from: decoder, &dealer) { return }
        }
        do { try dealer.finish(source: path) } catch is FrameDealer.LostStart { throw SeekFailure() }
    }

    /// Takes what the decoder has.
    /// - Returns: whether no further frame is needed.
    private func receive(from decoder: Decoder, _ dealer: inout FrameDealer) throws -> Bool {
        while true {
            let output: Decoder.Output
            do {
                output = try decoder.receive()
            } catch {
                dealer.damage()
                if dealer.consecutiveFailures > 1_000 { return false }
                continue
            }
            guard case .frame(let frame) = output else { return false }
            progress.add(decodedFrames: 1)
            do {
                if try dealer.deal(frame) { return true }
            } catch is FrameDealer.LostStart {
                throw SeekFailure()
            }
        }
    }
}

extension VideoPlan {
    /// The source time of the last keyframe shown at or before `tick`; nil to decode from the start.
    func keyframe(before tick: Int64) -> Int64? {
        guard tick > 0 else { return nil }
        let found = keyframes.last { time in timeline.ticks(ofSourceTime: time).map { $0 <= tick } ?? false }
        return found == keyframes.first ? nil : found
    }
}
