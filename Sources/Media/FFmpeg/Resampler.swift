internal import CFFmpeg

/// Makes sound of one shape into planar floats at one rate and number of channels; owns one `SwrContext`.
package final class Resampler {
    private let context: OpaquePointer
    private let sampleRate: Int
    private let channelCount: Int

    /// A resampler for frames like `model`.
    package init(from model: Frame, sampleRate: Int, channelCount: Int) throws(FFmpegError) {
        let operation = "resampling \(model.channelCount) channels at \(model.sampleRate) Hz"
        var context: OpaquePointer?
        try check(
            headwater_open_resampler(
                &context, model.pointer, Int32(clamping: channelCount), Int32(clamping: sampleRate)),
            operation)
        guard let context else { throw .outOfMemory(operation) }
        self.context = context
        self.sampleRate = sampleRate
        self.channelCount = channelCount
    }

    deinit {
        var context: OpaquePointer? = context
        swr_free(&context)
    }

    /// Converts `frame`, or at the end (nil) what is still inside. The result may be shorter or longer by what the
    /// filter keeps back; nil when nothing comes out.
    package func convert(_ frame: Frame?) throws(FFmpegError) -> Frame? {
        let expected = try check(swr_get_out_samples(context, Int32(clamping: frame?.sampleCount ?? 0)), "resampling")
        guard expected > 0 else { return nil }
        let output = try Frame(samples: Int(expected), sampleRate: sampleRate, channelCount: channelCount)
        let count = try check(headwater_resample(context, frame?.pointer, output.pointer), "resampling")
        output.pointer.pointee.nb_samples = count
        return count > 0 ? output : nil
    }
}

/// Collects sound of any lengths and gives it back in others; owns one `AVAudioFifo` of planar floats.
package final class SampleQueue {
    private let fifo: OpaquePointer
    private let sampleRate: Int
    private let channelCount: Int

    package init(sampleRate: Int, channelCount: Int) throws(FFmpegError) {
        guard let fifo = av_audio_fifo_alloc(AV_SAMPLE_FMT_FLTP, Int32(clamping: channelCount), 4096) else {
            throw .outOfMemory("allocating a queue of samples")
        }
        self.fifo = fifo
        self.sampleRate = sampleRate
        self.channelCount = channelCount
    }

    deinit { av_audio_fifo_free(fifo) }

    /// Samples per channel inside.
    package var count: Int { Int(av_audio_fifo_size(fifo)) }

    package func append(_ frame: Frame) throws(FFmpegError) {
        try check(headwater_fifo_write(fifo, frame.pointer), "queueing samples")
    }

    /// Takes out the oldest `count` samples, or as many as there are, stamped with `time` in samples.
    package func take(_ count: Int, at time: Int64) throws(FFmpegError) -> Frame {
        let frame = try Frame(samples: min(count, self.count), sampleRate: sampleRate, channelCount: channelCount)
        frame.pointer.pointee.nb_samples = try check(headwater_fifo_read(fifo, frame.pointer), "taking samples")
        frame.pointer.pointee.pts = time
        return frame
    }
}
