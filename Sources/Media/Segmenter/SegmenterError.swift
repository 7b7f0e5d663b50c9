internal import FFmpeg
internal import ISOBMFF

/// Why a source could not be segmented.
package struct SegmenterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is to blame: the source, the request or an encoder.
    package enum Code: Sendable, Hashable {
        /// The source cannot be read, or the system refuses it.
        case unreadableSource
        /// The source is not what it should be: no media, damage, a codec that nobody here knows.
        case unusableSource
        /// The requested ladder does not fit the source or its own rules.
        case invalidLadder
        /// An option has no meaning, for example an unknown preset.
        case invalidOption
        /// An encoder failed, or gave something that contradicts its promise.
        case encoderFailure
    }

    package let code: Code
    /// What is wrong, where, and what to do: one line.
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// A failure to read the source, told apart by what FFmpeg says.
    init(reading error: FFmpegError) {
        let code: Code =
            switch error.code {
            case .notFound, .permissionDenied, .inputOutput, .outOfMemory: .unreadableSource
            default: .unusableSource
            }
        self.init(code, error.description)
    }

    init(encoding error: FFmpegError) { self.init(.encoderFailure, error.description) }

    init(writing error: ISOBMFFError) { self.init(.encoderFailure, error.description) }
}
