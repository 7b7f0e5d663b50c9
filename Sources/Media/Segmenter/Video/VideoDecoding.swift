internal import FFmpeg

/// Decodes the video once, from the start or a keyframe, and deals its frames out to the segments that are missing.
///
/// Threads of a decoder race where they guess what is damaged. Hence the first damage, which with several threads is an
/// error, starts the decoding again with one thread; what was finished before depends on nothing damaged and stays.
struct VideoDecoding {
    let path: String
    /// Where the source's clock leaps.
    let leaps: [ClockLeap]
    let plan: VideoPlan
    /// By segment, counted from 0: the versions to make.
    let missing: [Int: [VideoTrackPlan]]
    let pool: EncodingPool
    let progress: SegmentationProgress
    /// Frames that the decoder works on at once.
    let threads: Int

    /// The place that was sought cannot be relied on: decode from the start.
    private struct SeekFailure: Error {}
    /// Several threads met damage.
    private struct Damage: Error {}

    /// One way through the source.
    private struct Pass {
        var missing: [Int: [VideoTrackPlan]]
        /// Where to start; nil for the source's start.
        var keyframe: Int64?
        var threads: Int
    }

    /// Feeds the pool and closes it.
    /// - Returns: how many pictures were damaged, among those that were decoded.
    /// - Throws: a source that gives no frame or cannot be read on; a failure elsewhere.
    func run() throws -> Int {
        var pass = Pass(
            missing: missing, keyframe: missing.keys.min().flatMap { plan.keyframe(before: plan.boundaries[$0]) },
            threads: threads)
        while let first = pass.missing.keys.min(), let last = pass.missing.keys.max() {
            do {
                let damaged = try decode(first...last, pass)
                pool.close()
                return damaged
            } catch is SeekFailure {
                pass.keyframe = nil
            } catch is Damage {
                let finished = try pool.restart()
                for (segment, tracks) in pass.missing {
                    let rest = tracks.filter { !finished.contains(SegmentKey(track: $0.id, number: segment + 1)) }
                    pass.missing[segment] = rest.isEmpty ? nil : rest
                }
                (pass.keyframe, pass.threads) = (nil, 1)
            }
        }
        pool.close()
        return 0
    }

    private func decode(_ range: ClosedRange<Int>, _ pass: Pass) throws -> Int {
        let index = plan.stream.index
        let reader = try PacketReader(path: path, stream: index, leaps: leaps)
        let decoder = try reader.demuxer.makeDecoder(
            stream: index, threads: pass.threads, conceals: pass.threads == 1)
        if let keyframe = pass.keyframe {
            do { try reader.demuxer.seek(index, to: keyframe) } catch { throw SeekFailure() }
        }
        var dealer = FrameDealer(
            plan: plan, missing: pass.missing, pool: pool, range: range, isSought: pass.keyframe != nil)
        let packet = try Packet()
        var needsKeyframe = pass.keyframe
        var isDraining = false
        while !isDraining {
            let hasPacket = try reader.readUsable(into: packet)
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
            do throws(FFmpegError) {
                try decoder.send(hasPacket ? packet : nil)
            } catch {
                try note(error, &dealer, pass)
            }
            if try receive(from: decoder, &dealer, pass) { return dealer.damagedFrames }
        }
        do { try dealer.finish(source: path) } catch is FrameDealer.LostStart { throw SeekFailure() }
        return dealer.damagedFrames
    }

    /// Takes what the decoder has.
    /// - Returns: whether no further frame is needed.
    private func receive(from decoder: Decoder, _ dealer: inout FrameDealer, _ pass: Pass) throws -> Bool {
        while true {
            let output: Decoder.Output
            do throws(FFmpegError) {
                output = try decoder.receive()
            } catch {
                try note(error, &dealer, pass)
                if dealer.consecutiveFailures > 1_000 { return false }
                continue
            }
            guard case .frame(let frame) = output else { return false }
            if frame.isDamaged, pass.threads > 1 { throw Damage() }
            progress.add(decodedFrames: 1)
            do {
                if try dealer.deal(frame) { return true }
            } catch is FrameDealer.LostStart {
                throw SeekFailure()
            }
        }
    }

    private func note(_ error: FFmpegError, _ dealer: inout FrameDealer, _ pass: Pass) throws {
        if error.isMachineFailure { throw SegmenterError(reading: error) }
        if pass.threads > 1 { throw Damage() }
        dealer.damage()
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
