import Foundation
import QoE

/// A trace file that a command is given to read.
enum TraceInput {
    /// Bytes that a trace may have: half a day in segments of two seconds has some 60 MB.
    private static let maximumSize = 128 << 20

    /// What a viewer saw, by the trace in the file at `path`. Blocks the calling thread.
    ///
    /// - Parameter isPartial: whether a trace that breaks off counts up to there instead of being an error.
    /// - Throws: ``CommandError`` naming the file when it cannot be read, is too large, or breaks off; `TraceError` when it
    ///   is no trace.
    static func viewing(at path: String, isPartial: Bool) throws -> Viewing {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            // Not the file's stated size: pipes and devices have none.
            data = try file.read(upToCount: maximumSize + 1) ?? Data()
        } catch {
            throw CommandError(.noInput, "cannot read the trace \(path): \(reason(for: path))")
        }
        guard data.count <= maximumSize else {
            throw CommandError(.dataError, "\(path): larger than \(maximumSize >> 20) MiB, too large for a trace")
        }
        let events = try TraceEvent.events(inLines: String(decoding: data, as: UTF8.self), of: path)
        let viewing = Viewing(of: events)
        guard viewing.isWhole || isPartial else {
            throw CommandError(
                .dataError, "\(path): breaks off without an event of type end; --partial takes it as far as it goes")
        }
        return viewing
    }

    private static func reason(for path: String) -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return "no such file" }
        return isDirectory.boolValue ? "it is a folder; name the files in it" : "permissions?"
    }
}
