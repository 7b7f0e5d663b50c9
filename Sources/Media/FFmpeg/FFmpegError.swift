internal import CFFmpeg

/// What FFmpeg refused to do.
package struct FFmpegError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    package enum Code: Sendable, Hashable {
        /// The file does not exist.
        case notFound
        /// The file may not be read.
        case permissionDenied
        /// The bytes are not what the container or codec asks for.
        case invalidData
        /// A container, codec or format that is not supported here.
        case unsupported
        case outOfMemory
        /// Reading failed.
        case inputOutput
        /// Anything else.
        case other
    }

    package let code: Code
    /// What was tried, for example "opening film.mp4".
    package let operation: String
    /// FFmpeg's own words for the failure.
    package let reason: String

    package var description: String { "\(operation): \(reason)" }

    /// Whether the machine failed, not the media: what follows must not be taken for damage.
    package var isMachineFailure: Bool { code == .inputOutput || code == .outOfMemory }

    package init(code: Code, operation: String, reason: String) {
        self.code = code
        self.operation = operation
        self.reason = reason
    }

    /// The error that FFmpeg's negative `result` stands for.
    init(_ result: Int32, _ operation: String) {
        var buffer = [CChar](repeating: 0, count: 128)
        av_strerror(result, &buffer, buffer.count)
        let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        self.init(code: Code(result), operation: operation, reason: String(decoding: text, as: UTF8.self))
    }

    /// A failed allocation.
    static func outOfMemory(_ operation: String) -> FFmpegError {
        FFmpegError(headwater_error_out_of_memory, operation)
    }
}

extension FFmpegError.Code {
    init(_ result: Int32) {
        switch result {
        case headwater_error_not_found: self = .notFound
        case headwater_error_access: self = .permissionDenied
        case headwater_error_invalid_data: self = .invalidData
        case headwater_error_no_decoder: self = .unsupported
        case headwater_error_out_of_memory: self = .outOfMemory
        case headwater_error_input_output: self = .inputOutput
        default: self = .other
        }
    }
}

/// Passes on a result that is not negative; throws the error otherwise.
@discardableResult
func check(_ result: Int32, _ operation: @autoclosure () -> String) throws(FFmpegError) -> Int32 {
    guard result >= 0 else { throw FFmpegError(result, operation()) }
    return result
}
