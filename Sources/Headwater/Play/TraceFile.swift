import Foundation
import QoE
import Synchronization

/// A playback trace that grows line by line, so that whoever follows it sees each event as it occurs.
final class TraceFile: Sendable {
    private let path: String
    private let handle: FileHandle
    /// Why a line could not be written; the first reason counts, and nothing is written after it.
    private let failure = Mutex<String?>(nil)

    /// Makes the file, or empties it.
    ///
    /// - Throws: ``CommandError`` when that is not possible.
    init(_ path: String) throws(CommandError) {
        self.path = path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandError(.cannotCreate, "cannot write the trace \(path): \(String(cString: strerror(errno)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func write(_ event: TraceEvent) {
        failure.withLock { failure in
            guard failure == nil else { return }
            do {
                try handle.write(contentsOf: Data((try event.line() + "\n").utf8))
            } catch {
                failure = error.localizedDescription
            }
        }
    }

    /// - Throws: ``CommandError`` when not all of the trace could be written.
    func close() throws(CommandError) {
        let reason = failure.withLock { failure -> String? in
            do { try handle.close() } catch { failure = failure ?? error.localizedDescription }
            return failure
        }
        if let reason { throw CommandError(.ioError, "the trace \(path) is incomplete: \(reason)") }
    }
}
