internal import CFFmpeg
internal import Synchronization

/// FFmpeg's log, which is one for the whole process: silent unless forwarded.
package enum FFmpegLog {
    /// How grave a message is; FFmpeg's finer levels are dropped.
    package enum Level: Sendable, Hashable {
        case error
        case warning
    }

    private static let sink = Mutex<(@Sendable (Level, String) -> Void)?>(nil)

    /// Sends every warning and error of FFmpeg to `receive`, from whatever thread it arises on; nil drops them.
    ///
    /// FFmpeg complains about details of damaged input that mean nothing to users, hence nothing goes to standard
    /// error by itself.
    package static func forward(to receive: (@Sendable (Level, String) -> Void)?) {
        sink.withLock { $0 = receive }
        install()
    }

    /// Takes FFmpeg's log away from standard error.
    static func install() { _ = installed }

    private static let installed: Void = av_log_set_callback { context, level, format, arguments in
        receive(context, level, format, arguments)
    }

    private static func receive(
        _ context: UnsafeMutableRawPointer?, _ level: Int32, _ format: UnsafePointer<CChar>?,
        _ arguments: CVaListPointer?
    ) {
        guard level <= AV_LOG_WARNING, let format, let arguments else { return }
        guard let receive = sink.withLock({ $0 }) else { return }
        var line = [CChar](repeating: 0, count: 1024)
        var prefix: Int32 = 1
        guard av_log_format_line2(context, level, format, arguments, &line, Int32(line.count), &prefix) >= 0 else {
            return
        }
        let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        receive(level <= AV_LOG_ERROR ? .error : .warning, text)
    }
}
