internal import FFmpeg
internal import Presentation

/// The packets of the chosen streams on one continuous clock.
final class PacketReader {
    let demuxer: Demuxer
    private var clock: RecordingClock

    /// A reader that finds out where the clock leaps.
    /// - Parameter master: the stream that decides.
    init(surveying path: String, streams: Set<Int>, master: Int) throws(FFmpegError) {
        demuxer = try Demuxer(path: path)
        demuxer.select(streams)
        clock = RecordingClock(decidedBy: master)
    }

    /// A reader of one stream.
    /// - Parameter leaps: what a survey found.
    init(path: String, stream: Int, leaps: [ClockLeap]) throws(FFmpegError) {
        demuxer = try Demuxer(path: path)
        demuxer.select([stream])
        clock = RecordingClock(leaps: leaps)
    }

    /// Where the clock leapt so far.
    var leaps: [ClockLeap] { clock.leaps }

    /// Reads the next packet of a chosen stream.
    /// - Returns: false at the end.
    func read(into packet: Packet) throws(FFmpegError) -> Bool {
        guard try demuxer.read(into: packet) else { return false }
        if demuxer.mayBeDiscontinuous { mend(packet) }
        return true
    }

    /// Reads the next packet; damage that the container's reader cannot skip ends the source, as it did in the survey.
    /// - Throws: a source that the machine cannot read on.
    func readUsable(into packet: Packet) throws(SegmenterError) -> Bool {
        do throws(FFmpegError) {
            return try read(into: packet)
        } catch {
            guard !error.isMachineFailure else { throw SegmenterError(reading: error) }
            return false
        }
    }

    private func mend(_ packet: Packet) {
        let timeBase = demuxer.streams[packet.streamIndex].timeBase.value
        let shift = clock.shift(
            stream: packet.streamIndex, position: packet.position,
            decodeTime: packet.decodeTime.map { Double($0) * timeBase }, duration: Double(packet.duration) * timeBase)
        // Leaps beyond what the clock can say are left alone.
        let ticks = (shift / timeBase).rounded()
        packet.shift(by: ticks.magnitude < 1e18 ? Int64(ticks) : 0)
    }
}
