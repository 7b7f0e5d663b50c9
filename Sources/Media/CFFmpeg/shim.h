/// What Swift needs of FFmpeg beyond what its importer sees: macros as constants, calls whose arguments are arrays of
/// planes or structs that own memory, and the few inner loops over pixels. Everything is `static inline` or `static
/// const`, so that the module has no compiled part.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/cpu.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <string.h>

// Macros that the importer skips.

/// "No timestamp".
static const int64_t headwater_no_timestamp = AV_NOPTS_VALUE;
static const int headwater_error_end_of_file = AVERROR_EOF;
static const int headwater_error_again = AVERROR(EAGAIN);
static const int headwater_error_out_of_memory = AVERROR(ENOMEM);
static const int headwater_error_not_found = AVERROR(ENOENT);
static const int headwater_error_access = AVERROR(EACCES);
static const int headwater_error_invalid_argument = AVERROR(EINVAL);
static const int headwater_error_input_output = AVERROR(EIO);
static const int headwater_error_invalid_data = AVERROR_INVALIDDATA;
static const int headwater_error_no_decoder = AVERROR_DECODER_NOT_FOUND;

// Demuxing.

/// Copies the display matrix of `stream` (ISO/IEC 14496-12 tkhd) to `matrix`; 0 when there is none.
static inline int headwater_display_matrix(const AVStream *stream, int32_t matrix[9]) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    const AVPacketSideData *data = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    if (!data || data->size < 9 * sizeof(int32_t)) return 0;
    memcpy(matrix, data->data, 9 * sizeof(int32_t));
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (!data || size < 9 * sizeof(int32_t)) return 0;
    memcpy(matrix, data, 9 * sizeof(int32_t));
#endif
    return 1;
}

/// Tells libavformat to skip the packets of `stream`, or to return them.
static inline void headwater_discard_stream(AVStream *stream, int discard) {
    stream->discard = discard ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
}

// Pictures.

/// Gives `frame` picture buffers of its own for the width, height and format it carries.
static inline int headwater_allocate_picture(AVFrame *frame) { return av_frame_get_buffer(frame, 0); }

/// Scales `source` to the size of `destination`, whose buffers exist.
static inline int headwater_scale(struct SwsContext *context, const AVFrame *source, AVFrame *destination) {
    return sws_scale(context, (const uint8_t *const *)source->data, source->linesize, 0, source->height,
                     destination->data, destination->linesize);
}

/// Takes `matrix`, a code point of ITU-T H.273 MatrixCoefficients, for both sides, each with its own range.
static inline int headwater_set_scaler_colour(struct SwsContext *context, int source_matrix, int source_full_range,
                                              int target_matrix, int target_full_range) {
    return sws_setColorspaceDetails(context, sws_getCoefficients(source_matrix), source_full_range,
                                    sws_getCoefficients(target_matrix), target_full_range, 0, 1 << 16, 1 << 16);
}

/// Copies one plane of bytes: optionally mirrored in both directions, then transposed.
/// `width` and `height` are those of the source plane.
static inline void headwater_turn_plane(const uint8_t *source, int source_stride, int width, int height,
                                        uint8_t *target, int target_stride, int transpose, int mirror_x,
                                        int mirror_y) {
    for (int y = 0; y < height; y++) {
        const uint8_t *row = source + (ptrdiff_t)(mirror_y ? height - 1 - y : y) * source_stride;
        const int step = transpose ? target_stride : 1;
        uint8_t *out = target + (transpose ? y : (ptrdiff_t)y * target_stride);
        if (mirror_x) {
            for (int x = width - 1; x >= 0; x--, out += step) *out = row[x];
        } else {
            for (int x = 0; x < width; x++, out += step) *out = row[x];
        }
    }
}

/// Turns an 8-bit 4:2:0 picture of three planes.
static inline void headwater_turn_picture(const AVFrame *source, AVFrame *target, int transpose, int mirror_x,
                                          int mirror_y) {
    for (int plane = 0; plane < 3; plane++) {
        const int shift = plane ? 1 : 0;
        headwater_turn_plane(source->data[plane], source->linesize[plane], source->width >> shift,
                             source->height >> shift, target->data[plane], target->linesize[plane], transpose,
                             mirror_x, mirror_y);
    }
}

/// Takes away whatever the decoder attached to a picture: frame types and side data would steer the encoder.
static inline void headwater_strip_frame(AVFrame *frame) {
    while (frame->nb_side_data > 0) av_frame_remove_side_data(frame, frame->side_data[0]->type);
    av_dict_free(&frame->metadata);
    frame->pict_type = AV_PICTURE_TYPE_NONE;
    frame->quality = 0;
#if LIBAVUTIL_VERSION_MAJOR < 58
    frame->key_frame = 0;
    frame->interlaced_frame = 0;
#else
    frame->flags &= ~(AV_FRAME_FLAG_KEY | AV_FRAME_FLAG_INTERLACED);
#endif
}

