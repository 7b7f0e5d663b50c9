internal import Foundation

/// Files that something was read from, each as it was then: tells whether one of them has changed since.
///
/// Keep it after a reading that failed too: until one of these files changes, another one would fail in the same way.
package struct WatchedFiles: Sendable {
    /// Tells one state of a file from others.
    private struct State: Sendable, Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        /// Seconds and nanoseconds of the content's last change, and of the file's: rights come and go too.
        var times: [Int]

        /// Follows links; nil where there is no regular file.
        init?(_ path: String) {
            var facts = stat()
            guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
            device = UInt64(facts.st_dev)
            inode = UInt64(facts.st_ino)
            size = Int64(facts.st_size)
            times = [facts.st_mtim, facts.st_ctim].flatMap { [Int($0.tv_sec), Int($0.tv_nsec)] }
        }
    }

    /// Nil for what was no regular file: a pipe never changes, and what was not there does when it comes.
    private var states: [String: State?] = [:]

    package init() {}

    /// Reads a file, and keeps in mind how it was before that; of one that is read again, how it was at first.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - limit: octets at most.
    /// - Returns: its content; nil when it cannot be read, or has more.
    package mutating func read(_ path: String, limit: Int) -> [UInt8]? {
        if states[path] == nil { states.updateValue(State(path), forKey: path) }
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        var content: [UInt8] = []
        do {
            while let part = try file.read(upToCount: 1 << 20), !part.isEmpty {
                content += part
                guard content.count <= limit else { return nil }
            }
        } catch {
            return nil
        }
        return content
    }

    /// Whether one of the files is another than when it was read, is gone, or has come.
    package var haveChanged: Bool { states.contains { State($0.key) != $0.value } }
}
