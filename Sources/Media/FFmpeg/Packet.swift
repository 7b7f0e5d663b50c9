internal import CFFmpeg

/// A piece of coded data as a container or an encoder delivers it; owns one `AVPacket`.
package final class Packet {
    let pointer: UnsafeMutablePointer<AVPacket>

    /// An empty packet, to be filled by ``Demuxer/read(into:)`` or ``Encoder/receive(into:)``.
    package init() throws(FFmpegError) {
        guard let pointer = av_packet_alloc() else { throw .outOfMemory("allocating a packet") }
        self.pointer = pointer
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&pointer)
    }

    /// Index of the stream it belongs to.
    package var streamIndex: Int { Int(pointer.pointee.stream_index) }
    /// In ticks of the stream's time base; nil where the container does not say.
    package var presentationTime: Int64? { known(pointer.pointee.pts) }
    /// In ticks of the stream's time base; nil where the container does not say.
    package var decodeTime: Int64? { known(pointer.pointee.dts) }
    /// Where in the file it begins, in bytes; nil where the container does not say.
    package var position: Int64? { pointer.pointee.pos >= 0 ? pointer.pointee.pos : nil }
    /// In ticks of the stream's time base; 0 where the container does not say.
    package var duration: Int64 { pointer.pointee.duration }
    /// Size in bytes.
    package var size: Int { Int(pointer.pointee.size) }
    /// Whether decoding may start here.
    package var isKeyframe: Bool { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }
    /// Whether what it decodes to is not to be shown: an edit list cut it off.
    package var isDiscarded: Bool { pointer.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }
    /// Whether the container knows that bytes are missing or wrong.
    package var isCorrupt: Bool { pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }

    /// Moves both times by `ticks`, to mend a jump.
    package func shift(by ticks: Int64) {
        if let time = presentationTime { pointer.pointee.pts = time.addingReportingOverflow(ticks).partialValue }
        if let time = decodeTime { pointer.pointee.dts = time.addingReportingOverflow(ticks).partialValue }
    }

    /// Lends the bytes.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: pointer.pointee.data, count: pointer.pointee.data == nil ? 0 : size))
    }
}

/// A timestamp, unless it is FFmpeg's mark for none.
func known(_ timestamp: Int64) -> Int64? { timestamp == headwater_no_timestamp ? nil : timestamp }
