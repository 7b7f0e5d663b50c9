internal import CFFmpeg

/// Which FFmpeg runs: other versions may write other bytes.
package enum FFmpegVersion {
    /// The versions of the libraries whose code shapes encoded bytes, for example `avcodec 59.37.100`.
    package static var libraries: [String] {
        [("avcodec", avcodec_version()), ("swscale", swscale_version()), ("swresample", swresample_version())].map {
            "\($0) \($1 >> 16).\($1 >> 8 & 0xff).\($1 & 0xff)"
        }
    }
}