/// 1 for a picture of two fields.
static inline int headwater_is_interlaced(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_MAJOR < 58
    return frame->interlaced_frame;
#else
    return (frame->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#endif
}

// Sound.

/// Gives `frame` room for the samples, format, rate and `channels` (in their default layout) that it carries, silent.
static inline int headwater_allocate_sound(AVFrame *frame, int channels) {
    av_channel_layout_default(&frame->ch_layout, channels);
    int result = av_frame_get_buffer(frame, 0);
    if (result < 0) return result;
    return av_samples_set_silence(frame->extended_data, 0, frame->nb_samples, channels,
                                  (enum AVSampleFormat)frame->format);
}

/// Gives `frame` silence in the shape of `model`, `count` samples long.
static inline int headwater_allocate_silence(AVFrame *frame, const AVFrame *model, int count) {
    frame->format = model->format;
    frame->sample_rate = model->sample_rate;
    frame->nb_samples = count;
    int result = av_channel_layout_copy(&frame->ch_layout, &model->ch_layout);
    if (result < 0) return result;
    result = av_frame_get_buffer(frame, 0);
    if (result < 0) return result;
    return av_samples_set_silence(frame->extended_data, 0, count, frame->ch_layout.nb_channels,
                                  (enum AVSampleFormat)frame->format);
}

/// Drops the first `count` samples of `frame`.
static inline void headwater_drop_samples(AVFrame *frame, int count) {
    const int planar = av_sample_fmt_is_planar((enum AVSampleFormat)frame->format);
    const int channels = frame->ch_layout.nb_channels;
    const int planes = planar ? channels : 1;
    const ptrdiff_t bytes = (ptrdiff_t)count * av_get_bytes_per_sample((enum AVSampleFormat)frame->format)
                            * (planar ? 1 : channels);
    for (int plane = 0; plane < planes; plane++) {
        frame->extended_data[plane] += bytes;
        if (frame->data != (uint8_t **)frame->extended_data && plane < AV_NUM_DATA_POINTERS)
            frame->data[plane] += bytes;
    }
    frame->nb_samples -= count;
}

/// Whether two frames carry sound of one shape.
static inline int headwater_same_sound(const AVFrame *a, const AVFrame *b) {
    return a->format == b->format && a->sample_rate == b->sample_rate
           && av_channel_layout_compare(&a->ch_layout, &b->ch_layout) == 0;
}

/// A resampler from the shape of `model` to planar float at `rate` with `channels` in their default layout. Mixing
/// down is normalised so that full scale stays full scale.
static inline int headwater_open_resampler(struct SwrContext **context, const AVFrame *model, int channels, int rate) {
    AVChannelLayout source = {0}, target = {0};
    int result = model->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC
                     ? (av_channel_layout_default(&source, model->ch_layout.nb_channels), 0)
                     : av_channel_layout_copy(&source, &model->ch_layout);
    if (result < 0) return result;
    av_channel_layout_default(&target, channels);
    result = swr_alloc_set_opts2(context, &target, AV_SAMPLE_FMT_FLTP, rate, &source,
                                 (enum AVSampleFormat)model->format, model->sample_rate, 0, NULL);
    av_channel_layout_uninit(&source);
    av_channel_layout_uninit(&target);
    if (result < 0) return result;
    result = av_opt_set_double(*context, "rematrix_maxval", 1.0, 0);
    if (result >= 0) result = swr_init(*context);
    if (result < 0) swr_free(context);
    return result;
}

/// Converts `source` (NULL: what the resampler still holds) into `target`, whose buffers exist; the sample count.
static inline int headwater_resample(struct SwrContext *context, const AVFrame *source, AVFrame *target) {
    return swr_convert(context, target->extended_data, target->nb_samples,
                       source ? (const uint8_t **)source->extended_data : NULL, source ? source->nb_samples : 0);
}

static inline int headwater_fifo_write(AVAudioFifo *fifo, AVFrame *frame) {
    return av_audio_fifo_write(fifo, (void **)frame->extended_data, frame->nb_samples);
}

static inline int headwater_fifo_read(AVAudioFifo *fifo, AVFrame *frame) {
    return av_audio_fifo_read(fifo, (void **)frame->extended_data, frame->nb_samples);
}

/// Sets the channel layout of an encoder to the default of `channels`.
static inline void headwater_set_channels(AVCodecContext *context, int channels) {
    av_channel_layout_default(&context->ch_layout, channels);
}
